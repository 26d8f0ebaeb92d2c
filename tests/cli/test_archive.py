"""`mpo-repro archive`: out, back, and what is refused."""

import json

import pytest

from mpo_repro.cli import app
from mpo_repro.config import load_study


@pytest.fixture
def command(project, capsys):
    """Runs a command: exit code, lines on stdout and on stderr."""

    def call(*given):
        with pytest.raises(SystemExit) as end:
            app.main(["archive", *given])
        told = capsys.readouterr()
        return end.value.code or 0, told.out.splitlines(), told.err.splitlines()

    return call


def test_out_and_back(command, project):
    run = load_study("tiny").runs()[0]
    run.folder.mkdir(parents=True)
    run.marker.write_text(json.dumps({"steps": 3000, "finished": True}))
    code, lines, _ = command("tiny")
    assert (code, lines[0].split(",")[0]) == (0, "3 files")
    assert (project.root / "tiny.tar").is_file()
    run.marker.unlink()
    code, lines, _ = command("--restore", "tiny.tar")
    assert (code, lines) == (0, ["tiny: 3 files, 1 of 8 runs finished"])
    assert run.marker.is_file()


@pytest.mark.parametrize(
    "given",
    [(), ("tiny",), ("nosuch",), ("--restore", "no.tar"), ("tiny", "--restore", "x")],
)
def test_what_is_wrong_is_refused_in_one_line(command, given):
    code, out, err = command(*given)
    assert (code, out, len(err)) == (2, [], 1)
