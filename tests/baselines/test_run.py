"""Runs of baselines: their folders, exact resuming, and that one learns."""

import json
import os
import signal
import threading

import pandas as pd
import pytest

from mpo_repro.analysis.run_folder import check_curve
from mpo_repro.baselines import run
from mpo_repro.baselines.run import BaselineRun
from mpo_repro.training import process
from mpo_repro.training.run import InterruptedRunError

BASELINES = ["ppo", "sac", "ddpg", "td3"]


def train(plan, folder, progress=None):
    return process.train(plan, folder, progress, BaselineRun)


def tables(folder):
    """The bytes of the tables that no clock enters."""
    names = "curve.parquet", "diagnostics.parquet"
    return tuple((folder / name).read_bytes() for name in names)


def told(folder):
    return json.loads((folder / "run.json").read_text())


@pytest.fixture(scope="module")
def whole(plan, tmp_path_factory):
    """The folder of an uninterrupted run of each baseline."""
    made = {}

    def of(name):
        if name not in made:
            made[name] = tmp_path_factory.mktemp(name)
            train(plan(name), made[name])
        return made[name]

    return of


@pytest.mark.parametrize("name", BASELINES)
def test_the_folder_is_that_of_a_run(plan, whole, name):
    about = told(whole(name))
    assert (about["ended"], about["reason"]) == ("completed", None)
    assert about["execution_path"] == "stable-baselines3"
    assert about["recipe"]["algorithm"] == name
    assert "stable-baselines3" in about["versions"]
    curve = pd.read_parquet(whole(name) / "curve.parquet")
    check_curve(curve, 600)
    ends = curve.loc[curve["kind"] == "behaviour", "environment_steps"]
    assert ends.tolist() == [200, 400, 600]
    evaluated = curve.loc[curve["kind"] != "behaviour"]
    assert evaluated["environment_steps"].tolist() == [300, 300, 600, 600]
    # 2 of 4 rollouts of 128 steps, 2 passes of 4 batches; or an update a step
    updates = {"ppo": [16, 32]}.get(name, [199, 499])
    assert sorted(set(evaluated["learner_updates"])) == updates
    assert len(pd.read_parquet(whole(name) / "diagnostics.parquet")) >= 4
    assert len(pd.read_parquet(whole(name) / "timing.parquet")) == 2
    marker = json.loads((whole(name) / "steps-600.done.json").read_text())
    assert marker["hash"] == about["hash"]


@pytest.mark.parametrize("name", BASELINES)
def test_a_run_that_was_stopped_and_extended_is_the_same(plan, whole, tmp_path, name):
    def stop(progress):
        if progress.environment_steps >= 200:
            os.kill(os.getpid(), signal.SIGINT)

    shorter = plan(name, steps=300)
    with pytest.raises(InterruptedRunError):
        train(shorter, tmp_path, stop)
    assert told(tmp_path)["ended"] == "interrupted"
    train(shorter, tmp_path)
    train(plan(name), tmp_path)
    assert tables(tmp_path) == tables(whole(name))


def test_how_often_one_saves_changes_nothing(plan, whole, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "CHECKPOINT_SECONDS", 0.2)
    train(plan("sac"), tmp_path)
    assert tables(tmp_path) == tables(whole("sac"))


def test_how_often_one_looks_changes_nothing(plan, whole, tmp_path):
    train(plan("sac", interval=100, episodes=2), tmp_path)
    curves = [pd.read_parquet(f / "curve.parquet") for f in (tmp_path, whole("sac"))]
    left, right = (c[c["kind"] == "behaviour"].reset_index(drop=True) for c in curves)
    pd.testing.assert_frame_equal(left, right)


def test_a_smaller_budget_than_was_reached_leaves_the_tables(plan, tmp_path):
    train(plan("ppo"), tmp_path)
    before = tables(tmp_path)
    assert train(plan("ppo", steps=300), tmp_path).name == "steps-300.done.json"
    assert tables(tmp_path) == before


def test_an_extension_that_is_stopped_at_once_keeps_what_was_reached(plan, tmp_path):
    train(plan("ppo"), tmp_path)  # its checkpoint is at 512 steps
    before = tables(tmp_path)
    extended = BaselineRun(plan("ppo", steps=900), tmp_path)
    stop = threading.Event()
    stop.set()
    with pytest.raises(InterruptedRunError):
        extended.train(None, stop)
    assert extended.model.num_timesteps == 512
    assert tables(tmp_path) == before


@pytest.mark.parametrize(
    ("name", "task", "backend"),
    [
        ("ppo", "CartPole-v1", "gymnasium"),
        ("ppo", "reacher-easy", "envpool"),
        ("td3", "Hopper-v5", "gymnasium"),
    ],
)
def test_the_other_tasks(plan, tmp_path, name, task, backend):
    chosen = plan(name, task=task, backend=backend, steps=200, interval=200)
    train(chosen, tmp_path)
    check_curve(pd.read_parquet(tmp_path / "curve.parquet"), 200)


@pytest.mark.slow
def test_sac_learns_pendulum(plan, small_recipe, tmp_path):
    """From random actions' -1200 to better than -300 in 6,000 steps."""
    recipe = small_recipe("sac", hidden=[64, 64], batch_size=128, learning_rate=1e-3)
    chosen = plan("sac", recipe=recipe, steps=6000, interval=6000, episodes=10)
    train(chosen, tmp_path)
    curve = pd.read_parquet(tmp_path / "curve.parquet")
    returns = curve.groupby("kind")["episode_return"]
    assert returns.first()["behaviour"] < -700
    assert returns.mean()["mean"] > -300
    assert returns.mean()["sampled"] > -300
