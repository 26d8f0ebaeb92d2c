"""report.md: whole tables, links that lead somewhere, texts that stay texts."""

import json
import re

import pytest
from markdown_it import MarkdownIt

from mpo_repro.analysis import tables
from mpo_repro.analysis.collect import write_checksums
from mpo_repro.analysis.results import load
from mpo_repro.report import contents, page, text


def tables_of(markdown):
    """Columns of each row, table by table, as a reader of Markdown counts them."""
    found, rows = [], []
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        if token.type == "tr_open":
            rows.append(0)
        elif token.type in ("th_open", "td_open"):
            rows[-1] += 1
        elif token.type == "table_close":
            found.append(rows)
            rows = []
    return found


@pytest.fixture
def written(results):
    """The report of the made-up study."""
    page.write(results)
    return (results.folder / text.FILE).read_text("utf-8")


def test_tables_are_whole_and_links_lead_somewhere(written, folder):
    rows = tables_of(written)
    # Missing runs, scores, the suite, arms, deviations, computing.
    assert [len(table) for table in rows] == [2, 7, 3, 3, len(rows[4]), 4]
    assert all(len(set(table)) == 1 for table in rows)
    links = re.findall(r"\]\(([^)]+)\)", written)
    assert len(links) > 20
    assert all((folder / link).is_file() for link in links)


def test_it_has_every_figure_with_its_command_and_the_page_s_order(written, folder):
    index = json.loads((folder / "figures" / "index.json").read_text())
    for name in index["figures"]:
        assert f"(figures/{name}.svg)" in written
        assert f"`mpo-repro figures results/made --only {name}`" in written
    assert not re.search(r"!\[\]", written)
    order = re.findall(r"^## (.*)$", written, re.MULTILINE)
    headings = [heading for _, heading, _ in contents.SECTIONS]
    assert [headings.index(heading) for heading in order] == sorted(
        headings.index(heading) for heading in order
    )


def test_missing_runs_are_named(written):
    assert "11 of 12 planned runs finished" in written
    assert "| cartpole-swingup | MPO | 0 | missing | no run folder" in written


def test_texts_are_escaped(folder):
    runs = tables.read("runs", folder / "data")
    runs["reason"] = runs["reason"].where(runs["state"] == "finished", "a | <b> *c*")
    tables.write(runs, "runs", folder / "data")
    write_checksums(folder / "data")
    page.write(load(folder))
    assert "| a \\| &lt;b> \\*c\\* |" in (folder / text.FILE).read_text("utf-8")


def test_the_same_data_give_the_same_text(results, written):
    page.write(results)
    assert (results.folder / text.FILE).read_text("utf-8") == written
