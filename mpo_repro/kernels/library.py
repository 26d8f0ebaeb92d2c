"""Compiles the C++ of this folder for the processor at hand, and loads it.

torch is not imported here: who only asks whether that works need not wait for it.
"""

import ctypes
import functools
import hashlib
import platform
import subprocess
import tempfile
from pathlib import Path

from mpo_repro.kernels import compiler

FOLDER = Path(__file__).parent
SOURCE = FOLDER / "critic_values.cpp"
_ARM = platform.machine() in ("aarch64", "arm64")
FLAGS = ("-O3", "-mcpu=native" if _ARM else "-march=native", "-shared", "-fPIC")
_BFLOAT16 = ("avx512_bf16", "bf16")  # in /proc/cpuinfo, on x86-64 and on ARM


class NoKernelError(RuntimeError):
    """The kernel cannot be compiled or loaded here."""


@functools.cache
def load() -> ctypes.CDLL:
    """Returns the compiled library; compiles it once per processor and compiler.

    Raises:
      NoKernelError: if the compiler fails, or its output cannot be written or loaded.
    """
    path = _path()
    try:
        if not path.exists():
            _compile(path)
        return ctypes.CDLL(str(path))
    except subprocess.CalledProcessError as error:
        reason = compiler.first_error(error.stderr) or f"exit code {error.returncode}"
        raise NoKernelError(f"{compiler.command()} fails: {reason}") from None
    except OSError as error:
        raise NoKernelError(str(error)) from None


def problem() -> str | None:
    """Returns why the kernel cannot be used here; None if it can be."""
    try:
        load()
    except NoKernelError as error:
        return str(error)
    return None


def no_bfloat16() -> str | None:
    """Returns why the kernel cannot multiply bfloat16 here; None if it can."""
    flags = _processor().split()
    if any(name in flags for name in _BFLOAT16):
        return None
    return "the processor does not multiply bfloat16"


def _path() -> Path:
    sources = sorted([*FOLDER.glob("*.cpp"), *FOLDER.glob("*.h")])
    contents = [source.read_text("utf-8") for source in sources]
    parts = *contents, compiler.command(), *FLAGS, platform.machine(), _processor()
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return compiler.cache_folder() / f"mpo_repro-{digest}.so"


def _processor() -> str:
    """Returns what `-march=native` depends on: a cache folder may be shared."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = "model name", "flags", "Features", "CPU part"
    return "\n".join(sorted({line for line in lines if line.startswith(names)}))


def _compile(path: Path) -> None:
    """Compiles beside the library's place and moves it there: runs start together."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        made = Path(folder) / path.name
        subprocess.run(
            [compiler.command(), *FLAGS, "-o", str(made), str(SOURCE)],
            check=True,
            capture_output=True,
            text=True,
        )
        ctypes.CDLL(str(made))
        made.replace(path)
