"""`mpo-repro derive`: the table, the page of one check, JSON, exit codes."""

import dataclasses
import io
import json

import pytest
from rich.console import Console
from typer.testing import CliRunner

from mpo_repro.cli import _certificates, app
from mpo_repro.derivations import registry

WANTED = {
    "name",
    "place",
    "statement",
    "method",
    "instances",
    "worst_error",
    "tolerance",
    "verdict",
    "passed",
}
GOOD = "e-step-normalisation"


@pytest.fixture
def two(monkeypatch):
    """Leaves one check that holds, and the same one with a larger error."""
    good = registry.run(GOOD)
    checks = {"good": dataclasses.replace(good, name="good")}
    checks["poor"] = dataclasses.replace(good, name="poor", worst_error=1.0)
    functions = {name: (lambda c=c: c) for name, c in checks.items()}
    monkeypatch.setattr(registry, "names", lambda: tuple(functions))
    monkeypatch.setattr(registry, "_checks", functions)
    return functions


def run(*arguments):
    return CliRunner().invoke(app.build(["derive"]), ["derive", *arguments])


def test_the_table_names_every_check_and_a_red_one_ends_in_1(two):
    done = run()
    assert done.exit_code == 1
    assert "RED" in done.output
    assert "1 of 2 certificates hold" in done.output
    del two["poor"]
    assert run().exit_code == 0


def test_json_is_a_list_of_objects_for_machines(two):
    done = run("--json")
    assert done.exit_code == 1
    rows = json.loads(done.output)
    assert [row["passed"] for row in rows] == [True, False]
    assert all(row.keys() >= WANTED for row in rows)


def test_one_check_is_explained_with_all_its_parts():
    done = run(GOOD)
    assert done.exit_code == 0
    for part in ("Statement", "Assumptions", "Steps", "Numbers", "Counterexample"):
        assert f"\n{part}\n" in done.output
    assert "∫ q(a|s) da = 1" in done.output  # no LaTeX in a terminal
    assert "\\" not in done.output
    assert "E5" in done.output


def test_a_terminal_without_greek_letters_has_latex():
    raw = io.BytesIO()
    console = Console(file=io.TextIOWrapper(raw, encoding="ascii"), width=100)
    _certificates.explain(registry.run(GOOD), (), console)
    console.file.flush()
    assert rb"\int q(a|s)" in raw.getvalue()


def test_the_typo_of_appendix_d_has_both_lines_and_both_numbers():
    done = run("typo")
    assert done.exit_code == 0
    text = " ".join(done.output.split())
    for part in (
        "printed exp(-(eta - gamma)/eta) = Int pi exp(Q/eta) da",
        "corrected exp(+(eta - gamma)/eta) = Int pi exp(Q/eta) da",
        "reported by the NYCU re-implementation",
        "2.631 E1, first state: Z by the printed line, printed derivative",
        "0.3801 E1, first state: Z by the corrected line, printed derivative",
    ):
        assert part in text
    assert run("E1").output == done.output


def test_an_erratum_without_a_certificate_has_its_reason():
    done = run("E9")
    assert done.exit_code == 0
    assert "while L_curr < L_max" in done.output
    assert "reason" in done.output
    assert "certificates hold" not in done.output
    assert json.loads(run("E9", "--json").output) == []


def test_of_several_certificates_there_is_a_table():
    done = run("fisher")
    assert done.exit_code == 0
    assert "2 of 2 certificates hold" in done.output
    assert "mpo-repro derive NAME" in done.output
    rows = json.loads(run("fisher", "--json").output)
    assert [row["name"] for row in rows] == ["fisher-metric", "fisher-prior"]


def test_an_unknown_name_is_refused_in_one_line():
    done = run("e-step-normalization")
    assert done.exit_code == 2
    assert done.output.count("\n") == 1
    assert GOOD in done.output
