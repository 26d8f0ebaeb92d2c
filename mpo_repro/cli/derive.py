"""`mpo-repro derive`: runs the checks of the paper's appendix."""

import json
import time
from typing import Annotated

import typer

from mpo_repro.cli import _completion

EXAMPLES = (
    "mpo-repro derive",
    "mpo-repro derive dual",
    "mpo-repro derive --json",
)


def derive(
    name: Annotated[
        str | None,
        typer.Argument(
            help="One check, to be explained; all if not given.",
            autocompletion=_completion.checks,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the certificates as a JSON list.")
    ] = False,
) -> None:
    """Check the paper's derivations, and what its errata say, by machine.

    Exit code 1 if a check fails, 2 if there is none of that name.
    """
    import torch

    from mpo_repro.derivations import registry

    torch.set_num_threads(1)  # more only compete for such small tensors
    found = []
    try:
        for each in (name,) if name else registry.names():
            start = time.perf_counter()
            certificate = registry.run(each)
            found.append((certificate, time.perf_counter() - start))
    except registry.UnknownCheckError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None
    _show(found, name, as_json)
    if not all(certificate.passed for certificate, _ in found):
        raise typer.Exit(1)


def _show(found: list, name: str | None, as_json: bool) -> None:
    if as_json:
        rows = [certificate.as_dict() for certificate, _ in found]
        text = json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False)
        typer.echo(text)
        return
    from rich.console import Console

    from mpo_repro.cli import _certificates

    console = Console(highlight=False)
    if name:
        _certificates.explain(found[0][0], console)
    else:
        console.print(_certificates.table(found, console.width))
        console.print(_certificates.summary(found))
