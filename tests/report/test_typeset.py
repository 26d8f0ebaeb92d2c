"""Formulas as SVG."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from mpo_repro.report.typeset import Typesetter


def element(markup):
    """Parses markup as XML."""
    return ElementTree.fromstring(f"<div>{markup}</div>")


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{1}{2}d^TF\,d",
        r"\frac12\Big[\sum_t\gamma^t r_t\Big]\Big|_{\beta=0}",
        r"\mathcal{J}(q,\pi)\leq\log p_\pi(O=1),\quad\hat{g}\to\infty",
        r"E_s\mathrm{KL}(q\,\Vert\,\pi)",
    ],
)
def test_a_formula_is_an_image_with_its_latex_as_label(latex):
    typesetter = Typesetter()
    (svg,) = element(typesetter.formula(latex))
    assert svg.tag == "svg"
    assert svg.get("aria-label") == latex
    used = {use.get("href")[1:] for use in svg.iter("use")}
    defined = {
        path.get("id") for path in element(typesetter.definitions()).iter("path")
    }
    assert used and used == defined


def test_glyphs_are_drawn_once_a_page():
    typesetter = Typesetter()
    typesetter.formula("x+x")
    before = typesetter.definitions()
    typesetter.formula("x+x+x")
    assert typesetter.definitions() == before
    assert before.count("<path") == 2


def test_the_box_holds_all_that_is_drawn():
    (svg,) = element(Typesetter().formula(r"\frac{Q_j}{\eta}"))
    left, top, width, height = map(float, svg.get("viewBox").split())
    for use in svg.iter("use"):
        x, y = map(float, re.findall(r"-?\d+", use.get("transform"))[:2])
        assert left <= x <= left + width
        assert top <= -y <= top + height


def test_what_is_around_formulas_is_escaped():
    made = Typesetter().text("a < b with $x$ & <script>")
    assert made.startswith("a &lt; b with <svg")
    assert made.endswith("</svg> &amp; &lt;script&gt;")


def test_a_formula_that_cannot_be_laid_out_is_shown_as_it_is():
    assert Typesetter().formula(r"\nonsense{<}") == r"<code>\nonsense{&lt;}</code>"


def test_the_same_formulas_give_the_same_bytes():
    one, two = Typesetter(), Typesetter()
    assert one.formula(r"\eta^*") == two.formula(r"\eta^*")
    assert one.definitions() == two.definitions()
