"""LaTeX as text for a terminal."""

import json
import re

import pytest

from mpo_repro.cli import _plain
from mpo_repro.config.files import CHECKOUT

CERTIFICATES = CHECKOUT / "reports" / "laptop" / "data" / "certificates.json"


@pytest.mark.parametrize(
    ("latex", "known"),
    [
        (
            r"e^{-(\eta-\gamma)/\eta}=\int\pi\,e^{Q/\eta}\,da",
            "exp(-(η-γ)/η) = ∫π exp(Q/η) da",
        ),
        (r"\frac{1}{2}d^TF\,d", "½ dᵀF d"),
        (r"\frac{\mu_q+\alpha\mu_i}{1+\alpha}", "(μ_q+αμᵢ)/(1+α)"),
        (r"\frac12\Vert g\Vert^2", "½‖g‖²"),
        (r"\mathrm{KL}(q\,\Vert\,\pi)\leq\epsilon", "KL(q‖π) ≤ ε"),
        (r"E_{\pi_i}[Q]", "E_πᵢ[Q]"),
        (r"V_\alpha^{\pi,q}", "V_α^(π,q)"),
        (r"\hat{g}(\eta^*)", "ĝ(η*)"),
        (r"\Sigma_i^{-1}", "Σᵢ⁻¹"),
        (r"\sum_{t\geq0}\gamma^tr_t", "∑_(t≥0) γ^t rₜ"),
        (r"p(O=1|\tau)=1", "p(O=1|τ) = 1"),
        (r"\lim_{M\to\infty}x,\quad y", "lim_(M→∞) x,   y"),
        (r"\nabla\log\pi", "∇log π"),
        (r"\sqrt{2\epsilon}", "√(2ε)"),
    ],
)
def test_a_formula_in_unicode(latex, known):
    assert _plain.formula(latex) == known


def test_only_what_is_between_dollar_signs_is_a_formula():
    assert _plain.text(r"$\eta$ of pi_i, $x_1$.") == "η of pi_i, x₁."


def test_no_latex_is_left_of_any_published_certificate():
    rows = json.loads(CERTIFICATES.read_text("utf-8"))
    assert len(rows) > 20
    for row in rows:
        texts = [f"${row['latex']}$", row["statement"]]
        for text in texts + row["assumptions"] + row["steps"]:
            made = _plain.text(text)
            assert not re.search(r"[\\${}]", made), made
            assert made.count("(") == made.count(")"), made
            assert "  " not in made.replace("   ", ""), made
