"""Compiles the C++ file of this folder for the processor at hand, and loads it."""

import ctypes
import functools
import hashlib
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from torch._inductor.runtime.cache_dir_utils import cache_dir

SOURCE = Path(__file__).with_name("critic_values.cpp")
_ARM = platform.machine() in ("aarch64", "arm64")
FLAGS = ("-O3", "-mcpu=native" if _ARM else "-march=native", "-shared", "-fPIC")


class NoKernelError(RuntimeError):
    """The kernel cannot be compiled or loaded here."""


@functools.cache
def load() -> ctypes.CDLL:
    """Returns the compiled library; compiles it once per processor and compiler.

    Raises:
      NoKernelError: if there is no compiler that works, or no folder for its output.
    """
    try:
        path = _path()
        if not path.exists():
            _compile(path)
        return ctypes.CDLL(str(path))
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines() or [f"exit code {error.returncode}"]
        raise NoKernelError(f"{compiler()} failed: {lines[0]}") from None
    except OSError as error:
        raise NoKernelError(str(error)) from None


def compiler() -> str:
    """Returns the C++ compiler, the same that torch.compile calls."""
    return os.environ.get("CXX", "clang++" if sys.platform == "darwin" else "g++")


def _path() -> Path:
    content = SOURCE.read_text("utf-8")
    key = "\n".join([content, compiler(), *FLAGS, platform.machine(), _processor()])
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    return Path(cache_dir()) / f"mpo_repro-{digest}.so"


def _processor() -> str:
    """Returns what `-march=native` depends on, so that homes can be shared."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    parts = "model name", "flags", "Features", "CPU part"
    return "\n".join(sorted({line for line in lines if line.startswith(parts)}))


def _compile(path: Path) -> None:
    """Writes the library beside its place, then moves it there: runs start together."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        made = Path(folder) / path.name
        subprocess.run(
            [compiler(), *FLAGS, "-o", str(made), str(SOURCE)],
            check=True,
            capture_output=True,
            text=True,
        )
        ctypes.CDLL(str(made))
        made.replace(path)
