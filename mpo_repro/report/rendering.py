"""The templates of reports, in which nothing may be missing."""

from jinja2 import Environment, PackageLoader, StrictUndefined


def environment(escapes: bool) -> Environment:
    """Finds the templates beside this module.

    Args:
      escapes: whether every value is escaped as HTML unless it is marked as such.
    """
    return Environment(
        loader=PackageLoader("mpo_repro.report"),
        autoescape=escapes,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
