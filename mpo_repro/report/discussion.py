"""Renders the discussion of a study, written by hand in Markdown."""

from pathlib import Path

from markdown_it import MarkdownIt
from markupsafe import Markup

FILE = "discussion.md"


def render(text: str) -> Markup:
    """Turns Markdown into HTML that can stand in the page.

    Args:
      text: CommonMark with tables. HTML in it is shown as text, links with scripts
        are refused, and images are left as text: the page loads nothing.

    Returns:
      The HTML, its headings two levels below the page's own title.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    tokens = parser.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
    html = parser.renderer.render(tokens, parser.options, {})
    box = '<div class="scroll" tabindex="0"><table>'
    html = html.replace("<table>", box).replace("</table>", "</table></div>")
    return Markup(html)


def read(folder: Path) -> Markup | None:
    """Renders <folder>/discussion.md.

    Args:
      folder: results/<study> or reports/<study>.

    Returns:
      The HTML, or None if the study has no discussion.
    """
    path = folder / FILE
    return render(path.read_text("utf-8")) if path.is_file() else None
