"""What looks into a run folder names its damaged file in one line, or goes on."""

import json

import numpy as np
import pandas as pd
import pytest

from mpo_repro.cli import app
from mpo_repro.config import load_study
from mpo_repro.runs import layout
from mpo_repro.training import process
from mpo_repro.training.plan import Plan


def damage(folder, name):
    """Changes the seed, or a return by the least that can be."""
    path = folder / name
    if name == layout.RUN:
        path.write_text(path.read_text().replace('"seed": 0', '"seed": 1'))
        return
    table = pd.read_parquet(path)
    table.loc[0, "episode_return"] = np.nextafter(table.episode_return[0], 1e3)
    table.to_parquet(path, index=False)


@pytest.fixture
def run(project):
    """The first run of the study `tiny`, finished."""
    project.edit("studies/tiny.yaml", "steps: 3000", "steps: 400")
    project.edit("studies/tiny.yaml", "interval: 1000", "interval: 200")
    spec = load_study("tiny").runs()[0]
    how = 200, 1, spec.backend, "plain"
    plan = Plan(spec.recipe, spec.task, spec.seed, spec.steps, *how)
    process.train(plan, spec.folder)
    return spec.folder


@pytest.fixture
def command(capsys):
    """Runs a command: exit code, stdout, lines on stderr."""

    def call(*given):
        with pytest.raises(SystemExit) as end:
            app.main(list(map(str, given)))
        told = capsys.readouterr()
        return end.value.code or 0, told.out, told.err.splitlines()

    return call


@pytest.mark.slow
@pytest.mark.parametrize("name", ["run.json", "curve.parquet"])
def test_each_command_names_the_file(run, command, name):
    damage(run, name)
    commands = [("export", run), ("archive", "tiny"), ("inspect", run)]
    if name == "run.json":
        commands += [("evaluate", run), ("video", run)]
    for given in commands:
        code, _, err = command(*given)
        assert name in err[-1], given
        assert code == (0 if (given[0], name) == ("inspect", "curve.parquet") else 2)
        assert not any("Traceback" in line for line in err)
    _, out, _ = command("study", "status", "tiny", "--json")
    (state, *_) = json.loads(out)["runs"]
    assert state["state"] == "damaged"
    assert name in state["reason"]
    _, out, _ = command("collect", "tiny")
    assert f"broken: paper pendulum-swingup seed 0: {name}" in out


@pytest.mark.slow
def test_a_run_without_checksums_is_said_to_be_unverified_once(run, command):
    for path in [run / layout.RUN, *layout.markers(run)]:
        about = json.loads(path.read_text())
        older = {k: v for k, v in about.items() if k not in ("format", "sha256")}
        path.write_text(json.dumps(older))
    for given in (
        ("inspect", run),
        ("archive", "tiny"),
        ("study", "status", "tiny"),
        ("collect", "tiny"),
    ):
        code, _, err = command(*given)
        assert code == 0, given
        assert [line for line in err if "unverified" in line] == err
        assert len(err) == 1
