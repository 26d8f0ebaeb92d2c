"""mpo-repro claims: what is claimed, how it is decided, and the verdicts."""

from pathlib import Path
from typing import Annotated

import typer

from mpo_repro.cli import _completion, _folder

EXAMPLES = (
    "mpo-repro claims list",
    "mpo-repro claims show C3",
    "mpo-repro claims check results/q-form",
    "mpo-repro claims check reports/network-size --beside reports/buffer-size",
    "mpo-repro claims register",
    "mpo-repro claims power",
)

claims = typer.Typer(help="Look at claims, register them, judge them by results.")


@claims.command("list")
def list_() -> None:
    """List the claims: what decides each, and whether it is registered."""
    from rich.console import Console

    from mpo_repro.cli import _claims
    from mpo_repro.config.claim import load_claims

    Console(highlight=False).print(_claims.listing(load_claims()))


@claims.command("show")
def show(
    claim: Annotated[
        str,
        typer.Argument(help="Its id, or a file.", autocompletion=_completion.claims),
    ],
) -> None:
    """Print a claim with its tests, and the power that its seeds give it."""
    from mpo_repro.config.claim import load_claim

    chosen = load_claim(claim)
    from rich.console import Console

    from mpo_repro.analysis.expected_power import power
    from mpo_repro.cli import _claims

    _claims.explain(chosen, power(chosen), Console(highlight=False))


@claims.command("check")
def check(
    folder: Annotated[Path, typer.Argument(help="results/<study> or reports/<study>")],
    beside: Annotated[
        list[Path] | None,
        typer.Option(help="Another such folder, for claims on several studies."),
    ] = None,
) -> None:
    """Judge every claim that a study's results can judge.

    Writes verdicts.json and verdicts.parquet into the study's data. A study's parts
    are beside it. Claims that need other studies are listed with their names.
    """
    for place in (folder, *(beside or [])):
        _folder.require(place, _folder.RESULTS)
    from rich.console import Console

    from mpo_repro.analysis.results import load, parts
    from mpo_repro.cli import _claims

    places = folder, *parts(folder), *(beside or [])
    try:
        results = [load(place) for place in places]
        passed = _claims.certificates(folder)
    except (FileNotFoundError, ValueError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None
    _folder.echo_without_checksums(results)
    content, files = _claims.judged(results, passed)
    console = Console(highlight=False)
    console.print(_claims.verdicts(content))
    for file in files:
        console.print(str(file), soft_wrap=True)


@claims.command("register")
def register(
    reason: Annotated[
        str,
        typer.Option(help="Why registered claims were edited; stays in the register."),
    ] = "",
) -> None:
    """Record the hash and today's date of each claim that is new or was edited.

    Commit the file before training: a run names its commit, and a claim counts as
    fixed before it if that commit's copy has the claim's hash; one that was not counts
    as exploratory. Versions that an edit supersedes stay in the register. A design
    whose power is below 50 %, or with a test that no simulated study supports, is
    refused without a reason in the claim.
    """
    from datetime import UTC, datetime

    from mpo_repro.analysis import claim_check, expected_power, registration
    from mpo_repro.config.claim import load_claims

    found = load_claims()
    known = registration.load()
    for claim in found:
        claim_check.check(claim)
        if known.get(claim.id, {}).get("sha256") != claim.digest:
            expected_power.refuse(claim, expected_power.power(claim))
    today = datetime.now(UTC).date().isoformat()
    new = registration.register(found, today, reason=reason)
    typer.echo(f"{len(new)} of {len(found)} claims registered: {', '.join(new) or '-'}")
    typer.echo(registration.path())


@claims.command("power")
def power(
    simulate: Annotated[
        bool,
        typer.Option("--simulate", help="Measure anew (minutes); replaces the table."),
    ] = False,
) -> None:
    """Print how often each verdict rule errs, and what it finds, on made-up runs.

    Of normal, skewed and bimodal scores the worst: false verdicts with 3, 5 and 10 runs
    an arm, coverage of intervals, and power for two standard deviations with 5 runs.
    """
    from rich.console import Console

    from mpo_repro.analysis.statistics import error_rates
    from mpo_repro.cli import _claims

    console = Console(highlight=False)
    if simulate:
        console.print(str(error_rates.write(error_rates.simulate())), soft_wrap=True)
    console.print(_claims.rates(error_rates.summary(error_rates.load())))
