"""Workers: two processes are one with the joint batch; what torchrun starts."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import joint
import pandas as pd
import pytest
import torch
from torch.testing import assert_close

from mpo_repro.config import ConfigError
from mpo_repro.training import adam, noise, process, state, workers
from mpo_repro.training.group import ALONE, Group
from mpo_repro.training.learner import Learner
from mpo_repro.training.replay import Sequences
from mpo_repro.training.update import update

ROOT = Path(__file__).parents[2]
O, A, SEED, UPDATES = 4, 2, 2, 6  # noqa: E741
SETTINGS = {
    "data.workers": 2,
    "data.normalise_observations": "false",
    "data.initial_steps": 100,
    "policy.hidden": "[8]",
    "critic.hidden": "[8]",
}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def learnt_jointly(recipe, batches) -> dict:
    """The state of one process after updates from both workers' batches at once."""
    learner = Learner(recipe, O, A, [SEED])
    seeds = [Group(rank, 2).seed(SEED) for rank in range(2)]
    settings = {name: value[0] for name, value in learner.settings.items()}
    known = {name: value[0] for name, value in learner.state.items()}
    for number in range(UPDATES):
        halves = [batches[rank][number] for rank in range(2)]
        batch = Sequences(*(torch.cat(p, dim=1)[0] for p in zip(*halves, strict=True)))
        shape = recipe.improvement.samples, *halves[0].observations.shape[1:3], A
        draws = noise.normal(seeds, "update", number, shape)
        corrections = torch.tensor([adam.corrections(number + 1)] * 2)
        known |= update(
            learner.problem,
            known,
            settings,
            learner.rates[0],
            corrections,
            batch,
            torch.cat(tuple(draws), dim=1),
        )[0]
        state.refresh_targets(known, number + 1, recipe.optimisation)
    return known


@pytest.mark.slow
def test_two_workers_are_one_process_with_the_joint_batch(
    small_recipe, sequences, tmp_path
):
    recipe = small_recipe(optimisation__target_period=2)
    batches = [[sequences([9 + rank], n) for n in range(UPDATES)] for rank in range(2)]
    batches[1] = [one._replace(valid=torch.ones_like(one.valid)) for one in batches[1]]
    for rank, own in enumerate(batches):
        torch.save(own, tmp_path / f"batches-{rank}.pt")
    two = recipe.model_copy(
        update={"data": recipe.data.model_copy(update={"workers": 2})}
    )
    given = tmp_path, free_port(), two, (O, A), SEED
    torch.multiprocessing.spawn(joint.learn, given, nprocs=2)
    known = learnt_jointly(recipe, batches)
    found = [torch.load(tmp_path / f"state-{rank}.pt") for rank in range(2)]
    start = Learner(recipe, O, A, [SEED]).state
    for name, value in known.items():
        assert torch.equal(found[0][name], found[1][name]), name
        assert_close(found[0][name][0], value, rtol=0, atol=1e-6)
    assert (known["policy"] - start["policy"][0]).abs().max() > 1e-3


def torchrun(folder: Path, steps: int, *more: str) -> subprocess.CompletedProcess:
    """Trains as the documentation says, with two workers."""
    given = [part for k, v in SETTINGS.items() for part in ("--set", f"{k}={v}")]
    start = ["-m", "torch.distributed.run", "--nproc-per-node", "2"]
    start += ["--master-port", str(free_port()), "-m", "mpo_repro", "train"]
    options = ["--task", "pendulum-swingup", "--steps", str(steps), "--out", folder]
    options += ["--evaluation-interval", "400", "--evaluation-episodes", "1"]
    return subprocess.run(
        [sys.executable, *start, *options, *given, *more],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.slow
def test_a_run_by_torchrun_goes_on_as_if_it_had_not_stopped(tables, tmp_path):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for folder, steps in ((whole, 800), (parts, 400), (parts, 800)):
        done = torchrun(folder, steps)
        assert done.returncode == 0, done.stderr
    assert tables(whole) == tables(parts)
    assert not (whole / "worker-0").exists()
    curve = pd.read_parquet(whole / "curve.parquet")
    assert set(curve.loc[curve["kind"] == "mean", "environment_steps"]) == {400, 800}
    other = pd.read_parquet(whole / "worker-1" / "curve.parquet")
    assert set(other["kind"]) <= {"behaviour"}  # it does not evaluate
    # A worker whose checkpoint is another step's: the run is not taken up.
    (parts / "worker-1" / "checkpoint").rename(parts / "worker-1" / "lost")
    refused = torchrun(parts, 1200)
    assert refused.returncode != 0
    assert "workers stand at different steps: 0, 800; " in refused.stderr


def test_without_torchrun_it_is_refused(plan, small_recipe, tmp_path, monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    recipe = small_recipe(data__workers=2)
    with pytest.raises(ConfigError, match=r"data.workers: given 2; allowed: 1, .*run"):
        workers.train(plan(recipe=recipe), tmp_path / "run")
    with pytest.raises(ConfigError, match="data.workers"):
        process.train(plan(recipe=recipe), tmp_path / "run")
    compiled = plan(recipe=recipe, execution="compiled")
    with pytest.raises(ConfigError, match="plain with data.workers"):
        workers.train(compiled, tmp_path / "run")


def test_one_process_agrees_with_itself():
    tensors = (torch.ones(2), torch.zeros(3))
    assert ALONE.mean(tensors) is tensors
    assert ALONE.totals(3, 4) == [3, 4]
    assert (ALONE.gathered("a"), ALONE.seed(5)) == (["a"], 5)


def test_workers_seeds_are_nobody_elses():
    seeds = {Group(rank, 4).seed(seed) for rank in range(4) for seed in range(50)}
    assert len(seeds) == 200
    assert Group(0, 4).seed(7) == 7
