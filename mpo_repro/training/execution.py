"""How an update is executed: the paths, what each needs, and the rule that chooses.

`plain` runs operation by operation. `compiled` fuses them (`fused`) and evaluates the
target critic by a kernel (`kernels.critic_values`), both in float32; compiling takes
some seconds. `bfloat16` does so with bfloat16 factors and float32 sums in that kernel,
where no gradient is taken. Equal bytes are promised for equal paths, so that the choice
is recorded in run.json and kept when a run is resumed. What a path needs may be missing
then: a run goes on without a compiler, and run.json records where.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from mpo_repro.config import ConfigError
from mpo_repro.config.execution import PATHS
from mpo_repro.kernels import compiler, library

if TYPE_CHECKING:
    import torch

WORTH_COMPILING = 2_000  # updates; fewer do not earn back the compiler's time


class Need(NamedTuple):
    """Something that a path needs of a machine.

    Attributes:
      missing: returns why the machine has it not; None if it has it.
      dispensable: whether a run that began with it goes on in `plain` without it. It
        is refused otherwise, unless the user names a path.
    """

    missing: Callable[[], str | None]
    dispensable: bool


class Choice(NamedTuple):
    """The path of a run from now on.

    Attributes:
      path: one of PATHS.
      reason: why it is not what it was, or not what the rule would have; empty if
        nothing has to be explained.
    """

    path: str
    reason: str = ""


_COMPILED = (
    Need(lambda: compiler.problem(), dispensable=True),
    Need(lambda: library.problem(), dispensable=True),
)
NEEDS: dict[str, tuple[Need, ...]] = {
    "plain": (),
    "compiled": _COMPILED,
    "bfloat16": (Need(lambda: library.no_bfloat16(), dispensable=False), *_COMPILED),
}


def available(path: str) -> str | None:
    """Returns why a path cannot be taken on this machine; None if it can."""
    if path not in NEEDS:
        return f"this version knows {', '.join(PATHS)}"
    reasons = (need.missing() for need in NEEDS[path])
    return next((reason for reason in reasons if reason), None)


def rule(updates: int) -> str:
    """Returns the path for a number of updates where everything is available."""
    return "compiled" if updates >= WORTH_COMPILING else "plain"


def choose(updates: int, wanted: str | None = None) -> str:
    """Returns the execution path for a new run; see `settle`."""
    return settle(updates, wanted).path


def settle(
    updates: int, wanted: str | None = None, before: str | None = None
) -> Choice:
    """Chooses the execution path of a run that starts or goes on.

    Args:
      updates: how many updates the run will take in all.
      wanted: the user's choice; None keeps the run's path, and lets the rule decide
        for a new run.
      before: the path so far; None for a new run.

    Raises:
      ValueError: if `wanted` is not one of PATHS.
      ConfigError: if `wanted` is not available here, or what the run so far needed is
        missing and not dispensable.
    """
    if wanted is not None:
        if wanted not in PATHS:
            raise ValueError(f"execution is one of {', '.join(PATHS)}, not {wanted!r}")
        require(wanted, "--execution", "")
        changed = before not in (None, wanted)
        return Choice(wanted, f"--execution {wanted}" if changed else "")
    path = before or rule(updates)
    reason = available(path)
    if reason is None:
        return Choice(path)
    needs = NEEDS.get(path)
    if needs and all(need.dispensable for need in needs if need.missing()):
        return Choice("plain", reason)
    allowed = f"--execution plain, which run.json will record; {reason}"
    raise ConfigError("the run's execution path", "", path, allowed)


def require(path: str, file: object, key: str) -> None:
    """Refuses a path that is not available here.

    Args:
      path: one of PATHS, as the user wants it.
      file: where it was asked for, for the error.
      key: under which name there.

    Raises:
      ConfigError: naming what is missing.
    """
    reason = available(path)
    if reason is not None:
        raise ConfigError(file, key, path, f"plain, on this machine: {reason}")


def kernel(path: str, device: "torch.device") -> int | None:
    """Returns the precision of the target critic's kernel; None for its plain version.

    Args:
      path: one of PATHS, and available.
      device: the learner's; the kernel is for CPUs.
    """
    from mpo_repro.kernels import critic_values  # torch with it

    if path == "plain" or device.type != "cpu":
        return None
    return critic_values.bfloat16() if path == "bfloat16" else critic_values.FLOAT32
