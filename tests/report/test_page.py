"""The page: whole, self-contained, escaped, the same each time."""

import base64
import dataclasses
import hashlib
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mpo_repro.analysis import tables
from mpo_repro.analysis.collect import write_checksums
from mpo_repro.analysis.results import load
from mpo_repro.cli import app
from mpo_repro.cli.app import build
from mpo_repro.report import contents, interactive, page

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


def test_elements_are_closed_ids_are_unique_and_links_lead_somewhere(html, folder):
    found = parsed(html)
    assert len(set(found.ids)) == len(found.ids)
    for link in found.links:
        inside = link.startswith("#") and link[1:] in found.ids
        assert inside or (folder / link).is_file(), link


def test_nothing_is_loaded_from_elsewhere(html):
    found = parsed(html)
    assert len(found.sources) == 11
    assert all(
        source.startswith("data:image/svg+xml;base64,") for source in found.sources
    )
    assert not re.search(r"<script src|<link|@import|url\(", html)


def test_nothing_runs_but_the_package_s_own_scripts(html):
    run = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert len(run) == len(interactive.SCRIPTS)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', html)
    for text in run:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"sha256-{digest}" in policy
    assert policy.startswith("default-src &#39;none&#39;")


def test_every_figure_has_alternative_text_and_its_command(html):
    assert parsed(html).untold == 0
    assert "mpo-repro figures results/made --only final-scores" in html


def test_published_scores_are_explained_only_where_they_stand(html, folder):
    assert "danijar/dreamerv3" in html
    path = folder / "data" / "study.json"
    study = json.loads(path.read_text())
    path.write_text(json.dumps(study | {"steps": 30_000}))
    write_checksums(folder / "data")
    page_without = page.render(contents.context(load(folder)))
    assert "danijar/dreamerv3" not in page_without


def test_missing_runs_are_named(html):
    assert "11 of 12 planned runs finished" in html
    cells = r"cartpole-swingup</td><td [^>]*>MPO</td>.*missing.*no run folder"
    assert re.search(cells, html)


def test_of_runs_that_diverged_it_is_said_that_verdicts_count_them(results):
    lost = results.runs["state"] == "missing"
    runs = results.runs.copy()
    runs.loc[lost, ["state", "ended"]] = "unfinished", "diverged"
    page.write(dataclasses.replace(results, runs=runs))
    for name in ("report.html", "report.md"):
        text = (results.folder / name).read_text("utf-8")
        assert "count the 1 of them that diverged" in text


def test_budgets_and_narrowed_arms_are_told_and_nothing_is_missing(uneven):
    html = page.write(uneven).read_text("utf-8")
    parsed(html)
    assert "100,000 environment steps; walker-walk: 250,000" in html
    assert "walker-walk; seeds 0, 2" in html
    assert "8 of 8 planned runs finished" in html
    assert "What is missing" not in html


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("certificates.json", ("report",)),
        ("certificates.json", ("claims", "check")),
        ("speed.json", ("report",)),
        ("verdicts.json", ("report",)),
        ("study.json", ("claims", "check")),
    ],
)
def test_a_torn_file_is_named_in_a_line(folder, capsys, name, command):
    (folder / "data" / name).write_text('{"a": [1,')
    write_checksums(folder / "data")
    with pytest.raises(SystemExit) as end:
        app.main([*command, str(folder)])
    assert end.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{folder / 'data' / name} cannot be read: ")


@pytest.mark.parametrize(
    ("name", "text", "command"),
    [
        ("certificates.json", '[{"name": "dual"}]', ("report",)),
        ("certificates.json", '{"a": 1}', ("claims", "check")),
        ("speed.json", "[]", ("report",)),
        ("verdicts.json", '{"studies": []}', ("figures",)),
        ("study.json", "{}", ("claims", "check")),
    ],
)
def test_a_file_of_another_shape_is_named_in_a_line(
    folder, capsys, name, text, command
):
    (folder / "data" / name).write_text(text)
    write_checksums(folder / "data")
    with pytest.raises(SystemExit) as end:
        app.main([*command, str(folder)])
    assert end.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{folder / 'data' / name} cannot be read: ")
    assert "writes it anew" in line


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
    write_checksums(folder / "data")
    html = page.write(load(folder)).read_text("utf-8")
    assert "&lt;b&gt;&amp;" in html
    assert html.count("<script>") == len(interactive.SCRIPTS)
    for forbidden in ("<b>", "<script></p>", "<img src=x>"):
        assert forbidden not in html


def test_names_in_a_study_s_description_are_code_and_the_rest_is_escaped(folder):
    path = folder / "data" / "study.json"
    study = json.loads(path.read_text()) | {"description": "As `<q>`, `a` & one `."}
    path.write_text(json.dumps(study))
    write_checksums(folder / "data")
    html = page.write(load(folder)).read_text("utf-8")
    lead = "As <code>&lt;q&gt;</code>, <code>a</code> &amp; one `."
    assert f'<p class="lead">{lead}</p>' in html


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
    write_checksums(folder / "data")
    html = page.write(load(folder)).read_text("utf-8")
    parsed(html)
    assert "0 of 12 planned runs finished" in html
    assert 'id="figures"' not in html


def test_command_writes_the_page(folder):
    done = CliRunner().invoke(build(["report"]), ["report", str(folder)])
    assert done.exit_code == 0
    assert (folder / "report.html").is_file()
    assert (folder / "manifest.json").is_file()


def test_sections_follow_the_order_of_the_reproducibility_challenge(html, folder):
    (folder / "discussion.md").write_text("What was easy.")
    whole = page.render(contents.context(load(folder)))
    order = re.findall(r'<section id="([a-z]+)"', whole)
    names = [name for name, *_ in contents.SECTIONS]
    assert order == [name for name in names if name in order]
    after = order[order.index("figures") + 1 :]
    last = ["runs", "deviations", "settings", "time", "machines"]
    last += ["discussion", "reproduce"]
    assert after == last


def test_every_table_and_figure_names_its_data(html):
    for tag in ("figure", "section"):
        parts = re.findall(rf"<{tag}\b.*?</{tag}>", html, re.DOTALL)
        numbered = [p for p in parts if "<img" in p or 'class="number"' in p]
        assert numbered
        assert all('href="data/' in part for part in numbered)
