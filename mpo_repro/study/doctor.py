"""Whether this machine can run a study, check by check, and what to do where not.

What may take the process down with it (simulators, drivers) is tried in a process of
its own.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import psutil

from mpo_repro.config.files import CHECKOUT
from mpo_repro.kernels import compiler as cxx

OK, TO_DO, OPTIONAL = "ok", "to do", "optional"
OLDEST_PYTHON = (3, 11)
RUN_GIGABYTES = 1.5  # of memory that a run may take, as the workflow asks for
DISK_GIGABYTES = 1.0
PROBE_SECONDS = 180
INSTALL = "python -m pip install -r requirements.lock"
COMPILER = "install g++ and Python's headers (Debian: g++ python3-dev)"

_PAIR = """
from dm_control import suite
environment = suite.load("cartpole", "swingup")
environment.reset()
environment.step(0.0)
"""
_ENVPOOL = """
import envpool
pool = envpool.make("CartpoleSwingup-v1", env_type="dm", num_envs=1)
pool.reset()
"""
_GPU = """
import torch
count = torch.cuda.device_count()
print(", ".join(torch.cuda.get_device_name(index) for index in range(count)))
"""


class Finding(NamedTuple):
    """One line of the doctor.

    Attributes:
      name: what was looked at.
      state: OK, TO_DO, or OPTIONAL: something is missing that one can do without.
      found: what was found.
      advice: what to do; empty if there is nothing to do.
    """

    name: str
    state: str
    found: str
    advice: str = ""


class Probe:
    """A piece of Python that runs in a process of its own from now on."""

    def __init__(self, code: str, environment: dict[str, str] | None = None):
        """Starts it.

        Args:
          code: what to run with this interpreter.
          environment: variables that it gets beside those of this process.
        """
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", code],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | (environment or {}),
        )

    def result(self, seconds: float = PROBE_SECONDS) -> tuple[bool, str]:
        """Waits for the end; gives success, and its output or its last error line."""
        try:
            told, errors = self._process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            return False, f"no answer within {seconds:g} s"
        if self._process.returncode == 0:
            return True, told.strip()
        if self._process.returncode < 0:
            return False, f"ended by signal {-self._process.returncode}"
        lines = errors.strip().splitlines()
        return False, lines[-1] if lines else f"exit code {self._process.returncode}"


def examine(folder: Path) -> list[Finding]:
    """Makes all checks but the renderer's (see `mpo_repro.artifacts.renderer`).

    Args:
      folder: where results are to be written.
    """
    probes = [Probe(code) for code in (_PAIR, _ENVPOOL, _GPU)]
    quick = [python(), packages(), compiler(), processor(), memory()]
    quick.append(write_access(folder))
    pair, pool, gpu = (probe.result() for probe in probes)
    return [*quick[:2], simulators(*pair), envpool(*pool), *quick[2:], graphics(*gpu)]


def python() -> Finding:
    """Looks at the interpreter's version."""
    found = platform.python_version()
    if sys.version_info >= OLDEST_PYTHON:
        return Finding("Python", OK, found)
    wanted = ".".join(map(str, OLDEST_PYTHON))
    return Finding("Python", TO_DO, found, f"install Python {wanted} or newer")


def packages(lock: Path = CHECKOUT / "requirements.lock") -> Finding:
    """Compares what is installed with the versions of requirements.lock.

    Names of builds ("2.13.0+cpu") do not count.
    """
    if not lock.is_file():
        return Finding("packages", TO_DO, "no requirements.lock", "use a checkout")
    lines = lock.read_text(encoding="utf-8").splitlines()
    wanted = dict(line.split("==") for line in lines if "==" in line)
    other = [text for text in map(_difference, wanted, wanted.values()) if text]
    if not other:
        return Finding("packages", OK, f"{len(wanted)} as in requirements.lock")
    more = f" and {len(other) - 3} more" if len(other) > 3 else ""
    return Finding("packages", TO_DO, "; ".join(other[:3]) + more, INSTALL)


def _difference(name: str, wanted: str) -> str:
    try:
        found = re.sub(r"\+.*", "", metadata.version(name))
    except metadata.PackageNotFoundError:
        return f"{name} is not installed"
    return "" if found == wanted else f"{name} {found}, the lock has {wanted}"


def simulators(works: bool, told: str) -> Finding:
    """Judges whether dm_control loads a task with this mujoco."""
    found = f"mujoco {_version('mujoco')}, dm-control {_version('dm-control')}"
    if works:
        return Finding("mujoco, dm-control", OK, found)
    set_to = os.environ.get("MUJOCO_GL")  # a wrong one ends the import of dm_control
    advice = f"unset MUJOCO_GL ({set_to}); if that is not it: " if set_to else ""
    return Finding("mujoco, dm-control", TO_DO, f"{found}: {told}", advice + INSTALL)


def envpool(works: bool, told: str) -> Finding:
    """Judges whether EnvPool makes a task."""
    found = f"envpool {_version('envpool')}"
    if works:
        return Finding("EnvPool", OK, found)
    advice = f"{INSTALL}; or train with --backend dm_control"
    return Finding("EnvPool", TO_DO, f"{found}: {told}", advice)


def compiler() -> Finding:
    """Compiles a few lines of C++ as updates are compiled, and loads them."""
    reason = cxx.problem()
    if reason is None:
        return Finding("compiler", OK, f"{cxx.command()} compiles")
    found = f"{reason}: updates run uncompiled, at about half the speed"
    return Finding("compiler", OPTIONAL, found, COMPILER)


def processor() -> Finding:
    """Counts the cores that this process may use; a run takes one."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    load = psutil.getloadavg()[0]
    return Finding("cores", OK, f"{cores}, load {load:.1f}; a run takes one")


def memory() -> Finding:
    """Asks whether a run fits into the free memory."""
    found = psutil.virtual_memory()
    free, total = found.available / 2**30, found.total / 2**30
    text = f"{free:.1f} of {total:.1f} GB free; a run takes up to {RUN_GIGABYTES} GB"
    if free >= RUN_GIGABYTES:
        return Finding("memory", OK, text)
    return Finding("memory", TO_DO, text, "end other programs")


def write_access(folder: Path) -> Finding:
    """Tries to write where results go, and looks at the free space there."""
    there = folder.resolve()
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"x")
    except OSError as error:
        advice = "change to a folder that you may write to"
        return Finding("write access", TO_DO, f"{there}: {error.strerror}", advice)
    free = shutil.disk_usage(there).free / 2**30
    text = f"{there}, {free:.0f} GB free"
    if free >= DISK_GIGABYTES:
        return Finding("write access", OK, text)
    return Finding("write access", TO_DO, text, "make room")


def graphics(works: bool, told: str) -> Finding:
    """Says which GPUs torch sees; a study needs none."""
    if not works:
        return Finding("GPU", TO_DO, f"torch: {told}", INSTALL)
    return Finding("GPU", OK, told or "none; a study needs none")


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"
