"""The discussion's Markdown cannot bring anything foreign into the page."""

import pytest

from mpo_repro.report.discussion import read, render


def test_markdown_becomes_html_below_the_page_s_headings():
    html = render("# Title\n\nSome **bold** text.\n\n|a|\n|-|\n|1|\n")
    assert "<h3>Title</h3>" in html
    assert "<strong>bold</strong>" in html
    assert '<div class="scroll" tabindex="0"><table>' in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<img src="http://example.org/a.png">',
        "![a](http://example.org/a.png)",
        "[a](javascript:alert(1))",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
    ],
)
def test_nothing_is_loaded_or_run(text):
    html = render(text)
    for forbidden in ("<script", "<img", 'href="javascript', 'href="data'):
        assert forbidden not in html


def test_a_study_without_discussion_has_none(tmp_path):
    assert read(tmp_path) is None
    (tmp_path / "discussion.md").write_text("Words.")
    assert read(tmp_path) == "<p>Words.</p>\n"
