"""A study under reports/: made by the documented commands, fit to be committed."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mpo_repro.cli.app import build


def command(*arguments: str) -> None:
    """Runs a command of mpo-repro in the current folder; it must succeed."""
    done = CliRunner().invoke(build(arguments[:1]), arguments)
    assert done.exit_code == 0, done.output


@pytest.fixture(scope="module")
def published(make, tmp_path_factory):
    """A project with the study `made` trained and published."""
    root, before = tmp_path_factory.mktemp("project"), Path.cwd()
    os.chdir(root)
    try:
        for run in make.write_study(root).runs():
            make.write_run(root, run)
        command("collect", "made", "--out", "reports/made")
        command("figures", "reports/made")
        command("report", "reports/made")
    finally:
        os.chdir(before)
    return root


def test_the_tree_is_data_figures_page_text_and_manifest(published):
    folder = published / "reports" / "made"
    assert {path.name for path in folder.iterdir()} == {
        "data",
        "figures",
        "report.html",
        "report.md",
        "manifest.json",
    }
    assert (folder / "figures" / "curves-sampled.svg").is_file()
    assert not (published / "results" / "made").exists()


def test_no_file_names_a_place_on_this_machine(published):
    files = [path for path in (published / "reports").rglob("*") if path.is_file()]
    assert len(files) > 15
    for path in files:
        raw = path.read_bytes()
        for place in (published, Path.home(), Path.cwd()):
            assert len(place.parts) < 2 or bytes(place) not in raw, path.name


def test_the_manifest_s_commands_make_the_published_files(published):
    files = json.loads((published / "reports/made/manifest.json").read_text())["files"]
    commands = {entry["command"] for entry in files.values()}
    assert "mpo-repro collect made --out reports/made" in commands
    assert "mpo-repro report reports/made" in commands
    assert all("results/" not in text for text in commands)


def test_figures_and_page_are_made_again_from_the_data_alone(
    published, tmp_path, monkeypatch
):
    folder = published / "reports" / "made"
    again = tmp_path / "reports" / "made"
    (again / "data").mkdir(parents=True)
    for table in (folder / "data").iterdir():
        (again / "data" / table.name).write_bytes(table.read_bytes())
    monkeypatch.chdir(tmp_path)
    command("figures", "reports/made")
    command("report", "reports/made")
    for path in sorted(folder.rglob("*.*")):
        assert (again / path.relative_to(folder)).read_bytes() == path.read_bytes()
