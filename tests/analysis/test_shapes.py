"""JSON of a study's data: what is published passes, what lacks anything is named."""

import copy
import json
from pathlib import Path
from typing import get_origin

import pytest

from mpo_repro.analysis import shapes
from mpo_repro.analysis.shape import Shape

REPORTS = Path(__file__).parents[2] / "reports"
PUBLISHED = sorted(REPORTS.glob("*/data/*.json"))
OTHER = None, 1, "text", [1], {"a": 1}


def published(name):
    return json.loads((REPORTS / "laptop" / "data" / name).read_text("utf-8"))


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda p: "/".join(p.parts[-3::2]))
def test_what_is_published_has_its_shape(path):
    shapes.check_file(path, json.loads(path.read_text("utf-8")))


@pytest.mark.parametrize("name", shapes.FILES)
@pytest.mark.parametrize("content", OTHER)
def test_another_shape_is_refused_by_the_name_of_the_file(name, content):
    with pytest.raises(ValueError, match=f"^there/{name} cannot be read: ") as found:
        shapes.check_file(Path("there", name), content)
    assert shapes.FILES[name][1] in str(found.value)
    assert "\n" not in str(found.value)


def places(content, kind):
    """Lists (path, key) of every required value of a document."""
    if isinstance(content, list):
        return [
            ((index, *path), key)
            for index, one in enumerate(content[:1])
            for path, key in places(one, kind)
        ]
    found = []
    for name, field in kind.model_fields.items():
        if field.is_required():
            found.append(((), name))
        for inner in shapes_in(field.annotation):
            value = content.get(name)
            if get_origin(field.annotation) is dict and value:
                key, value = next(iter(value.items()))
                below = [((key, *path), last) for path, last in places(value, inner)]
            else:
                below = places(value, inner) if value else []
            found += [((name, *path), last) for path, last in below]
    return found


def shapes_in(annotation):
    """Lists the shapes that a type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return [annotation]
    inner = [shapes_in(one) for one in getattr(annotation, "__args__", ())]
    return [shape for found in inner for shape in found]


@pytest.mark.parametrize("name", shapes.FILES)
def test_whatever_is_taken_out_is_missed_by_its_name(name):
    content = published(name)
    (kind,) = shapes_in(shapes.FILES[name][0]) or [shapes.FILES[name][0]]
    tried = places(content, kind)
    assert len(tried) > 8
    for path, key in tried:
        torn = copy.deepcopy(content)
        holder = torn
        for step in path:
            holder = holder[step]
        del holder[key]
        place = ".".join(map(str, (*path, key)))
        with pytest.raises(ValueError, match=f"{name} cannot be read: {place}: Field"):
            shapes.check_file(Path(name), torn)
