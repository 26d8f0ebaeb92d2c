"""`mpo-repro claims`: what it lists, shows, refuses and registers."""

import json

import pytest

from mpo_repro.cli import app


@pytest.fixture
def command(claim, capsys, monkeypatch):
    """Runs a command: exit code, text on stdout and on stderr, in 100 columns."""
    monkeypatch.setenv("COLUMNS", "100")

    def call(*given):
        with pytest.raises(SystemExit) as end:
            app.main(["claims", *given])
        said = capsys.readouterr()
        return end.value.code or 0, said.out, said.err

    return call


def test_a_design_that_decides_hardly_ever_needs_a_reason(command, claim):
    code, _, said = command("register")
    assert (code, said.count("\n")) == (2, 1)
    assert "claim C1: despite.impossible: given nothing" in said
    shown = " ".join(command("show", "C1")[1].split())
    assert "where 50 % are asked for; no reason to keep it yet" in shown
    keep(claim)
    assert "1 of 1 claims registered: C1" in command("register")[1]
    assert "It is a test." in command("show", "C1")[1]


def keep(claim):
    """Gives the claim, which has two seeds, reasons to be kept all the same."""
    reasons = "despite: {power: It is a test., impossible: It is a test.}\n"
    claim.write_text(claim.read_text() + reasons)


def test_a_claim_is_registered_once_and_again_when_it_was_edited(
    command, project, claim
):
    keep(claim)
    assert "not registered" in command("list")[1]
    assert "1 of 1 claims registered: C1" in command("register")[1]
    assert "0 of 1 claims registered: -" in command("register")[1]
    path = project.root / "paper_configs" / "claims" / "registered.json"
    entry = json.loads(path.read_text())["C1"]
    assert entry["date"] in command("list")[1]
    project.edit("claims/c1.yaml", "margin: 0.1", "margin: 0.2")
    assert "edited since it was registered" in command("list")[1]
    code, _, said = command("register")
    assert (code, said.count("\n")) == (2, 1)
    assert "a --reason" in said
    command("register", "--reason", "it was too narrow")
    old = json.loads(path.read_text())["C1"]["superseded"]
    assert old == [entry | {"reason": "it was too narrow"}]


def test_show_gives_the_test_and_the_power_of_two_seeds(command):
    code, said, _ = command("show", "C1")
    assert code == 0
    assert "paper_configs" not in said
    assert "superiority" in said
    assert "0 % (standard error 0 %) with 2 seeds" in said


def test_wrong_names_are_refused_in_one_line(command, project):
    for given in (["show", "C9"], ["check", "results/none"]):
        code, _, said = command(*given)
        assert code == 2
        assert said.count("\n") == 1
    project.edit("claims/c1.yaml", "[wide]", "[wid]")
    code, _, said = command("register")
    assert code == 2
    assert "parts.0.treatments: given wid; allowed: did you mean wide" in said
