"""What a policy scores that learnt nothing: an untrained one, on published tasks.

    python benchmarks/untrained.py

writes mpo_repro/analysis/published/untrained.csv: on each task that has published
curves the mean return of recipe `default`'s policy as its first parameters are drawn,
with sampled actions, over two episodes of each of ten seeds.
"""

import csv

import torch

from mpo_repro.analysis import published
from mpo_repro.config import load_recipe
from mpo_repro.config.backend import default_backend
from mpo_repro.environments import make
from mpo_repro.training import state
from mpo_repro.training.evaluation import Stage, acting
from mpo_repro.training.problem import action_size, problem

RECIPE = "default"
SEEDS, EPISODES = range(10), 2


def measured(task: str, seed: int) -> float:
    """Returns the mean return of a seed's first parameters on a task."""
    recipe = load_recipe(RECIPE)
    backend = default_backend(task)
    spec = make(task, 1, seed, 0, backend).spec
    made = problem(recipe, spec.observation_size, action_size(recipe, spec))
    drawn = state.initial([made], [seed])
    own = {name: tensor[0] for name, tensor in drawn.items()}
    played = Stage(task, backend, seed, EPISODES).play(acting(made, own), 0)
    return float(played["sampled"].mean())


def main() -> None:
    """Measures every task and replaces the table."""
    torch.set_num_threads(1)
    with published.UNTRAINED.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["task", "seed", "episode_return"])
        for task in published.tasks():
            for seed in SEEDS:
                writer.writerow([task, seed, f"{measured(task, seed):.2f}"])
            file.flush()


if __name__ == "__main__":
    main()
