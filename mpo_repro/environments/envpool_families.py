"""EnvPool with those of its families of environments that are asked for.

`import envpool` imports seventeen families and what some of them draw with, matplotlib
among it: 0.8 s and 100 MB of every run. `import envpool.entry` adds the others to a
process that has used this file.
"""

import importlib
import sys
from types import ModuleType

_ALL = "envpool.entry"  # the module that imports every family


def with_family(name: str) -> ModuleType:
    """Returns the package envpool, in which a family is registered.

    Args:
      name: of a package within EnvPool, e.g. "mujoco.dmc".
    """
    if "envpool" not in sys.modules:
        sys.modules[_ALL] = ModuleType(_ALL)
        try:
            importlib.import_module("envpool")
        finally:
            del sys.modules[_ALL]
    importlib.import_module(f"envpool.{name}.registration")
    return sys.modules["envpool"]
