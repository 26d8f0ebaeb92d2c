"""The page: whole, self-contained, escaped, the same each time."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mpo_repro.analysis import tables
from mpo_repro.analysis.results import load
from mpo_repro.cli.app import build
from mpo_repro.report import page

VOID = {"meta", "img", "br", "link", "hr", "input"}


class Checker(HTMLParser):
    """Collects ids, links and sources, and checks that elements are closed."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.sources = [], [], [], []
        self.untold = 0

    def handle_starttag(self, tag, attributes):
        """Notes an element's attributes."""
        given = dict(attributes)
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []
        self.sources += [given["src"]] if "src" in given else []
        self.untold += tag == "img" and not given.get("alt")

    def handle_endtag(self, tag):
        """Checks that it closes what was opened last."""
        assert self.open.pop() == tag


@pytest.fixture
def folder(drawn, tmp_path):
    """A copy of the study with its figures, which only some tests draw again."""
    return Path(shutil.copytree(drawn, tmp_path / "results" / "made"))


@pytest.fixture
def html(results):
    """The page of the made-up study."""
    return page.write(results).read_text("utf-8")


def parsed(html):
    """Parses a page; unclosed elements fail."""
    checker = Checker()
    checker.feed(html)
    assert checker.open == []
    return checker


def test_elements_are_closed_ids_are_unique_and_links_lead_somewhere(html):
    found = parsed(html)
    assert len(set(found.ids)) == len(found.ids)
    for link in found.links:
        assert link.startswith("#")
        assert link[1:] in found.ids


def test_nothing_is_loaded_from_elsewhere(html):
    found = parsed(html)
    assert len(found.sources) == 8
    assert all(
        source.startswith("data:image/svg+xml;base64,") for source in found.sources
    )
    assert not re.search(r"<script|<link|@import|url\(", html)


def test_every_figure_has_alternative_text_and_its_command(html):
    assert parsed(html).untold == 0
    assert "mpo-repro figures results/made --only final-scores" in html


def test_published_scores_are_explained_only_where_they_stand(html, folder):
    assert "danijar/dreamerv3" in html
    path = folder / "data" / "study.json"
    study = json.loads(path.read_text())
    path.write_text(json.dumps(study | {"steps": 30_000}))
    page_without = page.render(page.context(load(folder)))
    assert "danijar/dreamerv3" not in page_without


def test_missing_runs_are_named(html):
    assert "11 of 12 planned runs finished" in html
    assert re.search(r"cartpole-swingup</td><td>MPO</td>.*missing.*no run folder", html)


def test_budgets_and_narrowed_arms_are_told_and_nothing_is_missing(uneven):
    html = page.write(uneven).read_text("utf-8")
    parsed(html)
    assert "100,000 environment steps; walker-walk: 250,000" in html
    assert "walker-walk; seeds 0, 2" in html
    assert "8 of 8 planned runs finished" in html
    assert "What is missing" not in html


def test_same_data_same_page(results, folder):
    first = page.write(results).read_bytes()
    shutil.rmtree(folder / "figures")
    assert page.write(results).read_bytes() == first


def test_texts_of_studies_and_runs_are_escaped(folder):
    path = folder / "data" / "study.json"
    study = json.loads(path.read_text())
    path.write_text(json.dumps(study | {"title": "<b>&", "description": "<script>"}))
    runs = tables.read("runs", folder / "data")
    runs["reason"] = runs["reason"].where(runs["state"] == "finished", "<img src=x>")
    tables.write(runs, "runs", folder / "data")
    html = page.write(load(folder)).read_text("utf-8")
    assert "&lt;b&gt;&amp;" in html
    for forbidden in ("<b>", "<script>", "<img src=x>"):
        assert forbidden not in html


def test_a_discussion_is_shown_if_there_is_one(results, folder, html):
    assert "Discussion" not in html
    (folder / "discussion.md").write_text("What we *saw*.")
    assert "What we <em>saw</em>." in page.write(results).read_text("utf-8")


def test_a_study_without_a_finished_run_has_a_page(folder):
    for name in ("curves", "diagnostics", "timing"):
        table = tables.read(name, folder / "data")
        tables.write(table.head(0), name, folder / "data")
    runs = tables.read("runs", folder / "data").assign(state="missing", reason="none")
    tables.write(runs, "runs", folder / "data")
    html = page.write(load(folder)).read_text("utf-8")
    parsed(html)
    assert "0 of 12 planned runs finished" in html
    assert 'id="figures"' not in html


def test_command_writes_the_page(folder):
    done = CliRunner().invoke(build(["report"]), ["report", str(folder)])
    assert done.exit_code == 0
    assert (folder / "report.html").is_file()
    assert (folder / "manifest.json").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1280])
def test_page_does_not_scroll_sideways(results, tmp_path, width):
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("no chromium to lay the page out with")
    path = page.write(results)
    # A window cannot be as narrow as a telephone, a frame can.
    frame = tmp_path / "frame.html"
    frame.write_text(
        f'<iframe src="{path.as_uri()}" style="width:{width}px;height:900px;border:0">'
        "</iframe><p id=out></p><script>onload = () => { const page = "
        "document.querySelector('iframe').contentDocument.documentElement;"
        "document.getElementById('out').textContent = `${page.scrollWidth}`"
        " + ` of ${page.clientWidth}`; }</script>"
    )
    arguments = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run"
    arguments += " --disable-background-networking --disable-component-update"
    arguments += " --disable-sync --allow-file-access-from-files --dump-dom"
    command = [browser, *arguments.split(), f"--user-data-dir={tmp_path / 'user'}"]
    done = subprocess.run(
        [*command, frame.as_uri()], capture_output=True, text=True, timeout=120
    )
    scrolled, available = re.search(r"(\d+) of (\d+)<", done.stdout).groups()
    assert int(available) > width - 30
    assert int(scrolled) <= int(available)
