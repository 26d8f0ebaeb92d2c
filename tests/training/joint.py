"""What a worker of `test_workers` does, in a process of its own."""

import os
from pathlib import Path

import torch

from mpo_repro.training import workers
from mpo_repro.training.learner import Learner


def learn(rank: int, folder: Path, port: int, recipe, widths, seed: int) -> None:
    """Learns from batches-<rank>.pt; writes state-<rank>.pt."""
    torch.set_num_threads(1)
    place = {"RANK": rank, "WORLD_SIZE": 2, "MASTER_ADDR": "127.0.0.1"}
    for name, value in (place | {"MASTER_PORT": port}).items():
        os.environ[name] = str(value)
    with workers.joined(2) as group:
        learner = Learner(recipe, *widths, [seed], group=group)
        for batch in torch.load(folder / f"batches-{rank}.pt", weights_only=False):
            learner.update(batch)
        torch.save(learner.state, folder / f"state-{rank}.pt")
