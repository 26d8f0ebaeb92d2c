"""The control suite's models as EnvPool reads them, without their pictures.

EnvPool compiles the model of each environment by itself, pictures included. The sky
alone takes 70 ms and 11 MB an environment, and nothing is ever drawn by EnvPool here.
With pictures of one pixel the physics is the same to the bit.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

from mpo_repro.environments.envpool_families import with_family

_PLACE = Path("mujoco", "assets_dmc")  # of the models, in a folder of EnvPool's assets
_SHARED = "common"  # sky and materials, which every model includes


@contextmanager
def without_pictures(domain: str) -> Iterator[Path]:
    """Gives a folder of assets for EnvPool, which is removed afterwards.

    Args:
      domain: of the control suite, e.g. "cheetah": the only model in the folder.
    """
    registration = with_family("mujoco.dmc").registration
    given = Path(registration.asset_base_path("envpool_assets", str(_PLACE))) / _PLACE
    with TemporaryDirectory(prefix="mpo-repro-") as folder:
        copied = Path(folder) / _PLACE
        shutil.copytree(given / _SHARED, copied / _SHARED)
        shutil.copy(given / f"{domain}.xml", copied)
        for path in copied.rglob("*.xml"):
            _shrink(path)
        yield Path(folder)


def _shrink(path: Path) -> None:
    """Makes the pictures that a model generates as small as they can be."""
    tree = ElementTree.parse(path)
    for texture in tree.iter("texture"):
        if "builtin" in texture.attrib:
            texture.attrib |= {"width": "1", "height": "1"}
    tree.write(path)
