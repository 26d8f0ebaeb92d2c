"""`mpo-repro archive`: out, back, and what is refused."""

import json
import shutil

import pytest

from mpo_repro.analysis.collect import collect
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


def finish(run):
    run.folder.mkdir(parents=True)
    run.marker.write_text(json.dumps({"steps": 3000, "finished": True}))


def test_out_and_back(command, project):
    run = load_study("tiny").runs()[0]
    finish(run)
    code, lines, _ = command("tiny")
    assert (code, lines[0].split(",")[0]) == (0, "3 files")
    assert (project.root / "tiny.tar").is_file()
    run.marker.unlink()
    code, lines, _ = command("--restore", "tiny.tar")
    assert (code, lines) == (0, ["tiny: 3 files, 1 of 8 runs finished"])
    assert run.marker.is_file()


@pytest.mark.parametrize(
    ("given", "name"),
    [("tiny:one", "tiny-one.tar"), ("paper_configs/studies/tiny.yaml", "tiny.tar")],
)
def test_the_file_is_called_as_the_study(command, project, given, name):
    # tar takes what stands before a colon for another machine.
    project.edit("studies/tiny.yaml", "arms:", "budgets:\n  one: {seeds: [7]}\narms:")
    finish(load_study(given).runs()[0])
    code, lines, _ = command(given)
    assert (code, lines[0].rpartition(" -> ")[2]) == (0, name)
    assert (project.root / name).is_file()


@pytest.mark.parametrize(
    "given",
    [
        (),
        ("tiny",),
        ("nosuch",),
        ("--restore", "no.tar"),
        ("tiny", "--restore", "x"),
        ("--restore", "paper_configs"),
    ],
)
def test_what_is_wrong_is_refused_in_one_line(command, given):
    code, out, err = command(*given)
    assert (code, out, len(err)) == (2, [], 1)


def test_published_results_become_runs(command, make, project):
    study = load_study("tiny")
    make.write_run(project.root, study.runs()[0], interval=1000)
    collect(study, project.root / "reports" / "tiny")
    shutil.rmtree(project.root / "results")
    code, lines, _ = command("--restore", "reports/tiny")
    assert (code, lines) == (0, ["1 finished runs, 1 written to results/runs"])
    assert study.runs()[0].marker.is_file()
