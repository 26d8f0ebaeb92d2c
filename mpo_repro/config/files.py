"""Reading one YAML file: where it lies, how large it may be, what YAML may say in it.

The YAML is that of version 1.2: only `true` and `false` are truth values, `1e-4` is a
number, and 1:30 or 2018-06-14 are text. Anchors and aliases are refused, so a small
file cannot unfold into a large one.
"""

import copy
import functools
import math
import re
from pathlib import Path

import yaml

from mpo_repro.config.errors import ConfigError, nearest

CHECKOUT = Path(__file__).resolve().parents[2]
LARGEST_FILE = 256 * 1024  # bytes
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
SUFFIXES = (".yaml", ".yml")


def configs() -> Path:
    """Finds the folder paper_configs: that of the current directory comes first."""
    here = Path("paper_configs")
    return here if here.is_dir() else CHECKOUT / "paper_configs"


def locate(name_or_path: str | Path, kind: str) -> Path:
    """Finds the file of a recipe or study.

    Args:
      name_or_path: a name such as "paper", or a path (a `Path`, or a text with a slash
        or a suffix of YAML).
      kind: the folder of paper_configs in which names are looked up.

    Returns:
      The path of a file that exists.

    Raises:
      ConfigError: if there is no such file; names that are near are given.
    """
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or "/" in text or text.endswith(SUFFIXES):
        if not _is_file(Path(text)):
            raise ConfigError(text, "", "no such file", "the path of a file")
        return Path(text)
    return by_name(text, kind)


def _is_file(path: Path) -> bool:
    """Says whether there is such a file; no text makes it fail."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long, not to be searched, a null byte
        return False


def by_name(name: object, kind: str, file: object = None, key: str = "") -> Path:
    """Finds paper_configs/<kind>/<name>.yaml; paths are refused.

    Args:
      name: the name, as given.
      kind: "recipes" or "studies".
      file: where the name was given, for the error; the folder if None.
      key: the key under which it was given, for the error.

    Raises:
      ConfigError: if the name is not well-formed, or names no file.
    """
    folder = configs() / kind
    well_formed = isinstance(name, str) and NAME.fullmatch(name)
    path = folder / f"{name}.yaml" if well_formed else folder
    if not path.is_file():
        names = (file.stem for file in folder.glob("*.yaml"))
        raise ConfigError(
            file or f"paper_configs/{kind}", key, name, nearest(name, names)
        )
    return path


def read(path: Path) -> dict:
    """Reads a file that holds one mapping.

    Args:
      path: an existing file.

    Returns:
      Plain dicts, lists, texts, finite numbers, truth values and None.

    Raises:
      ConfigError: if the file is too large, not text, or not such a mapping.
    """
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ConfigError(
            path, "", error.strerror or error, "a readable file"
        ) from None
    if len(raw) > LARGEST_FILE:
        limit = f"at most {LARGEST_FILE} bytes"
        raise ConfigError(path, "", f"more than {LARGEST_FILE} bytes", limit)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        given = f"byte {raw[error.start]:#04x} at {error.start}"
        raise ConfigError(path, "", given, "text in UTF-8") from None
    data = parse(text, path)
    if not isinstance(data, dict):
        raise ConfigError(path, "", data, "a mapping of keys to values")
    return data


def parse(text: str, file: object) -> object:
    """Reads YAML from a text.

    Args:
      text: the YAML.
      file: what it is called in errors.

    Raises:
      ConfigError: on anything that is not plain data, or not YAML.
    """
    try:
        return copy.deepcopy(_parsed(text))
    except _RefusedError as error:
        raise ConfigError(file, *error.args) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise ConfigError(file, line, problem, "YAML") from None
    except RecursionError:
        raise ConfigError(file, "", "nested too deeply", "a few levels") from None


# A study reads the file that its arms extend once an arm.
@functools.lru_cache(maxsize=256)
def _parsed(text: str) -> object:
    return yaml.load(text, Loader=_Loader)


class _RefusedError(Exception):
    """Carries (key, given, allowed) out of the loader."""


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, made to read version 1.2's core schema only."""

    yaml_implicit_resolvers: dict[str, list] = {}

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node:
        """Refuses aliases and tags, then reads on as usual."""
        event = self.peek_event()
        place = f"line {event.start_mark.line + 1}"
        if isinstance(event, yaml.AliasEvent):
            raise _RefusedError(place, f"*{event.anchor}", "values written out in full")
        if event.tag is not None:
            raise _RefusedError(place, event.tag, "values without a tag")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> dict:
        """Refuses keys that are no text or come twice."""
        seen = set()
        for key_node, _ in node.value:
            place = f"line {key_node.start_mark.line + 1}"
            if key_node.tag != "tag:yaml.org,2002:str":
                raise _RefusedError(place, key_node.value, "a text as the key")
            if key_node.value in seen:
                raise _RefusedError(
                    place, f"{key_node.value} a second time", "each key once"
                )
            seen.add(key_node.value)
        return super().construct_mapping(node, deep)


def _integer(loader: _Loader, node: yaml.Node) -> int:
    return int(loader.construct_scalar(node).replace("_", ""))


def _number(loader: _Loader, node: yaml.Node) -> float:
    value = float(loader.construct_scalar(node).replace("_", ""))
    if not math.isfinite(value):
        raise _RefusedError(
            f"line {node.start_mark.line + 1}", node.value, "finite numbers"
        )
    return value


_TAG = "tag:yaml.org,2002:"
_SCALARS = (  # kind, pattern, first characters
    ("null", r"null|~|", ["n", "~", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"[-+]?[0-9][0-9_]{0,17}", list("-+0123456789")),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9]*)?)([eE][-+]?[0-9]{1,4})?",
        list("-+.0123456789"),
    ),
)
for _kind, _pattern, _first in _SCALARS:
    _Loader.add_implicit_resolver(
        _TAG + _kind, re.compile(rf"(?:{_pattern})\Z"), _first
    )
_Loader.add_constructor(_TAG + "int", _integer)
_Loader.add_constructor(_TAG + "float", _number)
