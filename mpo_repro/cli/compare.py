"""mpo-repro compare: two reports of a study, from two machines or two versions."""

from pathlib import Path
from typing import Annotated

import typer

from mpo_repro.cli import _folder

EXAMPLES = ("mpo-repro compare reports/laptop results/laptop",)
FLAG = "  <- differs"


def compare(
    report_a: Annotated[Path, typer.Argument(help="results/<study> or reports/...")],
    report_b: Annotated[Path, typer.Argument(help="Another one.")],
) -> None:
    """Compare two reports: versions and machines, then curves and scores.

    Runs that both have are compared bit for bit, final scores over seeds by a
    Mann-Whitney test; what differs is flagged.
    """
    first, second = _load(report_a), _load(report_b)
    _folder.echo_without_checksums((first, second))
    _show_provenance(first, second)
    _show_runs(first, second)
    _show_scores(first, second)


def _load(folder: Path):
    _folder.require(folder, _folder.RESULTS)
    from mpo_repro.analysis.results import load

    try:
        return load(folder)
    except (FileNotFoundError, ValueError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


def _show_provenance(first, second) -> None:
    from mpo_repro.report.provenance import machines, tally, versions

    told = [dict(versions(results)) for results in (first, second)]
    for name in sorted(told[0].keys() | told[1].keys()):
        _show_pair(name, *(versions_.get(name, "-") for versions_ in told))
    for name, rows in (
        ("machine", [machines(results) for results in (first, second)]),
        *(
            (column, [tally(results, column) for results in (first, second)])
            for column in ("python", "backend", "execution_path", "commit")
        ),
    ):
        _show_pair(
            name, *(" | ".join(text for text, _ in part) or "-" for part in rows)
        )


def _show_pair(name: str, first: str, second: str) -> None:
    if first == second:
        typer.echo(f"{name:16} {first}")
    else:
        typer.echo(f"{name:16} {first}  /  {second}{FLAG}")


def _show_runs(first, second) -> None:
    from mpo_repro.analysis.compare import compare_runs, finished

    compared = compare_runs(first, second)
    parted = [run for run in compared if run.first is not None]
    same = len(compared) - len(parted)
    typer.echo(f"\n{len(compared)} runs in both, {same} of them the same bit for bit")
    for (task, arm, seed), step in parted:
        typer.echo(f"{task} {arm} seed {seed}: from step {step:,} on{FLAG}")
    alone = [finished(first) - finished(second), finished(second) - finished(first)]
    typer.echo(f"{len(alone[0])} runs in the first only, {len(alone[1])} in the second")


def _show_scores(first, second) -> None:
    from mpo_repro.analysis.compare import compare_scores

    typer.echo("\nfinal scores, medians over seeds")
    for found in compare_scores(first, second):
        sides = " / ".join(
            f"{median:.1f} (n {count})"
            for median, count in zip(found.medians, found.counts, strict=True)
        )
        flag = FLAG if found.flagged else ""
        typer.echo(f"{found.task} {found.arm}: {sides}, p {found.p_value:.3g}{flag}")
