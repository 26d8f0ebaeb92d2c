"""Makes run folders as a trainer would leave them, for tests.

Also a command, to look at a whole study's page with made-up runs:

    python tests/analysis/run_folders.py FOLDER
"""

import json
import shutil
import sys
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from mpo_repro.config import RunSpec, Study, load_study
from mpo_repro.runs import layout, marking, sealed

RECIPES = Path(__file__).parents[2] / "paper_configs" / "recipes"
ARMS = {
    "reference": {"label": "MPO"},
    "wide": {"label": "wider bound", "set": {"improvement.epsilon": 1.0}},
    "td": {"label": "TD(0) targets", "set": {"policy_evaluation.method": "td_0"}},
}


def write_study(root: Path, **changes: object) -> Study:
    """Writes a study beside the real recipes in <root>/paper_configs and loads it.

    The current directory must be `root`, where names are looked up first.
    """
    study = {
        "name": "made",
        "title": "A made-up study",
        "description": "For tests.",
        "tasks": ["cartpole-swingup", "walker-walk"],
        "seeds": [0, 1, 2],
        "steps": 100_000,
        "evaluation": {"interval": 10_000, "episodes": 4},
        "arms": {"reference": ARMS["reference"], "wide": ARMS["wide"]},
    } | changes
    study["arms"] = {n: {"recipe": "default"} | a for n, a in study["arms"].items()}
    configs = root / "paper_configs"
    shutil.copytree(RECIPES, configs / "recipes", dirs_exist_ok=True)
    (configs / "studies").mkdir(exist_ok=True)
    # JSON is YAML, and has no anchors, which studies may not have.
    path = configs / "studies" / f"{study['name']}.yaml"
    path.write_text(json.dumps(study), encoding="utf-8")
    return load_study(study["name"])


def write_run(
    root: Path, run: RunSpec, steps: int | None = None, interval: int = 10_000
) -> Path:
    """Leaves a finished run folder of `steps` steps (the budget, if not given)."""
    steps = steps or run.steps
    folder = root / run.folder
    folder.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(zlib.crc32(f"{run.arm} {run.folder}".encode()))
    write_tables(folder, steps, interval, noise)
    details = {
        "task": run.task,
        "seed": run.seed,
        "hash": run.hash,
        "backend": "envpool",
        "recipe": run.recipe.model_dump(mode="json"),
        "steps": steps,
        "versions": {"torch": "2.13.0", "mujoco": "3.17.0"},
        "python": "3.11.2",
        "machine": {"cpu": "A processor", "cores": 2, "system": "Linux"},
        "commit": "0123456789abcdef",
        "execution_path": "plain",
        "ended": "completed",
        "reason": "",
    }
    (folder / "run.json").write_text(json.dumps(details))
    marker = {"steps": steps, "hash": run.hash, "finished": True}
    (folder / f"steps-{steps}.done.json").write_text(json.dumps(marker))
    return folder


def seal(folder: Path) -> None:
    """Adds the checksums with which training leaves a run folder."""
    about = json.loads((folder / layout.RUN).read_text("utf-8"))
    sealed.write_sealed(folder / layout.RUN, about)
    budgets = [layout.budget(path) for path in layout.markers(folder)]
    marking.write_markers(folder, budgets, about["hash"], about["seed"])


def write_tables(folder: Path, steps: int, interval: int, noise) -> None:
    """Writes curve, diagnostics and timing of a run that learns, with noise."""
    top, half = noise.uniform(600, 950), noise.uniform(0.15, 0.45) * 100_000

    def returns(at, scatter):
        level = top * at**2 / (at**2 + half**2)
        return np.clip(level + noise.normal(0, scatter, len(at)), 0, 1000)

    parts = []
    marks = np.arange(interval, steps + 1, interval)
    for kind, at, scatter, episodes in (
        ("behaviour", np.arange(1_000, steps + 1, 1_000), 90, 1),
        ("sampled", marks, 50, 4),
        ("mean", marks, 30, 4),
    ):
        at = np.repeat(at, episodes)
        part = {"environment_steps": at, "learner_updates": at, "kind": kind}
        part["episode"] = np.arange(len(at))
        parts.append(pd.DataFrame(part | {"episode_return": returns(at, scatter)}))
    pd.concat(parts).to_parquet(folder / "curve.parquet", index=False)
    at = np.arange(2_000, steps + 1, 2_000)
    values = {
        "temperature": 10 * np.exp(-at / 3e4) + noise.uniform(0.4, 0.8, len(at)),
        "kl_q_relative": noise.normal(1, 0.1, len(at)),
        "kl_mean_relative": np.exp(noise.normal(-1, 0.4, len(at))),
        "kl_covariance_relative": np.exp(noise.normal(-0.5, 0.4, len(at))),
        "stddev": 0.5 * np.exp(-at / 2e5),
        "q_value": returns(at, 30) / 10,
    }
    rows = [
        pd.DataFrame({"environment_steps": at, "name": name, "value": value})
        for name, value in values.items()
    ]
    table = pd.concat(rows).assign(learner_updates=lambda t: t["environment_steps"])
    table.to_parquet(folder / "diagnostics.parquet", index=False)
    speed = noise.uniform(90, 110)
    timing = {
        "environment_steps": at,
        "learner_updates": at,
        "wall_seconds": at / speed,
    }
    timing |= {"updates_per_second": speed, "steps_per_second": speed}
    pd.DataFrame(timing).to_parquet(folder / "timing.parquet", index=False)


if __name__ == "__main__":
    import os

    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    os.chdir(target)
    made = write_study(Path(), seeds=[0, 1, 2, 3, 4], arms=ARMS)
    for index, spec in enumerate(made.runs()):
        if index % 11 != 10:
            write_run(Path(), spec)
