"""The JSON schemas: current, valid, and of one mind with the models."""

import json

import jsonschema
import pytest

from mpo_repro.config.files import CHECKOUT, read
from mpo_repro.config.schema import as_text, schemas

FOLDER = CHECKOUT / "paper_configs"


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_file_is_current(name):
    written = (FOLDER / "schema" / name).read_text(encoding="utf-8")
    assert written == as_text(schemas()[name]), "run: mpo-repro schema"


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_schema_is_valid(name):
    jsonschema.Draft202012Validator.check_schema(schemas()[name])


@pytest.mark.parametrize("kind", ["recipe", "study"])
def test_it_accepts_what_the_models_accept(project, kind):
    folder = project.root / "paper_configs" / {"study": "studies"}.get(kind, "recipes")
    schema = schemas()[f"{kind}.schema.json"]
    for file in folder.glob("*.yaml"):
        jsonschema.validate(read(file), schema)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("recipe", {"extends": "../x"}),
        ("recipe", {"policy": {"hiden": [1]}}),
        ("recipe", {"improvement": {"epsilon": 0}}),
        ("study", {"name": "x"}),
        ("workflow", {"study": "../x"}),
        ("workflow", {"studdy": "quick"}),
    ],
)
def test_it_refuses_what_the_models_refuse(kind, data):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schemas()[f"{kind}.schema.json"])


def test_a_recipe_need_not_say_everything():
    data = {"extends": "paper", "critic": {"hidden": [7]}}
    jsonschema.validate(data, schemas()["recipe.schema.json"])
    assert json.loads(as_text(data)) == data
