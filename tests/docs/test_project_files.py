"""The files that a code host and a citation manager read."""

import re

import pytest
import yaml
from documents import ROOT

import mpo_repro

TEMPLATES = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
FORMS = [path for path in TEMPLATES if path.stem != "config"]


def test_the_citation_is_of_this_version_and_of_the_paper():
    told = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    # What the format asks of every file, and one of each person or group.
    assert told["cff-version"] == "1.2.0"
    assert all(told[key] for key in ("message", "title", "type", "authors"))
    assert all(one.keys() & {"name", "family-names"} for one in told["authors"])
    assert told["version"] == mpo_repro.__version__
    assert told["license"] == "MIT"
    (paper,) = told["references"]
    assert paper["url"].endswith("1806.06920")
    assert [one["family-names"] for one in paper["authors"]] == [
        *("Abdolmaleki", "Springenberg", "Tassa", "Munos", "Heess", "Riedmiller")
    ]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_an_issue_form_asks_for_something(path):
    form = yaml.safe_load(path.read_text("utf-8"))
    assert form["name"]
    assert form["description"]
    for part in form["body"]:
        assert part["type"] in {"input", "textarea"}
        assert part["attributes"]["label"]
    required = [part.get("validations", {}).get("required") for part in form["body"]]
    assert any(required)
    ids = [part["id"] for part in form["body"]]
    assert len(set(ids)) == len(ids)
    for command in re.findall(r"`(mpo-repro \w+)", path.read_text("utf-8")):
        file = ROOT / "mpo_repro" / "cli" / f"{command.split()[1]}.py"
        assert file.is_file()
