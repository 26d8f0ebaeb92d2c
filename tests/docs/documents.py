"""The documentation as files: its pages, and the commands, links and names in them."""

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = (
    *sorted(DOCS.rglob("*.md")),
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
)
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^(?: {4}|\t).*\n)+", re.MULTILINE)
_LINK = re.compile(r"\[(?:[^][]|\[[^][]*\])*\]\(([^)\s]+)\)")


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def fenced(text: str, language: str) -> list[str]:
    """Lists the code blocks of a language."""
    return [code for kind, code in _FENCED.findall(text) if kind == language]


def prose(text: str) -> str:
    """Returns a page without its code blocks."""
    return _INDENTED.sub("\n", _FENCED.sub("", text))


def commands(text: str) -> list[list[str]]:
    """Lists the commands of a page, split into words, comments left out.

    They stand in indented code, a line each or with a backslash at the end, and in code
    within lines where that begins with the name of the command line.
    """
    found = []
    for block in _INDENTED.findall(_FENCED.sub("", text)):
        for line in block.replace("\\\n", " ").splitlines():
            found.append(line)
    found += re.findall(r"`(mpo-repro [^`]*)`", text)
    return [words for line in found if (words := _words(line))]


def _words(line: str) -> list[str]:
    try:
        words = shlex.split(line, comments=True)
    except ValueError:  # an apostrophe in what is no command
        return []
    return words[: words.index(">")] if ">" in words else words


def links(text: str) -> list[str]:
    """Lists the targets of a page's links and pictures."""
    return _LINK.findall(prose(text))


def code(text: str) -> list[str]:
    """Lists code within lines."""
    return re.findall(r"`([^`\n]+)`", prose(text))
