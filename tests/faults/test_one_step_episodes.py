"""Episodes that end with their first step: there is no window longer than that."""

import numpy as np
import pandas as pd
import pytest
import small

from mpo_repro.environments import make
from mpo_repro.environments.interface import Step
from mpo_repro.training import cohort, inspection, process


class OneStep:
    """Environments of which every second step ends an episode, the others begin one."""

    def __init__(self, environments, flag):
        self.spec, self.count = environments.spec, environments.count
        self._flag, self._at = flag, 0
        environments.close()

    def reset(self, episode=0):
        self._at = 2 * episode
        return self._observations()

    def start(self, actions):
        return lambda: self.step(actions)

    def step(self, actions):
        self._at += 1
        ending = np.full(self.count, self._at % 2 == 1)
        flags = {
            "terminated": np.zeros_like(ending),
            "truncated": np.zeros_like(ending),
        }
        flags[self._flag] = ending
        return Step(self._observations(), ending.astype(np.float32), **flags)

    def _observations(self):
        size = self.count, self.spec.observation_size
        return np.random.default_rng(self._at).normal(size=size).astype(np.float32)

    def state(self):
        return {"at": self._at}

    def restore(self, state):
        self._at = int(state["at"])
        return self._observations()

    def close(self):
        """Holds nothing."""


@pytest.mark.parametrize("length", [1, 3])
@pytest.mark.parametrize("flag", ["terminated", "truncated"])
def test_episodes_of_one_step_are_learnt_from(tmp_path, monkeypatch, flag, length):
    monkeypatch.setattr(cohort, "make", lambda *given: OneStep(make(*given), flag))
    settings = {"policy_evaluation.sequence_length": length}
    if length == 1:
        settings["policy_evaluation.method"] = "td_0"
    process.train(small.plan(settings, steps=600), tmp_path)
    curve = pd.read_parquet(tmp_path / "curve.parquet")
    returns = curve[curve.kind == "behaviour"].episode_return
    assert len(returns) >= 600 / 2
    assert set(returns) == {1.0}
    assert not any(row.not_finite for row in inspection.inspect(tmp_path).ranges)
    if flag == "terminated":  # nothing comes after the reward
        told = pd.read_parquet(tmp_path / "diagnostics.parquet")
        values = told[told.name == "q_value"].value
        assert len(values)
        assert values.abs().max() < 2
