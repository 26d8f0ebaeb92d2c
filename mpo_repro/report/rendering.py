"""The templates of reports, in which nothing may be missing."""

import re

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

CODE = re.compile("`([^`]+)`")


def environment(escapes: bool) -> Environment:
    """Finds the templates beside this module.

    Args:
      escapes: whether every value is escaped as HTML unless it is marked as such.
    """
    made = Environment(
        loader=PackageLoader("mpo_repro.report"),
        autoescape=escapes,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["with_code"] = with_code
    return made


def with_code(text: str) -> Markup:
    """Escapes a text as HTML, but for `names like this`, which become code."""
    return Markup(CODE.sub(r"<code>\1</code>", str(escape(text))))
