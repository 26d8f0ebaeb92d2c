"""`mpo-repro study rung`: what it prints, writes and refuses."""

import json
from pathlib import Path

import pandas as pd
import pytest

from mpo_repro.analysis.collect import collect
from mpo_repro.cli import app
from mpo_repro.config import load_recipe, load_study

SEARCH = """\
search:
  base: paper
  writes: found
  fraction: 0.5
  rungs:
    - {steps: 4000, seeds: [0, 7], combine: [1, 2]}
    - {steps: 5000, seeds: [0], keep: 1}
"""
EXP = "  exp: {recipe: paper, label: Exp, set: {multipliers.transform: exp}}\n"


@pytest.fixture
def command(project, capsys, monkeypatch):
    """Runs `study rung`: exit code, lines on stdout and on stderr, 80 columns wide."""
    monkeypatch.setenv("COLUMNS", "80")
    project.edit("studies/tiny.yaml", "arms:\n", f"{SEARCH}arms:\n{EXP}")

    def call(*given):
        with pytest.raises(SystemExit) as end:
            app.main(["study", "rung", *given])
        told = capsys.readouterr()
        return end.value.code or 0, told.out.splitlines(), told.err.splitlines()

    return call


def leave(run, level):
    """Leaves a finished run folder whose evaluations have one return."""
    run.folder.mkdir(parents=True, exist_ok=True)
    about = {"task": run.task, "seed": run.seed, "hash": run.hash, "ended": "completed"}
    (run.folder / "run.json").write_text(json.dumps(about))
    marker = {"steps": run.steps, "hash": run.hash, "finished": True}
    run.marker.write_text(json.dumps(marker))
    rows = [
        {
            "environment_steps": step,
            "learner_updates": step,
            "kind": kind,
            "episode": 0,
            "episode_return": float(level),
        }
        for step in range(1000, run.steps + 1, 1000)
        for kind in ("sampled", "mean")
    ]
    pd.DataFrame(rows).to_parquet(run.folder / "curve.parquet", index=False)
    diagnostics = {"environment_steps": [1000], "learner_updates": [1000]}
    diagnostics |= {"name": ["stddev"], "value": [0.5]}
    pd.DataFrame(diagnostics).to_parquet(run.folder / "diagnostics.parquet")
    timing = {"environment_steps": [1000], "learner_updates": [1000]}
    timing |= {"wall_seconds": [1.0], "updates_per_second": [1.0]}
    timing |= {"steps_per_second": [1.0]}
    pd.DataFrame(timing).to_parquet(run.folder / "timing.parquet")


def trained(name, levels):
    """Leaves all runs of a study and gathers them, as Snakemake would."""
    study = load_study(name)
    for run in study.own_runs():
        leave(run, levels[run.arm])
    assert collect(study, Path("results") / name).unusable.empty


def test_three_rungs_lead_from_run_folders_to_the_recipe(command):
    trained("tiny", {"paper": 100, "wide": 300, "exp": 200})
    code, lines, _ = command("tiny")
    assert code == 0
    assert lines[0].split() == ["arm", "score", "pendulum-swingup", "reacher-easy"]
    assert [line.split()[:2] for line in lines[1:4]] == [
        ["wide", "0.300"],
        ["exp", "0.200"],
        ["paper", "0.100"],
    ]
    assert lines[-1] == "next: mpo-repro study run tiny-2"
    trained("tiny-2", {"paper": 100, "best-1": 200, "best-2": 300})
    assert command("tiny-2")[1][-1] == "next: mpo-repro study run tiny-3"
    trained("tiny-3", {"best-2": 300})
    assert command("tiny-3")[1][-1] == "written: paper_configs/recipes/found.yaml"
    found = load_recipe("found")
    assert found.policy.hidden == (300, 300)
    assert found.multipliers.transform == "exp"


def test_nothing_is_written_in_a_dry_run(command):
    trained("tiny", {"paper": 100, "wide": 300, "exp": 200})
    code, lines, _ = command("tiny", "--dry-run")
    path = Path("paper_configs/studies/tiny-2.yaml")
    assert (code, lines[-1]) == (0, f"next: {path} (not written)")
    assert not path.exists()


def test_results_elsewhere_give_the_same(command):
    trained("tiny", {"paper": 100, "wide": 300, "exp": 200})
    Path("results/tiny").rename("published")
    assert command("tiny", "--folder", "published")[0] == 0
    assert list(load_study("tiny-2").arms) == ["paper", "best-1", "best-2"]


@pytest.mark.parametrize(
    ("prepare", "told"),
    [
        ("", "results/tiny: given nothing is there; allowed: a study's results"),
        (
            "empty",
            "results/tiny/data/study.json is not there: run mpo-repro collect first",
        ),
        ("short", "results/tiny: given 12 runs short, exp on pendulum-swingup"),
    ],
)
def test_a_rung_that_is_not_trained_is_refused_in_one_line(command, prepare, told):
    if prepare == "empty":
        Path("results/tiny").mkdir(parents=True)
    if prepare == "short":
        collect(load_study("tiny"), Path("results/tiny"))
    code, out, err = command("tiny")
    assert (code, out, len(err)) == (2, [], 1)
    assert err[0].startswith(told)


def test_another_study_in_the_next_one_s_place_stays(command, project):
    trained("tiny", {"paper": 100, "wide": 300, "exp": 200})
    assert command("tiny")[0] == command("tiny")[0] == 0  # the same file twice
    path = project.edit("studies/tiny-2.yaml", "steps: 4000", "steps: 3000")
    before = path.read_text("utf-8")
    code, _, err = command("tiny")
    assert (code, path.read_text("utf-8")) == (2, before)
    assert "given another content; allowed: no such file, or the same" in err[0]


def test_a_study_of_no_search_has_no_rungs(command, project):
    project.edit("studies/tiny.yaml", SEARCH, "")
    Path("results/tiny").mkdir(parents=True)
    code, _, err = command("tiny")
    assert (code, err) == (
        2,
        ["study tiny: search: given nothing; allowed: a study with a section search"],
    )
