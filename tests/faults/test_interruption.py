"""Killed at any moment, out of disk space, in a folder in use: nothing is lost."""

import re
import subprocess
import sys
from pathlib import Path

import full_disk
import pytest
import small

from mpo_repro.cli import app
from mpo_repro.training.lock import lock

HERE = Path(__file__).parent
# Of the scripts' lines: room, what was done if it was not always the same, the end.
FULL = re.compile(r"^ *\d+ KiB +([a-z]+ +)?full ", re.MULTILINE)


def script(name, *arguments, before=()):
    """Runs a script beside this file; gives its exit code and output."""
    command = [*before, sys.executable, str(HERE / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_runs_killed_at_random_moments_give_the_same_bytes(record_property):
    code, told = script("kill.py", "--kills", "24")
    record_property("table", told)
    assert code == 0, told


@pytest.mark.slow
@pytest.mark.parametrize("name", ["full_disk.py", "full_results.py"])
def test_a_full_disk_loses_nothing(record_property, name):
    alone = ("unshare", "--map-root-user", "--mount")
    code, told = script(name, before=alone)
    if code == full_disk.NOT_PERMITTED or told.startswith("unshare:"):
        pytest.skip("mounting a tmpfs is not permitted here")
    record_property("table", told)
    assert code == 0, told
    assert FULL.search(told), "the disk was never full"


@pytest.mark.parametrize("ended", ["done", "1 lost"])
def test_a_disk_that_was_never_full_is_not_taken_for_one(ended):
    lines = (
        "   0 KiB  {:20} with room: same bytes",
        "   4 KiB  collect  {:6}all kept: True",
    )
    for line in lines:
        assert FULL.search(line.format("full"))
        assert not FULL.search(line.format(ended))


def test_a_run_without_memory_ends_in_a_line(tmp_path, capsys):
    with pytest.raises(SystemExit) as end:
        arguments = [
            *small.arguments(tmp_path),
            "--set",
            "data.buffer_size=1000000000000",
        ]
        app.main(arguments)
    assert end.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("out of memory; nothing saved in")
    assert not list(tmp_path.glob("*.done.json"))


def test_a_second_process_is_refused_in_a_line(tmp_path):
    with lock(tmp_path):
        code, line = full_disk.train(tmp_path)
    assert code == 2
    assert f"{tmp_path} is in use by process" in line
    assert not (tmp_path / "run.json").exists()
    assert small.TABLES[0] not in {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize("command", [("collect", "tiny"), ("schema",)])
@pytest.mark.parametrize("place", ["/proc/made", "a-file/made", "a-file", "x" * 999])
def test_a_folder_that_cannot_be_is_refused_in_a_line(project, capsys, command, place):
    (project.root / "a-file").write_text("of somebody")
    before = sorted(project.root.rglob("*"))
    with pytest.raises(SystemExit) as end:
        app.main([*command, "--out", place])
    assert end.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("--out: ")
    assert place[:30] in line
    assert sorted(project.root.rglob("*")) == before


def test_results_that_cannot_be_written_are_said_in_a_line(project, capsys):
    with pytest.raises(SystemExit) as end:
        app.main(["collect", "tiny", "--out", "/sys/made"])  # not even root may
    assert end.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "/sys/made" in line
    assert line.endswith("the same command again, once that is mended")
