"""The shipped default recipe learns: the one test that only learning can pass."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mpo_repro.config import load_recipe
from mpo_repro.training import evaluation, process
from mpo_repro.training.learner import Learner

DEFAULT = Path(__file__).parents[2] / "paper_configs" / "recipes" / "default.yaml"
TASK, STEPS, EPISODES = "cartpole-swingup", 20_000, 5
# Seeds 100 and 101 reached 465 and 299 with sampled actions (mean of 10 episodes);
# untrained policies stay below 100.
RETURN = 180.0


@pytest.mark.slow
def test_the_default_recipe_swings_the_pole_up(plan, tmp_path):
    recipe = load_recipe(DEFAULT)
    chosen = plan(recipe=recipe, seed=102, steps=STEPS, interval=STEPS)
    chosen = chosen._replace(task=TASK, episodes=EPISODES)
    process.train(chosen, tmp_path)
    curve = pd.read_parquet(tmp_path / "curve.parquet")
    reached = curve[curve["kind"] == "sampled"]["episode_return"].mean()
    learner = Learner(recipe, 5, 1, [102])
    state = {name: value[0] for name, value in learner.state.items()}
    stage = evaluation.Stage(TASK, "envpool", 102, EPISODES)
    act = evaluation.acting(learner.problem, state)
    untrained = stage.play(act, 0)["sampled"].mean()
    assert reached > RETURN
    assert reached > 2 * untrained
    diagnostics = pd.read_parquet(tmp_path / "diagnostics.parquet")
    values = diagnostics.set_index("name")["value"]
    assert np.isfinite(values).all()
    # The E-step keeps to its bound, and the policy still explores.
    assert 0.5 < values["kl_q_relative"] < 2
    assert values["stddev"] > 0.05
