"""Equal runs, byte for byte: twice, stopped and resumed, extended, looked at anew."""

import pandas as pd
import pytest
import torch

from mpo_repro.config import load_recipe, override
from mpo_repro.training import checkpoint, process, run

WHOLE = {}
DISCRETE = {
    "policy.hidden": [8],
    "critic.hidden": [8],
    "data.batch_states": 20,
    "data.initial_steps": 100,
}


@pytest.fixture(params=["envpool", "dm_control"])
def backend(request):
    """Both simulators."""
    return request.param


@pytest.fixture
def whole(plan, tmp_path_factory):
    """Trains the plan in one go, once per backend; gives the run folder."""

    def make(backend):
        if backend not in WHOLE:
            WHOLE[backend] = tmp_path_factory.mktemp(backend)
            process.train(plan(backend=backend), WHOLE[backend])
        return WHOLE[backend]

    return make


class StopAt:
    """A stop signal that comes after some number of iterations."""

    def __init__(self, iterations):
        self.left = iterations

    def is_set(self):
        self.left -= 1
        return self.left <= 0


def train_in_parts(plan, folder, iterations):
    """Stops a run at each of some iterations and resumes it in a new `Run`."""
    done = 0
    for iteration in iterations:
        with pytest.raises(run.InterruptedRunError):
            run.Run(plan, folder).train(None, StopAt(iteration - done))
        done = iteration
    run.Run(plan, folder).train(None, StopAt(10**9))


def learnt(folder):
    """The tensors of a run's checkpoint."""
    states = (folder / "checkpoint").glob("state-*")
    newest = max(states, key=lambda path: int(path.stem.partition("-")[2]))
    return checkpoint.read_state(newest)[0]


def same(tensors, others):
    return tensors.keys() == others.keys() and all(
        torch.equal(value, others[name]) for name, value in tensors.items()
    )


def test_the_same_seed_gives_the_same_bytes(plan, whole, tables, backend, tmp_path):
    process.train(plan(backend=backend), tmp_path / "again")
    assert tables(tmp_path / "again") == tables(whole(backend))
    assert same(learnt(tmp_path / "again"), learnt(whole(backend)))
    curve = pd.read_parquet(whole(backend) / "curve.parquet")
    # Two environments end together, one iteration of 1000 begins anew without a step.
    behaviour = curve[curve["kind"] == "behaviour"]
    assert behaviour["environment_steps"].tolist() == [2000, 2000]
    assert curve["kind"].value_counts().to_dict() == dict.fromkeys(
        ("mean", "sampled", "behaviour"), 2
    )


def test_another_seed_gives_another_curve(plan, whole, tables, tmp_path):
    process.train(plan(seed=4), tmp_path)
    assert tables(tmp_path) != tables(whole("envpool"))


def test_stopped_in_the_middle_of_episodes_and_resumed(
    plan, whole, tables, train_until, backend, tmp_path
):
    chosen = plan(backend=backend)
    for steps in (1000, 2100):  # in the first episodes and in the second ones
        told = train_until(chosen, tmp_path, steps)
        assert told["ended"] == "interrupted"
        assert not list(tmp_path.glob("*.done.json"))
        assert tables(tmp_path) != tables(whole(backend))
    marker = process.train(chosen, tmp_path)
    assert marker.name == "steps-2400.done.json"
    assert tables(tmp_path) == tables(whole(backend))
    assert same(learnt(tmp_path), learnt(whole(backend)))


def test_extended_is_the_longer_run(plan, whole, tables, backend, tmp_path):
    process.train(plan(backend=backend, steps=1200), tmp_path)
    curve = pd.read_parquet(tmp_path / "curve.parquet")
    assert curve["environment_steps"].max() == 1200
    process.train(plan(backend=backend), tmp_path)
    assert tables(tmp_path) == tables(whole(backend))
    assert len(list(tmp_path.glob("steps-*.done.json"))) == 2


def test_stopped_wherever_it_is_delicate(plan, whole, tables, tmp_path):
    # The first step; after an update and before the evaluation that reports it; with
    # episodes ended; with new ones begun and no step taken; one step later.
    train_in_parts(plan(), tmp_path, (1, 599, 1000, 1001, 1002))
    assert tables(tmp_path) == tables(whole("envpool"))
    assert same(learnt(tmp_path), learnt(whole("envpool")))


def test_a_replay_that_wraps_around_is_resumed(plan, small_recipe, tables, tmp_path):
    small = plan(recipe=small_recipe(data__buffer_size=300), steps=1400, interval=1400)
    process.train(small, tmp_path / "whole")
    train_in_parts(small, tmp_path / "parts", (100, 140, 310, 690))
    assert tables(tmp_path / "parts") == tables(tmp_path / "whole")
    assert same(learnt(tmp_path / "parts"), learnt(tmp_path / "whole"))


def test_how_one_looks_does_not_change_what_is_learnt(plan, whole, tmp_path):
    process.train(plan(interval=700, episodes=2), tmp_path)
    assert same(learnt(tmp_path), learnt(whole("envpool")))
    often, rarely = (
        pd.read_parquet(folder / "curve.parquet")
        for folder in (tmp_path, whole("envpool"))
    )
    behaviour = [c[c["kind"] == "behaviour"]["episode_return"] for c in (often, rarely)]
    assert behaviour[0].tolist() == behaviour[1].tolist()
    assert (often["kind"] == "mean").sum() == 2 * (2400 // 700)


def test_updates_wait_for_the_first_sequence_and_are_made_up_for(
    plan, small_recipe, tmp_path
):
    early = small_recipe(
        data__initial_steps=1,
        data__batch_states=20,
        policy_evaluation__sequence_length=20,
    )
    found = run.Run(plan(recipe=early, steps=80, interval=80), tmp_path)
    found.train(None, StopAt(10**9))
    assert found.learner.updates == 10  # (80 - 1) / 8, rounded up: none is lost


@pytest.mark.slow
def test_the_compiled_path_is_resumed_exactly(plan, tables, tmp_path):
    compiled = plan(execution="compiled", steps=1200, interval=600)
    for folder in ("whole", "again"):
        process.train(compiled, tmp_path / folder)
    assert tables(tmp_path / "whole") == tables(tmp_path / "again")
    train_in_parts(compiled, tmp_path / "parts", (150, 420))
    assert tables(tmp_path / "parts") == tables(tmp_path / "whole")


def test_episodes_that_end_each_at_its_own_time_go_on(tables, tmp_path):
    recipe = override(load_recipe("categorical"), DISCRETE)
    plan = run.Plan(recipe, "CartPole-v1", 3, 400, 400, 1, "gymnasium", "plain")
    process.train(plan, tmp_path / "whole")
    train_in_parts(plan, tmp_path / "parts", (30, 77))
    assert tables(tmp_path / "parts") == tables(tmp_path / "whole")
    assert same(learnt(tmp_path / "parts"), learnt(tmp_path / "whole"))
