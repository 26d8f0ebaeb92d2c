"""mpo_repro: a replication study of Maximum a Posteriori Policy Optimisation.

    import mpo_repro

    run = mpo_repro.train("cartpole-swingup", seed=1, steps=50_000, epsilon_mean=0.05)
    run.curve, run.diagnostics, run.policy

    policy = mpo_repro.load_policy(run.folder)

Importing it is cheap: what is heavy is imported when it is used. Where gymnasium has
been imported before, its environments are registered ("mpo_repro/cartpole-swingup-v0");
otherwise `register_envs` does it.
"""

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mpo_repro.artifacts.policy import Policy, load_policy
    from mpo_repro.artifacts.run import Run
    from mpo_repro.artifacts.suite_task import register as register_envs
    from mpo_repro.artifacts.training import train

__version__ = "0.1.0"
__all__ = ["Policy", "Run", "load_policy", "register_envs", "train"]

_PLACES = {  # public name -> module and name there
    "Policy": ("mpo_repro.artifacts.policy", "Policy"),
    "Run": ("mpo_repro.artifacts.run", "Run"),
    "load_policy": ("mpo_repro.artifacts.policy", "load_policy"),
    "register_envs": ("mpo_repro.artifacts.suite_task", "register"),
    "train": ("mpo_repro.artifacts.training", "train"),
}


def _find(name: str) -> Any:
    """Imports a public name when it is first asked for."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _PLACES[name]
    found = getattr(importlib.import_module(module), attribute)
    globals()[name] = found
    return found


if not TYPE_CHECKING:  # a checker would take every name for a public one
    __getattr__ = _find


def __dir__() -> list[str]:
    """Lists the public names, those not imported yet included."""
    return sorted({*globals(), *__all__})


if "gymnasium" in sys.modules:
    _find("register_envs")()
