"""Snakemake for one study: the command, and the lock that a killed one leaves."""

import errno
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil

from mpo_repro.config.files import CHECKOUT

LOCKS = Path(".snakemake/locks")
# Which rules and why is for those who mend the workflow; progress and errors stay.
QUIET = ("rules", "reason", "host")


def command(
    study: str, cores: str, more: Sequence[str] = (), execution: str | None = None
) -> list[str]:
    """Gives the arguments with which Snakemake makes a study.

    Args:
      study: its name.
      cores: how many, or "all".
      more: arguments of Snakemake that follow.
      execution: the path of MPO's updates in place of the study's.
    """
    snakefile = [] if Path("Snakefile").is_file() else _elsewhere()
    start = ["snakemake", *snakefile, "--cores", cores, "all"]
    settings = [f"study={study}"]
    if execution is not None:
        settings.append(f"execution={execution}")
    return [*start, *more, "--quiet", *QUIET, "--config", *settings]


def _elsewhere() -> list[str]:
    return ["--snakefile", str(CHECKOUT / "Snakefile")]


def plain(arguments: Sequence[str]) -> str:
    """Writes a command as it can be typed."""
    return shlex.join(arguments)


def locked(folder: Path = Path()) -> bool:
    """Says whether a Snakemake holds this folder, or held it when it was killed."""
    return any((folder / LOCKS).glob("*"))


def alive(folder: Path = Path()) -> int | None:
    """Finds a Snakemake of this machine that has jobs made in a folder.

    The jobs of a cluster's machine are Snakemakes too, and may outlive that one.

    Returns:
      Its process id, or None.
    """
    there = str(folder.resolve())
    for process in psutil.process_iter(["pid", "cmdline", "cwd"]):
        about = process.info
        line = about["cmdline"] or []
        words = [Path(word).name for word in line[:4]]
        if about["pid"] == os.getpid() or about["cwd"] != there:
            continue
        if "snakemake" in words and "--target-jobs" not in line:
            return about["pid"]
    return None


def unlock(study: str) -> None:
    """Removes the lock of a Snakemake that is no more.

    Raises:
      subprocess.CalledProcessError: if Snakemake refuses.
    """
    snakefile = [] if Path("Snakefile").is_file() else _elsewhere()
    arguments = [*snakefile, "--cores", "1", "--unlock", "--config", f"study={study}"]
    start = [sys.executable, "-m", "snakemake"]
    subprocess.run([*start, *arguments], check=True, capture_output=True, text=True)


def become(arguments: Sequence[str]) -> None:
    """Replaces this process by Snakemake: signals and exit code are its own.

    Args:
      arguments: what `command` gave.

    Raises:
      OSError: if its notes cannot be written, which it would say in a traceback.
    """
    notes = LOCKS.parent if LOCKS.parent.exists() else Path()
    if not os.access(notes, os.W_OK):
        raise OSError(errno.EACCES, "no file can be written", str(notes.resolve()))
    sys.stdout.flush()
    sys.stderr.flush()
    start = [sys.executable, "-m", "snakemake"]
    os.execv(sys.executable, [*start, *arguments[1:]])
