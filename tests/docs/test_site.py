"""The site: that it is made without a warning, and read without a network."""

import re

import pytest
from documents import ROOT

pytest.importorskip("mkdocs")

from mkdocs.commands.build import build  # noqa: E402
from mkdocs.config import load_config  # noqa: E402

from mpo_repro.report.documentation import site  # noqa: E402


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    config = load_config(str(ROOT / "mkdocs.yml"), strict=True, site_dir=str(folder))
    config.plugins.run_event("startup", command="build", dirty=False)
    build(config)
    return folder


def test_pages_are_made_and_nothing_is_fetched(built):
    pages = sorted(built.rglob("*.html"))
    assert built / "how-to" / "add-a-task.html" in pages
    for page in pages:
        text = page.read_text("utf-8")
        loaded = re.findall(
            r"<(?:script|img|link|iframe)[^>]*(?:src|href)=\"?([^\" >]+)", text
        )
        assert loaded
        assert [link for link in loaded if "//" in link] == []


def test_commands_are_set_as_code(built):
    # In a list they need eight spaces, where a code host is content with six.
    for page in built.rglob("*.html"):
        text = page.read_text("utf-8")
        assert not re.search(r"<p>\s*(mpo-repro|make|snakemake|python|pytest) ", text)


def test_every_formula_is_drawn(built):
    for page in built.rglob("*.html"):
        text = page.read_text("utf-8")
        assert "arithmatex" not in text
        assert not re.search(r"<code>[^<]*\\[a-z]+[{_^][^<]*</code>", text)
    assert 'class="formula"' in (built / "method.html").read_text("utf-8")


class Page:
    """What the hook reads of a page."""

    class file:  # noqa: N801, mkdocs' name
        src_uri = "how-to/page.md"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[a](../method.md#x)", "[a](../method.md#x)"),
        ("[a](https://example.org/b)", "[a](https://example.org/b)"),
        ("[`run.py`](../../mpo_repro/run.py)", "`mpo_repro/run.py`"),
        ("[the loop](../../mpo_repro/run.py)", "the loop"),
        ("![a [b]](../../reports/c.svg)", "![a [b]](../pictures/c.svg)"),
    ],
)
def test_links_out_of_the_documentation_become_words(before, after):
    assert site.on_page_markdown(before, Page, None, None) == after


def test_a_page_without_formulas_stays_as_it_is():
    assert site.on_page_content("<p>a</p>", Page, None, None) == "<p>a</p>"
    drawn = site.on_page_content(
        '<p><span class="arithmatex">\\(a &lt; b\\)</span></p>', Page, None, None
    )
    assert 'aria-label="a &lt; b"' in drawn
    assert drawn.startswith("<svg")
