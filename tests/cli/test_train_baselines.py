"""`mpo-repro train` and `evaluate` with recipes of baselines and gymnasium's tasks."""

import json
import re

import pytest

from mpo_repro.cli import app
from mpo_repro.config.files import CHECKOUT

SMALL = ("hidden=[8]", "initial_steps=50", "batch_size=16", "buffer_size=1000")
SETTINGS = [part for text in SMALL for part in ("--set", text)]
PENDULUM = ["train", "--task", "Pendulum-v1", "--recipe", "sb3-sac"]


@pytest.fixture
def command(project, capsys):
    """Runs a command in this process: exit code, lines on stdout and on stderr."""
    for name in ("sac", "ppo"):
        text = (CHECKOUT / f"paper_configs/recipes/sb3-{name}.yaml").read_text()
        project.write(f"recipes/sb3-{name}.yaml", text)

    def call(*given):
        with pytest.raises(SystemExit) as end:
            app.main([str(part) for part in given])
        told = capsys.readouterr()
        lines = told.out.splitlines(), told.err.splitlines()
        return end.value.code or 0, *lines

    return call


def test_a_baseline_is_trained_and_evaluated_like_mpo(command, tmp_path):
    out = tmp_path / "run"
    shown = ["--evaluation-interval", "100", "--evaluation-episodes", "1"]
    given = [*PENDULUM, *SETTINGS, "--steps", "200", *shown, "--out", out]
    assert command(*given)[:2] == (0, [f"finished: {out}"])
    about = json.loads((out / "run.json").read_text())
    assert about["backend"] == "gymnasium"
    assert about["recipe"]["hidden"] == [8]
    code, lines, _ = command("evaluate", out, "--episodes", "1")
    assert code == 0
    assert [line.split()[0] for line in lines] == ["mean", "sampled"]
    assert command("evaluate", out, "--episodes", "1")[1] == lines


def test_a_study_compares_algorithms(command, project):
    text = (
        "name: both\ntitle: Both\ntasks: [Pendulum-v1, cartpole-swingup]\n"
        "seeds: [0]\nsteps: 200\nevaluation: {interval: 100, episodes: 1}\n"
        "arms:\n  mpo: {recipe: paper, label: MPO}\n"
        "  sac:\n    recipe: sb3-sac\n    label: SAC\n    set:\n"
    )
    settings = "".join(f"      {part.replace('=', ': ')}\n" for part in SMALL)
    project.write("studies/both.yaml", text + settings)
    given = ["train", "--study", "both", "--arm", "sac", "--task", "Pendulum-v1"]
    code, out, err = command(*given)
    assert code == 0, err
    folder = r"finished: results/runs/Pendulum-v1/[0-9a-f]{12}/seed-0"
    assert re.fullmatch(folder, out[0])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--execution", "plain"], "--execution: given plain; allowed: only for"),
        (["--backend", "envpool"], "--backend: given envpool.*gymnasium for Pendulum"),
        (
            ["--task", "CartPole-v1"],
            "--recipe: given sac on CartPole-v1, with disc",
        ),
        (["--task", "Pendulum-v2"], "--task: given Pendulum-v2.*Pendulum-v1"),
        (["--set", "tau=1"], "tau: given an unknown key"),
        (["--set", "target_rate=2"], "target_rate: given 2; allowed: less than"),
    ],
)
def test_what_is_wrong_is_refused_in_one_line(command, given, told):
    code, out, err = command(*PENDULUM, *given)
    assert (code, out, len(err)) == (2, [], 1)
    assert re.search(told, err[0])
