"""`mpo-repro export`: which files it writes where, and what it refuses."""

import pytest

from mpo_repro.artifacts import export as artifact
from mpo_repro.artifacts import run as runs
from mpo_repro.cli import app


@pytest.fixture
def command(monkeypatch, tmp_path, capsys):
    """Runs a command with the exporting itself stood in for."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run").mkdir()
    monkeypatch.setattr(artifact, "export", lambda run, out: out)

    def call(*given):
        with pytest.raises(SystemExit) as end:
            app.main(["export", *given])
        told = capsys.readouterr()
        return end.value.code or 0, told.out.splitlines(), told.err.splitlines()

    return call


@pytest.mark.parametrize(
    ("given", "folder"), [((), "run/policy"), (("--out", "mine"), "mine")]
)
def test_the_files_are_named(command, monkeypatch, given, folder):
    monkeypatch.setattr(runs, "Run", lambda path: None)
    names = ["policy.safetensors", "policy.yaml", "README.md"]
    assert command("run", *given) == (0, [f"{folder}/{name}" for name in names], [])


def test_what_is_no_run_is_refused_in_one_line(command):
    code, out, err = command("run")
    assert (code, out, len(err)) == (2, [], 1)
    assert "run.json" in err[0]
