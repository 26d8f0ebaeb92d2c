"""Recipes: reading them, what they extend, changing single settings, their hash."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mpo_repro.config import files
from mpo_repro.config.algorithms import AnyRecipe, select
from mpo_repro.config.errors import ConfigError, nearest
from mpo_repro.config.validation import unknown, validate

# Keys of a recipe's file that are about the file, and do not enter the recipe.
ABOUT = ("extends", "description")
# Sections of several kinds: one that names another kind than the recipe that it extends
# has other settings, and is given whole.
CHOICES = {"policy": "distribution", "improvement": "method"}
# Raise it when a change of the code changes what is learnt from equal settings, so
# that runs of the old code are not taken for runs of the new.
LEARNING_VERSION = 1


def load_recipe(name_or_path: str | Path) -> AnyRecipe:
    """Reads a recipe, with everything that it extends.

    Args:
      name_or_path: a name in paper_configs/recipes, or a path.

    Returns:
      The complete recipe: mappings are merged, all other values replaced.

    Raises:
      ConfigError: naming the file, of those it extends, that states what is wrong.
    """
    path = files.locate(name_or_path, "recipes")
    data: dict[str, Any] = {}
    origins: dict[str, object] = {}
    for link in reversed(_chain(path)):
        said = {key: value for key, value in link[1].items() if key not in ABOUT}
        _merge(data, said, origins, link[0])
    model, known = select(data, origins.get("algorithm", path))
    return validate(model, known, path, origins)


def _chain(path: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Reads a file and those it extends, the nearest first."""
    chain: list[tuple[Path, dict[str, Any]]] = []
    while True:
        said = files.read(path)
        chain.append((path, said))
        _check_about(path, said)
        if "extends" not in said:
            return chain
        parent = files.by_name(said["extends"], "recipes", path, "extends")
        if any(parent.samefile(seen) for seen, _ in chain):
            allowed = "a recipe that does not lead back here"
            raise ConfigError(path, "extends", said["extends"], allowed)
        path = parent


def _check_about(path: Path, said: Mapping[str, Any]) -> None:
    if not isinstance(said.get("description", ""), str):
        raise ConfigError(path, "description", said["description"], "a text")


def _merge(
    data: dict[str, Any],
    said: Mapping[str, Any],
    origins: dict[str, object],
    file: object,
    prefix: str = "",
) -> None:
    """Lays one file's settings over the rest, and notes who said what last."""
    for key, value in said.items():
        dotted = f"{prefix}{key}"
        if _is_same_kind(dotted, data.get(key), value):
            _merge(data[key], value, origins, file, f"{dotted}.")
        else:
            data[key] = _copied(value)
            _note(value, origins, file, dotted)


def _is_same_kind(key: str, before: Any, value: Any) -> bool:
    """Whether a section goes on with the settings of the one that it changes."""
    if not (isinstance(before, dict) and isinstance(value, Mapping)):
        return False
    choice = CHOICES.get(key, "")
    return value.get(choice, before.get(choice)) == before.get(choice)


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    return value


def _note(value: Any, origins: dict[str, object], file: object, dotted: str) -> None:
    origins[dotted] = file
    if isinstance(value, Mapping):
        for key, item in value.items():
            _note(item, origins, file, f"{dotted}.{key}")


def override(
    recipe: AnyRecipe,
    settings: Mapping[str, Any],
    file: object = "--set",
    prefix: str = "",
) -> AnyRecipe:
    """Changes single settings of a recipe.

    Args:
      recipe: the recipe, left as it is.
      settings: dotted key -> value, e.g. {"policy.hidden": [64, 64]}.
      file: where the settings stand, for the error.
      prefix: what precedes their keys in that file, for the error.

    Returns:
      The changed recipe.

    Raises:
      ConfigError: if a key is unknown or a section, or a value is not allowed.
    """
    if not settings:
        return recipe
    data = recipe.model_dump(mode="json")
    known = setting_keys(data)
    for key, value in settings.items():
        *sections, leaf = key.split(".")
        if key not in known:
            given = unknown(type(recipe), [*sections, "", leaf])
            raise ConfigError(file, f"{prefix}{key}", given, nearest(key, known))
        target = data
        for part in sections:
            target = target[part]
        target[leaf] = value
    return validate(type(recipe), data, file, prefix=prefix)


def setting_keys(data: Mapping[str, Any], prefix: str = "") -> tuple[str, ...]:
    """Lists the dotted keys of all settings in a nested mapping."""
    keys: list[str] = []
    for key, value in data.items():
        if isinstance(value, Mapping):
            keys.extend(setting_keys(value, f"{prefix}{key}."))
        else:
            keys.append(f"{prefix}{key}")
    return tuple(keys)


def parse_settings(texts: Iterable[str], option: str = "--set") -> dict[str, Any]:
    """Reads settings as they are typed: `policy.hidden=[64, 64]`.

    Args:
      texts: one `key=value` each; the value is YAML.
      option: what they were given to, for the error.

    Raises:
      ConfigError: if a text is not of this form, or a key comes twice.
    """
    settings: dict[str, Any] = {}
    for text in texts:
        key, equals, value = (part.strip() for part in text.partition("="))
        if not (key and equals):
            raise ConfigError(option, "", text, "key=value")
        if key in settings:
            raise ConfigError(option, key, "a second value", "one value")
        settings[key] = files.parse(value, f"{option} {key}")
    return settings


def recipe_hash(recipe: AnyRecipe, task: str, backend: str) -> str:
    """Names what determines the learning, whatever it is called.

    Names, budget, seed and evaluation schedule do not enter.

    Args:
      recipe: the algorithm.
      task: e.g. "cartpole-swingup".
      backend: the simulator, e.g. "envpool".

    Returns:
      12 hexadecimal digits.
    """
    content = {
        "version": LEARNING_VERSION,
        "recipe": recipe.model_dump(mode="json", exclude_defaults=True),
        "task": task,
        "backend": backend,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
