"""Typesets LaTeX as SVG that stands in the page, without a network or JavaScript.

Matplotlib lays formulas out; each glyph is drawn once a page and used by reference.
What Matplotlib's subset of LaTeX lacks and formulas need is replaced first.
"""

import re

from markupsafe import Markup, escape
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

_REPLACED = (
    (re.compile(r"\\[bB]ig{1,2}[lrm]?(?![A-Za-z])"), ""),  # \big( -> (
    (re.compile(r"\\([dt]?)frac(\d)(\d)"), r"\\frac{\2}{\3}"),  # \frac12
)
_COMMANDS = {1: "M", 2: "L", 3: "Q", 4: "C", 79: "Z"}  # matplotlib.path.Path's codes
_POINTS = {1: 1, 2: 1, 3: 2, 4: 3, 79: 1}
_UNIT = TextToPath.FONT_SCALE  # one em of the layout


class Typesetter:
    """Makes the formulas of one page, which share their glyphs."""

    def __init__(self) -> None:
        self._layout = TextToPath()
        self._font = FontProperties(size=_UNIT, math_fontfamily="stix")
        self._glyphs: dict[str, tuple[str, str]] = {}  # name -> id, path

    def formula(self, latex: str) -> Markup:
        """Typesets a formula.

        Args:
          latex: the formula, without dollar signs.

        Returns:
          An SVG element in units of the surrounding font size, on its base line; the
          LaTeX is its label. A formula that cannot be laid out is shown as it is.
        """
        text = f"${_prepared(latex)}$"
        try:
            size = self._layout.get_text_width_height_descent(text, self._font, True)
            placed, glyphs, bars = self._layout.get_glyphs_mathtext(self._font, text)
        except ValueError:
            return Markup("<code>{}</code>").format(latex)
        for name, outline in glyphs.items():
            if name not in self._glyphs:
                self._glyphs[name] = f"glyph-{len(self._glyphs)}", _path(*outline)
        drawn = "".join(
            f'<use href="#{self._glyphs[name][0]}" transform="translate({x:.0f} '
            f'{y:.0f}) scale({scale:.3g})"/>'
            for name, x, y, scale in placed
        )
        drawn += "".join(f'<path d="{_path(*bar)}"/>' for bar in bars)
        return _svg(latex, drawn, *size)

    def text(self, text: str) -> Markup:
        """Typesets the formulas between dollar signs and escapes what is around."""
        parts = re.split(r"\$([^$]+)\$", text)
        made = [
            self.formula(part) if number % 2 else escape(part)
            for number, part in enumerate(parts)
        ]
        return Markup("").join(made)

    def definitions(self) -> Markup:
        """Returns the outlines of all glyphs used so far, an element that is hidden."""
        drawn = "".join(
            f'<path id="{name}" d="{outline}"/>'
            for name, outline in self._glyphs.values()
        )
        start = (
            '<svg width="0" height="0" style="position:absolute" aria-hidden="true">'
        )
        return Markup(f"{start}<defs>{drawn}</defs></svg>")


def _prepared(latex: str) -> str:
    for pattern, replacement in _REPLACED:
        latex = pattern.sub(replacement, latex)
    return latex


def _svg(latex: str, drawn: str, width: float, height: float, descent: float) -> Markup:
    margin = 0.04 * _UNIT  # the outlines of slanted glyphs leave their boxes
    width, height, descent = width + 2 * margin, height + 2 * margin, descent + margin
    box = f"{-margin:.0f} {descent - height:.0f} {width:.0f} {height:.0f}"
    start = (
        f'<svg class="formula" role="img" viewBox="{box}" style="'
        f"width:{width / _UNIT:.2f}em;height:{height / _UNIT:.2f}em;"
        f'vertical-align:{-descent / _UNIT:.2f}em" aria-label="'
    )
    middle = '"><g transform="scale(1 -1)" fill="currentColor">'
    return Markup(start) + escape(latex) + Markup(f"{middle}{drawn}</g></svg>")


def _path(vertices, codes) -> str:
    """Writes an outline as SVG's path data, in whole units of 1/100 em."""
    vertices = [f"{x:.0f} {y:.0f}" for x, y in vertices]
    parts, place = [], 0
    while place < len(codes):
        code = int(codes[place])
        count = _POINTS[code]
        points = " ".join(vertices[place : place + count]) if code != 79 else ""
        parts.append(_COMMANDS[code] + points)
        place += count
    return "".join(parts)
