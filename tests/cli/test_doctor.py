"""`mpo-repro doctor`: what it prints of its findings, and its exit code."""

import pytest

from mpo_repro.artifacts import renderer
from mpo_repro.cli import app
from mpo_repro.study import doctor


@pytest.fixture
def machine(monkeypatch):
    """Gives the findings of the doctor and whether the machine can draw."""

    def stand_in(findings, draws):
        def find():
            if not draws:
                raise renderer.NoRendererError("no renderer: install one")
            return "egl"

        monkeypatch.setattr(doctor, "examine", lambda folder: findings)
        monkeypatch.setattr(renderer, "find", find)

    return stand_in


FINE = doctor.Finding("Python", doctor.OK, "3.11.7")
ILL = doctor.Finding("packages", doctor.TO_DO, "numpy 1.0", "install " + "x" * 90)


@pytest.mark.parametrize(
    ("findings", "draws", "code"),
    [([FINE], True, 0), ([FINE], False, 0), ([FINE, ILL], True, 1)],
)
def test_only_what_has_to_be_done_fails(
    machine, findings, draws, code, capsys, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "70")
    machine(findings, draws)
    with pytest.raises(SystemExit) as end:
        app.main(["doctor"])
    assert (end.value.code or 0) == code
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 70
    assert any(line.split()[:2] == ["ok", "Python"] for line in lines)
    assert any("-> install" in line for line in lines) == (code == 1)
    assert any("no renderer: install one" in line for line in lines) == (not draws)
