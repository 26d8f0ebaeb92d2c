"""Whether updates can be compiled here: a few lines of C++ are compiled and loaded.

torch.compile writes C++ that includes Python's and OpenMP's headers. It compiles that
with one compiler and loads the result from its cache folder. A compiler's name in PATH
shows none of this. torch is not imported here: who only asks need not wait for it.

Source: torch/_inductor/cpp_builder.py and torch/_inductor/runtime/cache_dir_utils.py.
"""

import ctypes
import getpass
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

SECONDS = 60  # a compiler that takes longer is broken
CODE = """\
#include <Python.h>
#include <omp.h>
extern "C" int answer() { return 42; }
"""
MAC_CODE = CODE.replace("#include <omp.h>\n", "")  # torch brings OpenMP there
FLAGS = ("-shared", "-fPIC", "-std=c++20")
_known: dict[tuple, str | None] = {}  # what was tried in this process


def problem() -> str | None:
    """Returns why nothing can be compiled here; None if it can be.

    Takes about a third of a second, once a process.
    """
    key = _key()
    if key not in _known:
        _known[key] = _try(command(), cache_folder())
    return _known[key]


def note_failure(reason: str) -> None:
    """Has `problem` return this reason in this process: torch.compile has failed."""
    _known[_key()] = reason


def command() -> str:
    """Returns the compiler that torch takes."""
    usual = "clang++" if sys.platform == "darwin" else "g++"
    return os.environ.get("CXX", usual)


def cache_folder() -> Path:
    """Returns the folder from which torch loads what it has compiled."""
    folder = os.environ.get("TORCHINDUCTOR_CACHE_DIR")
    if folder is not None:
        return Path(folder).absolute()
    try:
        user = getpass.getuser()
    except (KeyError, ModuleNotFoundError, OSError):
        user = f"uid_{os.getuid()}"
    name = "torchinductor_" + re.sub(r'[\\/:*?"<>|]', "_", user)
    return Path(tempfile.gettempdir(), name).absolute()


def _key() -> tuple:
    return command(), os.environ.get("PATH"), cache_folder()


def _try(compiler: str, folder: Path) -> str | None:
    if not shutil.which(compiler):
        return _missing(compiler)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix="check-") as there:
            return _compile(compiler, Path(there)) or _load(Path(there), folder)
    except OSError as error:
        return f"{folder}: {error.strerror or error}"


def _missing(compiler: str) -> str:
    others = [name for name in ("g++", "clang++", "c++") if shutil.which(name)]
    hint = f"; set CXX to {others[0]}" if others else ""
    return f"there is no compiler {compiler or repr(compiler)}{hint}"


def _compile(compiler: str, folder: Path) -> str | None:
    mac = sys.platform == "darwin"
    source = folder / "line.cpp"
    source.write_text(MAC_CODE if mac else CODE, "utf-8")
    headers = f"-I{sysconfig.get_path('include')}"
    flags = FLAGS if mac else (*FLAGS, "-fopenmp")
    words = [compiler, *flags, headers, str(source), "-o", str(folder / "line.so")]
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            env=os.environ | {"LC_ALL": "C"},
        )
    except OSError as error:
        return f"{compiler} cannot be started: {error.strerror}"
    except subprocess.TimeoutExpired:
        return f"{compiler} did not end within {SECONDS} s"
    if done.returncode == 0:
        return None
    output = (done.stderr + done.stdout).decode("utf-8", "replace")
    return f"{compiler} fails: {first_error(output) or f'exit code {done.returncode}'}"


def _load(folder: Path, cache: Path) -> str | None:
    try:
        answer = ctypes.CDLL(str(folder / "line.so")).answer()
    except (OSError, AttributeError):
        hint = "set TORCHINDUCTOR_CACHE_DIR to another folder"
        return f"what is compiled cannot be loaded from {cache}; {hint}"
    return None if answer == 42 else f"{command()} compiles wrongly"


def first_error(output: str) -> str:
    """Returns what a compiler's first line with an error has to say, on one line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    line = next((line for line in lines if "error: " in line), "".join(lines[:1]))
    return line.rpartition("error: ")[2][:200]
