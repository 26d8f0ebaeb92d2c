"""What a shape of JSON is, and how a file of another one is refused."""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

Number = float | Literal["inf", "-inf", "nan"]  # JSON has none of these


class Shape(BaseModel):
    """An object with at least these keys, whose types are not converted."""

    model_config = ConfigDict(strict=True)


def check(path: Path, content: Any, kind: Any, command: str) -> None:
    """Refuses content of another shape.

    Args:
      path: where it was read.
      content: what was read.
      kind: a `Shape`, or a list of them.
      command: what writes the file.

    Raises:
      ValueError: naming the file, the first place that differs, and the command.
    """
    try:
        TypeAdapter(kind).validate_python(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "all of it"
        told = f"{place}: {first['msg']}; `{command}` writes it anew"
        raise ValueError(f"{path} cannot be read: {told}") from None
