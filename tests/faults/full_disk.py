"""Fills the disk under a run, and takes its right to write away.

    unshare --map-root-user --mount python tests/faults/full_disk.py

The run folder lies on a small tmpfs, mounted where only this process sees it. Where the
disk fills up, the command must end with one line and exit code 1, and with room again
go on to the bytes of a run that always had room. Exit code 77 if mounting is not
permitted.
"""

import contextlib
import io
import subprocess
import sys
import tempfile
from pathlib import Path

import small

from mpo_repro.cli import app
from mpo_repro.training import cohort

ROOMS = (0, 8, 24, 32, 40, 48, 56, 64, 96, 128)  # KiB
PLENTY = "size=64m"
NOT_PERMITTED = 77


def mount(folder: Path, options: str) -> None:
    """Mounts a tmpfs, or changes the one that is mounted there."""
    command = ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)]
    subprocess.run(command, check=True, capture_output=True)


def train(folder: Path) -> tuple[int, str]:
    """Trains through the command line: exit code and last line of stderr."""
    err = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(err):
        try:
            app.main(small.arguments(folder))
        except SystemExit as end:
            code = end.code or 0
    return code, (err.getvalue().splitlines() or [""])[-1]


def attempt(disk: Path, room: int, expected: list[bytes]) -> bool:
    """Trains in so many KiB, then in plenty; prints a line."""
    mount(disk, f"size={max(room, 4)}k,nr_inodes={100 if room else 2}")
    code, line = train(disk / "run")
    ended = "full" if (code, "No space left" in line) == (1, True) else f"{code} {line}"
    mount(disk, f"remount,{PLENTY},nr_inodes=1000")
    again, line = train(disk / "run")
    same = again == 0 and small.tables(disk / "run") == expected
    then = "same bytes" if same else "OTHER BYTES" if again == 0 else f"{again} {line}"
    print(f"{room:5} KiB  {ended:20} with room: {then}")
    subprocess.run(["umount", str(disk)], check=True)
    return same and (ended == "full" or code == 0)


def attempt_read_only(disk: Path, expected: list[bytes]) -> bool:
    """Trains where nothing may be written, then where it may; prints a line."""
    mount(disk, PLENTY)
    (disk / "run").mkdir()
    mount(disk, "remount,ro")
    code, line = train(disk / "run")
    told = code == 1 and "Read-only file system" in line
    mount(disk, f"remount,rw,{PLENTY}")
    same = train(disk / "run")[0] == 0 and small.tables(disk / "run") == expected
    print(f"read-only  {line if not told else 'refused':20} writable: {same}")
    subprocess.run(["umount", str(disk)], check=True)
    return told and same


def main() -> int:
    """Prints a line an attempt; returns 1 if one failed."""
    cohort.CHECKPOINT_SECONDS = 0.05
    with tempfile.TemporaryDirectory() as root:
        quiet, disk = Path(root) / "quiet", Path(root) / "disk"
        disk.mkdir()
        try:
            mount(disk, PLENTY)
        except (OSError, subprocess.CalledProcessError):
            return NOT_PERMITTED
        subprocess.run(["umount", str(disk)], check=True)
        if train(quiet)[0]:
            return 1
        expected = small.tables(quiet)
        fine = [attempt(disk, room, expected) for room in ROOMS]
        fine.append(attempt_read_only(disk, expected))
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
