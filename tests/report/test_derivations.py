"""The section on derivations: present with its data, complete, and absent without."""

import json
import re
import shutil
from pathlib import Path

import pytest

from mpo_repro.analysis.results import load
from mpo_repro.derivations import registry
from mpo_repro.report import derivations, figures, manifest, page
from mpo_repro.report.typeset import Typesetter

CHECKOUT = Path(__file__).parents[2]
NAMES = ("e-step-normalisation", "fisher-prior", "gaussian-kl")


@pytest.fixture(scope="module")
def rows():
    return [registry.run(name).as_dict() for name in NAMES]


@pytest.fixture
def checked(drawn, tmp_path, rows):
    """A study whose data holds certificates and errata."""
    folder = Path(shutil.copytree(drawn, tmp_path / "results" / "made"))
    (folder / "data" / "certificates.json").write_text(json.dumps(rows))
    shutil.copy(CHECKOUT / "paper_configs" / "errata.yaml", folder / "data")
    return load(folder)


def test_without_certificates_there_is_no_section(results):
    assert derivations.section(results) is None
    assert 'id="derivations"' not in page.write(results).read_text("utf-8")


def test_every_certificate_and_erratum_is_shown(checked):
    html = page.write(checked).read_text("utf-8")
    for name in NAMES:
        assert f'id="check-{name}"' in html
        assert f'href="#check-{name}"' in html
    assert all(f'<th scope="row">E{number}</th>' in html for number in range(1, 18))
    assert "3 of 3 certificates hold" in html
    assert "Counterexample:" in html
    assert "\\frac" in html  # as the label of a formula
    assert not re.search(r"<code>\\", html)  # no formula is left as it is


def test_the_typo_of_appendix_d_is_named_first(drawn, tmp_path):
    folder = Path(shutil.copytree(drawn, tmp_path / "results" / "made"))
    row = registry.run("e-step-lagrangian").as_dict()
    (folder / "data" / "certificates.json").write_text(json.dumps([row]))
    shutil.copy(CHECKOUT / "paper_configs" / "errata.yaml", folder / "data")
    html = page.write(load(folder)).read_text("utf-8")
    section = html[html.index('id="derivations"') :]
    start = section[: section.index("<table")]
    assert "<code>exp(-(eta - gamma)/eta) = Int pi exp(Q/eta) da</code>" in start
    assert "<code>exp(+(eta - gamma)/eta)" in start
    assert "reported by the NYCU re-implementation" in start
    assert "mpo-repro derive typo" in start
    assert 'href="#check-e-step-lagrangian"' in start
    assert "Z by the printed line, printed derivative" in section


def test_a_link_leads_to_certificates_that_are_there(checked):
    html = page.write(checked).read_text("utf-8")
    links = set(re.findall(r'href="#([^"]+)"', html))
    assert links <= set(re.findall(r' id="([^"]+)"', html))


def test_a_failed_certificate_stands_out(checked, rows):
    poor = rows[0] | {"passed": False, "worst_error": "inf"}
    path = checked.folder / "data" / "certificates.json"
    path.write_text(json.dumps([poor, *rows[1:]]))
    html = page.write(checked).read_text("utf-8")
    assert "<strong>1 failed</strong>" in html
    assert f'id="check-{NAMES[0]}" open>' in html


def test_the_same_data_gives_the_same_bytes(checked):
    assert page.write(checked).read_bytes() == page.write(checked).read_bytes()


def test_certificates_make_no_figure_out_of_date(checked):
    assert figures.up_to_date(checked)
    path = "data/certificates.json"
    assert manifest.command(checked, path) == "mpo-repro derive --json"


@pytest.mark.slow
def test_every_formula_of_every_certificate_can_be_laid_out():
    typesetter = Typesetter()
    for certificate in registry.run_all():
        texts = (*certificate.steps, *certificate.assumptions)
        made = [typesetter.formula(certificate.latex), *map(typesetter.text, texts)]
        assert not [text for text in made if "<code>" in text], certificate.name
        assert not [text for text in made if "$" in text], certificate.name
