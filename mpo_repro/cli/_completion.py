"""What the Tab key offers: names of tasks, recipes, studies, arms, claims, checks.

A shell asks at each press, so nothing heavy (torch, pandas, a simulator) is imported.
Files that are wrong are offered nothing from: the command itself says what is wrong.
"""

from collections.abc import Iterable

import typer


def tasks(incomplete: str) -> list[str]:
    """Offers the tasks, of every family."""
    from mpo_repro.environments import TASKS

    return _beginning(incomplete, TASKS)


def envpool_tasks(incomplete: str) -> list[str]:
    """Offers the tasks of the control suite that EnvPool simulates as well."""
    from mpo_repro.environments.suite import IN_ENVPOOL

    return _beginning(incomplete, IN_ENVPOOL)


def recipes(incomplete: str) -> list[str]:
    """Offers the names in paper_configs/recipes."""
    return _beginning(incomplete, _names("recipes"))


def studies(incomplete: str) -> list[str]:
    """Offers the names in paper_configs/studies."""
    return _beginning(incomplete, _names("studies"))


def claims(incomplete: str) -> list[str]:
    """Offers the ids of claims, in capitals unless small letters were begun."""
    ids = _names("claims")
    capitals = not incomplete.islower()
    return _beginning(incomplete, map(str.upper, ids) if capitals else ids)


def checks(incomplete: str) -> list[str]:
    """Offers the names of the derivations' checks."""
    from mpo_repro.derivations.registry import written

    return _beginning(incomplete, written())


def backends(incomplete: str) -> list[str]:
    """Offers the simulators."""
    from mpo_repro.environments import BACKENDS

    return _beginning(incomplete, BACKENDS)


def executions(incomplete: str) -> list[str]:
    """Offers the ways in which an update is executed."""
    from mpo_repro.config.execution import PATHS

    return _beginning(incomplete, PATHS)


def settings(context: typer.Context, incomplete: str) -> list[str]:
    """Offers the keys of the recipe that is named before, each with its "="."""
    from mpo_repro.config import ConfigError, load_recipe
    from mpo_repro.config.recipes import setting_keys

    try:
        recipe = load_recipe(context.params.get("recipe") or "default")
    except ConfigError:
        return []
    keys = setting_keys(recipe.model_dump())
    return _beginning(incomplete, (f"{key}=" for key in keys))


def arms(context: typer.Context, incomplete: str) -> list[str]:
    """Offers the arms of the study that is named before."""
    study = _study(context)
    return _beginning(incomplete, study.arms if study else ())


def runs(context: typer.Context, incomplete: str) -> list[str]:
    """Offers ARM/SEED of the study that is named before."""
    study = _study(context)
    if study is None:
        return []
    pairs = (f"{arm}/{seed}" for arm in study.arms for seed in study.seeds_of(arm))
    return _beginning(incomplete, pairs)


def _study(context: typer.Context):
    from mpo_repro.config import ConfigError, load_study

    try:
        return load_study(context.params.get("study") or "")
    except ConfigError:
        return None


def _names(kind: str) -> list[str]:
    from mpo_repro.config.files import configs

    return sorted(path.stem for path in (configs() / kind).glob("*.yaml"))


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
