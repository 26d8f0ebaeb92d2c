"""What pages point to is there: files, headings, functions, settings, tests."""

import re
from functools import cache
from pathlib import Path

import pytest
from documents import DOCS, PAGES, ROOT, code, links, name, prose
from markdown.extensions.toc import slugify

from mpo_repro.config import load_recipe
from mpo_repro.config.recipes import setting_keys
from mpo_repro.report.documentation.method import functions

EXTERNAL = re.compile(r"https://[a-z0-9.-]+\.[a-z]{2,}(/[\w./#-]*)?")
FOLDERS = ("docs", "mpo_repro", "paper_configs", "reports", "tests", "workflow")
SECTIONS = tuple(load_recipe("paper").model_dump())
FILES = (".py", ".md", ".yaml", ".json", ".lock", ".sh")
MODULES = {path.stem for path in (ROOT / "mpo_repro" / "mpo").glob("[a-z]*.py")}
FUNCTIONS = {f"{row.module}.{row.name}" for row in functions()}
# Written by the reader.
MADE = {"paper_configs/recipes/mine.yaml", "workflow/profiles/kubernetes"}
TESTS = "".join(
    path.read_text("utf-8") for path in sorted((ROOT / "tests").rglob("test_*.py"))
)


@cache
def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(page.read_text("utf-8")), re.MULTILINE)
    return {slugify(heading.replace("`", ""), "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page):
    for link in links(page.read_text("utf-8")):
        if "://" in link:
            assert EXTERNAL.fullmatch(link), link
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if anchor:
            assert anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_headings_have_no_formulas(page):
    # The site's table of contents would show their source.
    assert not [anchor for anchor in anchors(page) if "$" in anchor]
    headings = re.findall(r"^#+ .*\$.*$", prose(page.read_text("utf-8")), re.MULTILINE)
    assert headings == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_names_in_code_are_names_of_something(page):
    wrong = [text for text in code(page.read_text("utf-8")) if not known(text)]
    assert wrong == []


def known(text: str) -> bool:
    """Whether code within a line exists, where it looks like something of ours."""
    if re.fullmatch(r"[\w./-]+/[\w./-]*", text) and text.startswith(FOLDERS):
        return text in MADE or (ROOT / text).exists()
    if re.fullmatch(r"test_\w+", text):
        return f"def {text}(" in TESTS
    module = text.partition(".")[0]
    if not re.fullmatch(r"[a-z_]+\.[a-z_]+(: .*)?", text) or text.endswith(FILES):
        return True
    if module in MODULES or module in SECTIONS:
        return text in FUNCTIONS or is_setting(text.partition(":")[0])
    return True


@cache
def settings() -> set[str]:
    names = ("paper", "parametric", "categorical")
    recipes = [load_recipe(one).model_dump(mode="json") for one in names]
    return {key for recipe in recipes for key in setting_keys(recipe)}


def is_setting(key: str) -> bool:
    return key in settings() or key in SECTIONS


def test_what_does_not_exist_is_seen():
    assert not known("mpo_repro/nothing.py")
    assert not known("test_of_nothing_at_all")
    assert not known("improvement.epsilom")
    assert not known("e_step.dual_valu")
    assert known("e_step.dual_value")
    assert known("improvement.m_step: decoupled")


def test_every_page_is_in_the_sites_navigation():
    listed = set(re.findall(r": (\S+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.M))
    assert listed == {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
