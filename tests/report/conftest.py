"""Collected results of a study with made-up runs."""

import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mpo_repro.analysis.collect import collect
from mpo_repro.analysis.results import load
from mpo_repro.cli.app import build
from mpo_repro.report.figures import draw

CLAIM = """\
id: {id}
title: Wide is {words}
words: The wide bound is <b>{words}</b>.
source: nowhere
family: one
parts:
  - name: compared
    study: {study}
    treatments: [wide]
    reference: reference
    measure: {{score: final}}
    test: {{name: {test}, margin: 0.1, reason: a tenth}}
    expected: {{effect: {effect}, sd: 0.1, reason: guessed}}
caveats: [Made up.]
"""


@pytest.fixture(scope="session")
def collected(make, tmp_path_factory):
    """results/made with data only: two tasks, two arms, three seeds, one missing."""
    root, before = tmp_path_factory.mktemp("project"), Path.cwd()
    os.chdir(root)
    try:
        study = make.write_study(root)
        for run in study.runs()[1:]:
            make.write_run(root, run)
        collect(study, root / "results" / "made", root)
    finally:
        os.chdir(before)
    return root / "results" / "made"


@pytest.fixture(scope="session")
def drawn(collected, tmp_path_factory):
    """results/made with its figures drawn."""
    root = tmp_path_factory.mktemp("drawn")
    made = Path(shutil.copytree(collected, root / "results" / "made"))
    draw(load(made))
    return made


@pytest.fixture(scope="session")
def uneven_data(make, tmp_path_factory):
    """results/made of a study with two budgets and an arm on one task and two seeds."""
    root, before = tmp_path_factory.mktemp("uneven"), Path.cwd()
    os.chdir(root)
    side = make.ARMS["td"] | {"tasks": ["walker-walk"], "seeds": [0, 2]}
    arms = {"reference": make.ARMS["reference"], "side": side}
    try:
        study = make.write_study(root, arms=arms, task_steps={"walker-walk": 250_000})
        for run in study.runs():
            make.write_run(root, run, steps=300_000)
        collect(study, root / "results" / "made", root)
    finally:
        os.chdir(before)
    return root / "results" / "made"


RICH = {
    "mpo": {"label": "MPO"},
    "ppo": {"label": "PPO", "recipe": "sb3-ppo"},
    "ddpg": {"label": "DDPG", "recipe": "sb3-ddpg"},
    "jorldy": {"label": "JORLDY", "recipe": "jorldy"},
    "jorldy-as-published": {
        "label": "JORLDY as published <script>",
        "recipe": "jorldy-as-published",
    },
    "pooled": {"label": "pooled dual", "set": {"improvement.dual": "pooled"}},
} | {
    f"mean-{mean.replace('.', '_')}-covariance-{covariance}": {
        "label": f"{mean}, {covariance}",
        "set": {
            "improvement.epsilon_mean": float(mean),
            "improvement.epsilon_covariance": float(covariance),
        },
    }
    for mean in ("0.01", "1")
    for covariance in ("1e-6", "1e-4", "1e-3")
}


@pytest.fixture(scope="session")
def rich(make, tmp_path_factory):
    """results/made with a grid of bounds, defects, PPO and DDPG, and the humanoid."""
    root, before = tmp_path_factory.mktemp("rich"), Path.cwd()
    os.chdir(root)
    tasks = ["cartpole-swingup", "humanoid-run"]
    try:
        study = make.write_study(root, arms=RICH, tasks=tasks)
        for run in study.runs():
            if run.arm != "mean-1-covariance-1e-3":
                make.write_run(root, run)
        collect(study, root / "results" / "made", root)
    finally:
        os.chdir(before)
    return load(root / "results" / "made")


@pytest.fixture
def uneven(uneven_data, tmp_path):
    """What a copy of it holds."""
    return load(Path(shutil.copytree(uneven_data, tmp_path / "results" / "made")))


@pytest.fixture
def folder(collected, tmp_path):
    """A copy of results/made of one's own."""
    return Path(shutil.copytree(collected, tmp_path / "results" / "made"))


@pytest.fixture
def results(folder):
    """What that copy holds."""
    return load(folder)


@pytest.fixture(scope="session")
def judged_folder(make, tmp_path_factory):
    """results/made with verdicts: two claims on it, one elsewhere, two without runs."""
    root, before = tmp_path_factory.mktemp("judged"), Path.cwd()
    os.chdir(root)
    try:
        study = make.write_study(root)
        make.write_study(root, name="other")
        for run in study.runs()[1:]:
            make.write_run(root, run)
        write_claims(root / "paper_configs" / "claims")
        for command in (["collect", "made"], ["claims", "check", "results/made"]):
            done = CliRunner().invoke(build(command[:1]), command)
            assert done.exit_code == 0, done.output
    finally:
        os.chdir(before)
    return root / "results" / "made"


def write_claims(folder):
    """Writes five claims."""
    folder.mkdir()
    for name, study, test, effect in (
        ("C1", "made", "superiority", 0.3),
        ("C2", "made", "equivalence", 0.0),
        ("C3", "other", "superiority", 0.3),
    ):
        said = {"id": name, "study": study, "test": test, "effect": effect}
        words = "better" if effect else "as good"
        (folder / f"{name.lower()}.yaml").write_text(CLAIM.format(words=words, **said))
    start = "title: t\nwords: w\nsource: s\n"
    (folder / "c10.yaml").write_text(f"id: C10\n{start}not_testable: Never released.")
    asked = "certificates: {names: [dual], outcome: proved, sentence: It holds.}"
    (folder / "j1.yaml").write_text(f"id: J1\n{start}{asked}\n")


@pytest.fixture
def judged(judged_folder, tmp_path):
    """What a copy of it holds."""
    return load(Path(shutil.copytree(judged_folder, tmp_path / "results" / "made")))
