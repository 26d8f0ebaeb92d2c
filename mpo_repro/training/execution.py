"""How an update is executed: the choice, and the rule that makes it.

`plain` runs operation by operation; `compiled` lets torch.compile fuse them, which
halves an update's time once the compiler has spent its half minute: less than ten
seconds where a run of the same shape has left its result in the cache. Equal bytes are
promised for equal paths, so that the choice is recorded in run.json and kept when a run
is resumed.
"""

import shutil
from collections.abc import Callable

PATHS = ("plain", "compiled", "bfloat16")
WORTH_COMPILING = 2_000  # updates; fewer do not earn back the compiler's time


def kernel(path: str, device) -> int | None:
    """Returns the precision of the target critic's kernel; None where it is not used.

    Args:
      path: one of PATHS.
      device: the learner's.

    Raises:
      NoKernelError: if it cannot be compiled here.
    """
    from mpo_repro.kernels import critic_values

    if path == "plain" or device.type != "cpu":
        return None
    precision = critic_values.bfloat16()
    return precision if path == "bfloat16" else critic_values.FLOAT32


def compiled(function: Callable) -> Callable:
    """Lets torch.compile fuse a function, with no more processes than the run has."""
    import torch  # not above: who only asks for the rule need not wait for it

    torch._inductor.config.compile_threads = 1
    return torch.compile(function, dynamic=False, fullgraph=True)


def choose(updates: int, wanted: str | None = None) -> str:
    """Returns the execution path for a run.

    Args:
      updates: how many updates the run will take.
      wanted: the user's choice; None lets the rule decide.

    Raises:
      ValueError: if `wanted` is not one of PATHS.
    """
    if wanted is not None:
        if wanted not in PATHS:
            raise ValueError(f"execution is one of {', '.join(PATHS)}, not {wanted!r}")
        return wanted
    compiler = any(shutil.which(name) for name in ("c++", "g++", "clang++"))
    return "compiled" if compiler and updates >= WORTH_COMPILING else "plain"
