"""NaN, infinity, divergence: the run stops, says where, and keeps what it had."""

import json
import re

import numpy as np
import pytest
import small
import torch

from mpo_repro.cli import app
from mpo_repro.config import ConfigError
from mpo_repro.environments import make
from mpo_repro.training import cohort, inspection, process
from mpo_repro.training.checkpoint import Checkpoint
from mpo_repro.training.guard import UnsoundRunError
from mpo_repro.training.learner import Learner

SOON = 1e5  # rate at which the parameters of a critic leave all bounds at once


class Faulty:
    """Environments of which a step gives something that is not a number."""

    def __init__(self, environments, field, value, step):
        self._environments, self._left = environments, step
        self._field, self._value = field, value

    def __getattr__(self, name):
        return getattr(self._environments, name)

    def start(self, actions):
        return lambda: self.step(actions)

    def step(self, actions):
        step, self._left = self._environments.step(actions), self._left - 1
        if self._left == 0:
            getattr(step, self._field)[1] = self._value
        return step


@pytest.fixture
def often(monkeypatch):
    """Checkpoints every twentieth of a second."""
    monkeypatch.setattr(cohort, "CHECKPOINT_SECONDS", 0.05)


def stopped(plan, folder):
    """Trains a run that must stop; gives run.json and the reason."""
    with pytest.raises(UnsoundRunError) as error:
        process.train(plan, folder)
    about = json.loads((folder / "run.json").read_text())
    assert about["ended"] == "diverged"
    assert about["reason"] == str(error.value)
    assert not list(folder.glob("*.done.json"))
    return about, about["reason"]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("rewards", np.nan, "reward of environment 1 is nan, at environment step 802"),
        ("observations", np.inf, "observation of environment 1 is inf, at .* 802"),
    ],
)
def test_environments_that_fail_stop_the_run_which_then_goes_on(
    tmp_path, monkeypatch, often, field, value, told
):
    plan = small.plan()
    process.train(plan, tmp_path / "quiet")
    monkeypatch.setattr(
        cohort, "make", lambda *given: Faulty(make(*given), field, value, 401)
    )
    about, reason = stopped(plan, tmp_path / "run")
    assert re.search(told, reason)
    found = inspection.inspect(tmp_path / "run")
    assert found.source == tmp_path / "run" / inspection.STOPPED
    assert found.facts["reason"] == reason
    identity = f"{about['hash']}/seed-{small.SEED}"
    tensors, _ = Checkpoint(tmp_path / "run" / "checkpoint", identity).load()
    assert all(torch.isfinite(tensor).all() for tensor in tensors.values())
    monkeypatch.setattr(cohort, "make", make)
    process.train(plan, tmp_path / "run")
    assert small.tables(tmp_path / "run") == small.tables(tmp_path / "quiet")
    assert not (tmp_path / "run" / "stopped").exists()


def test_a_loss_that_is_no_number_is_found_and_nothing_of_it_saved(
    tmp_path, monkeypatch, capsys
):
    real = Learner.update

    def update(self, batch):
        told = real(self, batch)
        if self.updates == 20:
            self.state["policy"][0, 5] = torch.nan
        return told

    monkeypatch.setattr(Learner, "update", update)
    _, reason = stopped(small.plan(), tmp_path)
    assert "nan" in reason
    assert not list((tmp_path / "checkpoint").glob("*"))
    rows = {row.name: row for row in inspection.inspect(tmp_path).ranges}
    assert rows["policy"].not_finite
    assert not rows["critic"].not_finite
    with pytest.raises(SystemExit) as end:
        app.main(["inspect", str(tmp_path)])
    told = capsys.readouterr().out
    assert not end.value.code
    assert f"diverged: {reason}" in told
    for name in ("policy_loss", "batch/rewards", "critic_first_moment"):
        assert name in told


def test_a_diverging_critic_stops_the_run(tmp_path):
    _, reason = stopped(
        small.plan({"optimisation.critic_learning_rate": SOON}), tmp_path
    )
    assert "Q has diverged" in reason


def test_a_singular_covariance_stops_the_run(tmp_path):
    tiny = {"policy.initial_stddev": 1e-42, "policy.minimum_stddev": 1e-45}
    _, reason = stopped(small.plan(tiny), tmp_path)
    assert "log-probability" in reason
    assert "singular" in reason


ALMOST_ALL = 1.098  # ln M is 1.0986 with M = 3 actions, and more is refused
EXTREMES = [
    *({f"improvement.{name}": value}
      for name, most in (
          ("epsilon", ALMOST_ALL), ("epsilon_mean", 1e3), ("epsilon_covariance", 1e3))
      for value in (1e-12, most)),
    {"policy.hidden": [1, 1], "critic.hidden": [1, 1]},
    {"policy_evaluation.sequence_length": 1, "policy_evaluation.method": "td_0",
     "data.batch_states": 1},
    {"policy_evaluation.discount": 0.0},
    {"data.buffer_size": 8},
    {"optimisation.target_period": 1, "multipliers.learning_rate": 10.0},
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("settings", EXTREMES, ids=str)
def test_extreme_settings_learn_or_stop(tmp_path, settings):
    plan = small.plan(settings, steps=600)
    try:
        process.train(plan, tmp_path)
    except UnsoundRunError:
        assert (tmp_path / inspection.STOPPED).exists()
    for row in inspection.inspect(tmp_path).ranges:
        stopped = (tmp_path / inspection.STOPPED).exists()
        assert stopped or not row.not_finite


@pytest.mark.parametrize("setting", ["improvement.samples", "data.batch_states"])
def test_a_single_one_is_refused_where_nothing_could_be_learnt_from_it(setting):
    with pytest.raises(ConfigError, match=setting):
        small.plan({setting: 1})
