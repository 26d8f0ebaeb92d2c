"""The command for Snakemake, and who holds a folder."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mpo_repro.config.files import CHECKOUT
from mpo_repro.study import snakemake


def test_the_command_is_short_beside_the_snakefile(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Snakefile").touch()
    text = snakemake.plain(snakemake.command("quick", "2", ["--workflow-profile", "p"]))
    assert text == (
        "snakemake --cores 2 all --workflow-profile p"
        " --quiet rules reason host --config study=quick"
    )


def test_the_command_has_a_path_in_place_of_the_study_s(tmp_path, monkeypatch):
    words = snakemake.command("quick", "2", execution="plain")
    assert words[-3:] == ["--config", "study=quick", "execution=plain"]


def test_elsewhere_the_command_names_the_snakefile(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = snakemake.command("quick", "all")
    assert words[1:3] == ["--snakefile", str(CHECKOUT / "Snakefile")]


def test_a_folder_is_locked_while_its_locks_folder_holds_a_file(tmp_path):
    assert not snakemake.locked(tmp_path)
    locks = tmp_path / snakemake.LOCKS
    locks.mkdir(parents=True)
    assert not snakemake.locked(tmp_path)
    (locks / "0.input.lock").touch()
    assert snakemake.locked(tmp_path)


def test_a_snakemake_is_alive_in_its_own_folder_only(tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    script = tmp_path / "snakemake"
    script.write_text("import time; time.sleep(60)")
    process = subprocess.Popen([sys.executable, str(script)], cwd=tmp_path)
    try:
        end = time.monotonic() + 20
        while snakemake.alive(tmp_path) is None and time.monotonic() < end:
            time.sleep(0.05)
        assert snakemake.alive(tmp_path) == process.pid
        assert snakemake.alive(other) is None
    finally:
        process.kill()
        process.wait()
    assert snakemake.alive(tmp_path) is None


@pytest.mark.slow
def test_the_lock_of_a_killed_snakemake_is_removed(project):
    locks = project.root / snakemake.LOCKS
    locks.mkdir(parents=True)
    (locks / "0.input.lock").write_text("")
    snakemake.unlock("tiny")
    assert not snakemake.locked(project.root)


@pytest.mark.parametrize("place", ["", ".snakemake"])
def test_a_folder_that_cannot_be_written_is_said(tmp_path, monkeypatch, place):
    (tmp_path / place).mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path)
    # Root may write all that is not mounted read-only.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != Path(place))
    with pytest.raises(OSError, match="no file can be written") as error:
        snakemake.become(snakemake.command("quick", "2"))
    assert error.value.filename == str(tmp_path / place)
