"""Fills the disk under a study's results while its tables and pages are made again.

    unshare --map-root-user --mount python tests/faults/full_results.py

The results lie on a small tmpfs, mounted where only this process sees it. Where the
disk is full, each command must end with one line and exit code 1, with every file as it
was before; with room again it makes the same ones. Exit code 77 if mounting is not
permitted.
"""

import contextlib
import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from full_disk import NOT_PERMITTED, PLENTY, mount

sys.path.insert(0, str(Path(__file__).parents[1] / "analysis"))
import run_folders

from mpo_repro.cli import app

ROOMS = (0, 4, 64)  # KiB


def run(*words) -> tuple[int, list[str]]:
    """Runs a command here: exit code, and what stderr says."""
    err = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(err):
        try:
            app.main([str(word) for word in words])
        except SystemExit as end:
            code = end.code or 0
    return code, err.getvalue().splitlines()


def files(folder: Path) -> dict[str, bytes]:
    """Reads all files of a folder."""
    return {str(p): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def leave(disk: Path, room: int) -> None:
    """Takes away all but so many KiB of a tmpfs."""
    about = os.statvfs(disk)
    used = (about.f_blocks - about.f_bfree) * about.f_frsize // 1024
    mount(disk, f"remount,size={used + room}k")


def attempt(disk: Path, room: int, command: tuple, expected: dict) -> bool:
    """Runs a command in so many KiB, then in plenty; prints a line."""
    leave(disk, room)
    code, lines = run(*command)
    full = code == 1 and len(lines) == 1 and "No space left" in lines[0]
    kept = files(disk) == expected
    mount(disk, f"remount,{PLENTY}")
    again = run(*command)[0] == 0 and files(disk) == expected
    ended = "full" if full else f"{code} {lines}" if code else "done"
    told = f"{room:4} KiB  {command[0]:9}{ended:6}"
    print(f"{told}all kept: {kept}; with room the same: {again}")
    return (full or code == 0) and kept and again


def main() -> int:
    """Prints a line an attempt; returns 1 if one failed."""
    with tempfile.TemporaryDirectory() as root:
        os.chdir(root)
        study = run_folders.write_study(Path(root), tasks=["walker-run"], seeds=[0])
        for one in study.runs():
            run_folders.write_run(Path(root), one, interval=25_000)
        disk = Path(root, "disk")
        disk.mkdir()
        try:
            mount(disk, PLENTY)
        except (OSError, subprocess.CalledProcessError):
            return NOT_PERMITTED
        commands = (
            ("collect", "made", "--out", disk),
            ("claims", "check", disk),
            ("figures", disk),
            ("report", disk),
        )
        # What a page says of itself needs all that there is to be there: twice.
        codes = [run(*command) for command in commands + commands]
        expected = files(disk)
        fine = [code == 0 for code, _ in codes]
        print("made:", *codes if not all(fine) else [f"{len(expected)} files"])
        fine += [attempt(disk, r, c, expected) for c in commands for r in ROOMS]
        os.chdir("/")
        subprocess.run(["umount", str(disk)], check=True)
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
