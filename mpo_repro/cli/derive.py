"""`mpo-repro derive`: runs the checks of the paper's appendix."""

import json
import time
from typing import Annotated

import typer

from mpo_repro.cli import _completion

EXAMPLES = (
    "mpo-repro derive",
    "mpo-repro derive typo",
    "mpo-repro derive E7",
    "mpo-repro derive dual",
    "mpo-repro derive --json",
)


def derive(
    name: Annotated[
        str | None,
        typer.Argument(
            help="A check, to be explained; an erratum (E1 to E17); or a word, such as "
            "typo, retrace, nycu. All checks if not given.",
            autocompletion=_completion.checks,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the certificates as a JSON list.")
    ] = False,
) -> None:
    """Check the paper's derivations, and what its errata say, by machine.

    Exit code 1 if a check fails, 2 if the name leads to none.
    """
    import torch

    from mpo_repro.cli import _topics
    from mpo_repro.config import ConfigError
    from mpo_repro.config.errata import load_errata
    from mpo_repro.derivations import registry

    torch.set_num_threads(1)  # more only compete for such small tensors
    try:
        errata, names = load_errata(), registry.names()
        topic = _topics.find(name, names, errata) if name else _topics.Topic((), names)
    except (ConfigError, registry.UnknownCheckError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None
    found = []
    for each in topic.checks:
        start = time.perf_counter()
        certificate = registry.run(each)
        found.append((certificate, time.perf_counter() - start))
    _show(found, topic.errata, {one.id: one for one in errata}, as_json, bool(name))
    if not all(certificate.passed for certificate, _ in found):
        raise typer.Exit(1)


def _show(found: list, asked: tuple, errata: dict, as_json: bool, some: bool) -> None:
    if as_json:
        rows = [certificate.as_dict() for certificate, _ in found]
        text = json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False)
        typer.echo(text)
        return
    from rich.console import Console

    from mpo_repro.cli import _certificates

    console = Console(highlight=False)
    if some and len(found) == 1:
        certificate = found[0][0]
        others = [errata[key] for key in certificate.errata if key in errata]
        listed = tuple(dict.fromkeys([*asked, *others]))
        _certificates.explain(certificate, listed, console)
        return
    for erratum in asked:
        _certificates.erratum(erratum, console)
    if found:
        console.print(_certificates.table(found, console.width))
        console.print(_certificates.summary(found))
        console.print("explained one by one: mpo-repro derive NAME")
