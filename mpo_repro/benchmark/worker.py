"""The process of one rival: `python -m mpo_repro.benchmark.worker BUILDER SETTINGS`.

BUILDER is e.g. `updates.plain` or `stepping.envpool`; SETTINGS are its arguments as
JSON, and the number of threads.
"""

import importlib
import json
import sys
from collections.abc import Callable

from mpo_repro.benchmark.serving import serve
from mpo_repro.benchmark.sizes import Sizes


def build(builder: str, settings: dict) -> tuple[Callable, dict]:
    """Calls a builder.

    Args:
      builder: module and function of this package.
      settings: arguments of the function, as JSON knows them, and `threads`.
    """
    threads = settings.pop("threads")
    if "sizes" in settings:
        import torch

        torch.set_num_threads(threads)
        settings["sizes"] = Sizes.from_json(settings["sizes"])
    module, _, function = builder.partition(".")
    made = importlib.import_module(f"{__package__}.{module}")
    return getattr(made, function)(**settings)


if __name__ == "__main__":
    serve(lambda: build(sys.argv[1], json.loads(sys.argv[2])))
