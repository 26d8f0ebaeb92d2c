"""What mkdocs calls while it makes the site (mkdocs.yml, `hooks`).

Formulas become SVG. A link that leaves docs/ leads to a file of the repository, which
the site does not have: its text stays. A picture from there is copied to the site.
"""

import re
from html import unescape
from pathlib import Path
from posixpath import basename, dirname, join, normpath, relpath

from mkdocs.structure.files import File

from mpo_repro.report.typeset import Typesetter

PICTURES = "pictures"  # folder of the site
_LINK = re.compile(r"(!?)\[((?:[^][]|\[[^][]*\])*)\]\(([^)\s]+)\)")
_FORMULA = re.compile(
    r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL
)


def on_files(files, config):
    """Adds the pictures that pages show from elsewhere in the repository."""
    docs = Path(config.docs_dir)
    wanted = set()
    for page in files.documentation_pages():
        for picture, _, link in _LINK.findall(page.content_string):
            if picture and _leaves(page.src_uri, link):
                wanted.add((docs / dirname(page.src_uri) / link).resolve())
    for path in sorted(wanted):
        uri = f"{PICTURES}/{path.name}"
        files.append(File.generated(config, uri, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown, page, config, files):
    """Mends the links of a page that leave docs/."""
    here = page.file.src_uri

    def mended(match: re.Match) -> str:
        picture, label, link = match.groups()
        if not _leaves(here, link):
            return match[0]
        if not picture:
            return _in_words(label, normpath(join(dirname(here), link)))
        copied = f"{PICTURES}/{basename(link)}"
        return f"![{label}]({relpath(copied, dirname(here) or '.')})"

    return _LINK.sub(mended, markdown)


def on_page_content(html, page, config, files):
    """Draws the formulas of a page."""
    if not _FORMULA.search(html):
        return html
    typesetter = Typesetter()

    def drawn(match: re.Match) -> str:
        latex = unescape(match[2]).strip()
        if match[1] == "span":
            return str(typesetter.formula(latex))
        # Matplotlib knows no display style: fractions would be as small as in a line.
        formula = typesetter.formula(latex.replace(r"\frac", r"\dfrac"))
        return f'<p class="display">{formula}</p>'

    html = _FORMULA.sub(drawn, html)
    return str(typesetter.definitions()) + html


def _in_words(label: str, path: str) -> str:
    """Returns what stands in place of a link: the label, or all of a file's path."""
    path = path.removeprefix("../")
    return f"`{path}`" if path.endswith(label.strip("`")) else label


def _leaves(page: str, link: str) -> bool:
    """Says whether a relative link of a page, both within docs/, leads out of it."""
    if re.match(r"[a-z]+:|#|/", link):
        return False
    return normpath(join(dirname(page), link)).startswith("../")
