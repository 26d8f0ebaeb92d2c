"""From plain data to a checked model, and from pydantic's errors to one line."""

import json
from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from mpo_repro.config.errors import ConfigError, nearest

Model = TypeVar("Model", bound=BaseModel)


def validate(
    model: type[Model],
    data: Mapping[str, Any],
    file: object,
    origins: Mapping[str, object] | None = None,
    prefix: str = "",
) -> Model:
    """Makes a model of plain data, strictly: "64" is no number and 1 is not true.

    Args:
      model: the model's class.
      data: what the file says.
      file: the file's name, for the error.
      origins: dotted key -> the file that states it, where that is another one.
      prefix: what precedes the keys in that file, for the error.

    Raises:
      ConfigError: naming the first key that is wrong; unknown keys come first, since
        a misspelt key also leaves the right one missing.
    """
    try:
        # Through JSON: there, strict still accepts a list for a tuple, 1 for 1.0.
        return model.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        problems = error.errors(include_url=False)
    problems.sort(key=lambda problem: problem["type"] != "extra_forbidden")
    problem = problems[0]
    keys = untagged(model, problem["loc"])
    if _is_of_kind(problem):
        keys.append(_setting(problem))
    key = ".".join(map(str, keys))
    place = _origin(key, origins or {}, file)
    given = _given(problem, model)
    raise ConfigError(place, prefix + key, given, _allowed(problem, model))


def _origin(key: str, origins: Mapping[str, object], file: object) -> object:
    """Finds who states a key, or else the closest section around it."""
    while key and key not in origins:
        key = key.rpartition(".")[0]
    return origins.get(key, file)


def _is_of_kind(problem: Mapping[str, Any]) -> bool:
    """Whether a section does not say, or says wrongly, of which kind it is."""
    return problem["type"] in ("union_tag_invalid", "union_tag_not_found")


def _setting(problem: Mapping[str, Any]) -> str:
    """The setting that says the kind of such a section, "method" for example."""
    return problem["ctx"]["discriminator"].strip("'")


def _given(problem: Mapping[str, Any], model: type[BaseModel]) -> object:
    if not problem["loc"]:
        return "settings that do not go together"
    if _is_of_kind(problem):
        return problem["input"].get(_setting(problem), "nothing")
    if problem["type"] == "extra_forbidden":
        return unknown(model, problem["loc"])
    return "nothing" if problem["type"] == "missing" else problem["input"]


def unknown(model: type[BaseModel], path: Sequence[str | int]) -> str:
    """Says of a key that a section does not have what it is.

    Args:
      model: the class of the whole.
      path: as in `fields`, with the key itself at its end. What stands before the key,
        the name of the section's kind if it has one, does not matter.
    """
    section = _at(model, path[:-2])
    others = [kind for kind in _kinds(section) if path[-1] in kind.model_fields]
    names = " and ".join(map(_name, others))
    return f"a setting of {names} only" if others else "an unknown key"


def _allowed(problem: Mapping[str, Any], model: type[BaseModel]) -> str:
    if problem["type"] == "extra_forbidden":
        *path, key = problem["loc"]
        return nearest(key, fields(model, path))
    if _is_of_kind(problem):
        tag = _given(problem, model)
        return nearest(tag, map(_name, _kinds(_at(model, problem["loc"]))))
    if problem["type"] == "missing":
        return "a value: it has no default"
    context = problem.get("ctx", {})
    if "expected" in context:
        return str(context["expected"])
    if "error" in context:
        return str(context["error"])
    message = problem["msg"]
    return message.removeprefix("Input should be ").removeprefix("a valid ")


def fields(model: type[BaseModel], path: Sequence[str | int]) -> tuple[str, ...]:
    """Lists the keys that a section may have.

    Args:
      model: the class of the whole.
      path: as in pydantic's errors: keys that lead to the section, keys of mappings
        and indices included, and after the name of a section of several kinds its kind.

    Returns:
      The names of its fields; empty if the path leads to no section.
    """
    section = _at(model, path)
    return tuple(section.model_fields) if _is_model(section) else ()


def untagged(model: type[BaseModel], path: Sequence[str | int]) -> list[str | int]:
    """Returns such a path as the file has it: without the kinds of sections."""
    annotation, kept = model, []
    for part in path:
        if not _kinds(annotation):
            kept.append(part)
        annotation = _inside(annotation, part)
    return kept


def _at(model: type[BaseModel], path: Sequence[str | int]) -> Any:
    """What stands at a path, as in `fields`."""
    annotation: Any = model
    for part in path:
        annotation = _inside(annotation, part)
    return annotation


def _inside(annotation: Any, part: str | int) -> Any:
    """What stands in a section, mapping, list or choice of sections at one key."""
    kinds = _kinds(annotation)
    if kinds:
        return next((kind for kind in kinds if _is_called(kind, part)), None)
    if _is_model(annotation):
        field = annotation.model_fields.get(str(part))
        return _without_none(field.annotation if field else None)
    arguments = get_args(annotation) or (None,)
    return _without_none(arguments[0 if isinstance(part, int) else -1])


def _kinds(annotation: object) -> tuple[type[BaseModel], ...]:
    """The classes that a section may have, if there are several."""
    parts = get_args(annotation)
    union = get_origin(annotation) in (Union, UnionType)
    return parts if union and len(parts) > 1 and all(map(_is_model, parts)) else ()


def _is_called(kind: type[BaseModel], tag: str | int) -> bool:
    literals = (get_args(field.annotation) for field in kind.model_fields.values())
    return (tag,) in literals


def _name(kind: type[BaseModel]) -> str:
    """What a section says to be of this kind: the value that a setting has to have."""
    literals = (get_args(field.annotation) for field in kind.model_fields.values())
    return next(values[0] for values in literals if len(values) == 1)


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _without_none(annotation: object) -> object:
    if get_origin(annotation) in (Union, UnionType):
        kept = [part for part in get_args(annotation) if part is not type(None)]
        return kept[0] if len(kept) == 1 else annotation
    return annotation
