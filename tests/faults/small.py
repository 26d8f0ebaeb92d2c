"""A run of a second or two, as a plan and as a command line."""

from pathlib import Path

from mpo_repro.config import load_recipe, override
from mpo_repro.training.plan import Plan

RECIPE = Path(__file__).parents[2] / "paper_configs" / "recipes" / "paper.yaml"
SETTINGS = {
    "policy.hidden": [8],
    "critic.hidden": [8],
    "policy_evaluation.sequence_length": 3,
    "improvement.samples": 3,
    "data.environments": 2,
    "data.batch_states": 12,
    "data.initial_steps": 100,
}
TASK, SEED, STEPS, INTERVAL = "cartpole-swingup", 3, 1200, 600
LAST = STEPS // INTERVAL  # number of the last evaluation
TABLES = "curve.parquet", "diagnostics.parquet"


def plan(settings: dict | None = None, **changes) -> Plan:
    """The plan, with settings laid over the recipe and fields replaced."""
    recipe = override(load_recipe(RECIPE), SETTINGS | (settings or {}))
    made = Plan(recipe, TASK, SEED, STEPS, INTERVAL, 1, "envpool", "plain")
    return made._replace(**changes)


def arguments(folder: Path) -> list[str]:
    """The command line that trains the same run."""
    given = ["train", "--task", TASK, "--seed", SEED, "--steps", STEPS]
    given += ["--evaluation-interval", INTERVAL, "--evaluation-episodes", 1]
    given += ["--execution", "plain", "--recipe", RECIPE, "--out", folder]
    for key, value in SETTINGS.items():
        given += ["--set", f"{key}={value}"]
    return [str(part) for part in given]


def tables(folder: Path) -> list[bytes]:
    """The bytes of the tables that no clock enters."""
    return [(folder / name).read_bytes() for name in TABLES]
