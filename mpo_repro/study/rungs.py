"""The files with which a search goes on: the next rung's study, or the recipe."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from mpo_repro.config import ConfigError, Study, files
from mpo_repro.config.recipes import ABOUT
from mpo_repro.config.whole import write_text
from mpo_repro.study.search import Score, next_arms

_SERVER = "# yaml-language-server: $schema=../schema/{}.schema.json\n"
_WRITTEN = "# Written by `mpo-repro study rung {}`.\n"
_NUMBER = re.compile(r"(.*)-(\d+)")


class NextFile(NamedTuple):
    """A file that a rung leads to.

    Attributes:
      path: its place.
      text: its content.
    """

    path: Path
    text: str


def next_file(study: Study, ranked: Sequence[Score]) -> NextFile:
    """Makes the file that follows a rung, without writing it.

    Args:
      study: the rung.
      ranked: the scores of its arms; see `search.ranking`.

    Returns:
      The next rung's study; after the last rung the recipe `search.writes`.
    """
    if study.search.rungs:
        content = _study(study, ranked)
        path = files.configs() / "studies" / f"{content['name']}.yaml"
        return NextFile(path, _head("study", study) + _yaml(content))
    path = files.configs() / "recipes" / f"{study.search.writes}.yaml"
    return NextFile(path, _head("recipe", study) + _recipe(study, ranked[0].arm))


def write(file: NextFile) -> None:
    """Writes a file that `next_file` made.

    Raises:
      ConfigError: if another one is there, unless it is a recipe that changes nothing
        of what it extends, to be filled in.
      OSError: if it cannot be written.
    """
    if file.path.is_file() and file.path.read_text("utf-8") != file.text:
        empty = set(files.read(file.path)) <= set(ABOUT)
        if not empty:
            allowed = "no such file, or the same: move it away to write it again"
            raise ConfigError(file.path, "", "another content", allowed)
    write_text(file.path, file.text)


def number(study: Study) -> int:
    """Counts which rung of its search a study is: 1 for the first."""
    match = _NUMBER.fullmatch(study.name)
    return int(match[2]) if match else 1


def _study(study: Study, ranked: Sequence[Score]) -> dict[str, Any]:
    """Makes the content of the next rung's file."""
    rung, follows = study.search.rungs[0], number(study) + 1
    said = study.model_dump(mode="json", exclude_defaults=True)
    match = _NUMBER.fullmatch(study.name)
    arms = next_arms(study, ranked)
    return said | {
        "name": f"{match[1] if match else study.name}-{follows}",
        "title": re.sub(r", rung \d+$", "", study.title) + f", rung {follows}",
        "seeds": list(rung.seeds),
        "steps": rung.steps,
        "arms": {
            name: arm.model_dump(mode="json", exclude_defaults=True)
            for name, arm in arms.items()
        },
        "search": said["search"] | {"rungs": said["search"]["rungs"][1:]},
    }


def _recipe(study: Study, best: str) -> str:
    """Writes a recipe that extends the base's with what an arm sets."""
    arm, match = study.arms[best], _NUMBER.fullmatch(study.name)
    first = match[1] if match else study.name
    description = (
        f"The recipe {arm.recipe} with what learned best in the study {first}: "
        f"{arm.label}."
    )
    lines = _yaml({"extends": arm.recipe, "description": description}).splitlines()
    sections: dict[str, list[str]] = {}
    for key, value in arm.set.items():
        section, _, name = key.partition(".")
        setting = f"  {name}: {_value(value)}"
        sections.setdefault(section, []).append(
            f"{setting:29} # Open: chosen in {first}"
        )
    for section, settings in sections.items():
        lines += [f"{section}:", *settings]
    return "\n".join(lines) + "\n"


def _head(kind: str, study: Study) -> str:
    return _SERVER.format(kind) + _WRITTEN.format(study.name)


def _value(value: object) -> str:
    return yaml.safe_dump(value, default_flow_style=True).splitlines()[0]


def _yaml(content: Mapping[str, Any]) -> str:
    """Writes plain data as YAML, in its order and without anchors."""
    plain = json.loads(json.dumps(content))
    return yaml.safe_dump(plain, sort_keys=False, width=80, allow_unicode=True)
