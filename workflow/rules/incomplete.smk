"""Where runs have failed for good: a page of the others, which names them."""

import shutil

incomplete = f"{jobs.folder}/incomplete"


def settled() -> bool:
    """Whether no run is left that a stop has merely cut off or kept from starting."""
    from mpo_repro.study import status

    def cut_off(run, marker: Path) -> bool:
        # Of a job that has begun there is a log, even if it died before it trained.
        log = Path("logs/train", *marker.parts[2:-1], f"steps-{run.budget}.log")
        waits = run.state == status.WAITING and not log.exists()
        return waits or run.state == status.INTERRUPTED

    runs, planned = status.look(jobs.study), jobs.study.runs()
    return not any(cut_off(run, one.marker) for run, one in zip(runs, planned))


# Beside the page of the whole study, whose absence has the failed runs tried again.
onerror:
    if settled():
        shell(
            f"( mpo-repro collect {config['study']} --out {incomplete}"
            f" && cp {jobs.folder}/data/certificates.json"
            f" {jobs.folder}/data/errata.yaml {jobs.folder}/data/speed.json"
            f" {incomplete}/data"
            f" && mpo-repro claims check {incomplete}"
            f" && mpo-repro figures {incomplete}"
            f" && mpo-repro report {incomplete}"
            f" ) > logs/{jobs.study.name}/incomplete.log 2>&1"
            f" && echo 'Runs have failed; {incomplete}/report.html names them.' >&2"
            f" || echo 'Runs have failed: logs/{jobs.study.name}/incomplete.log' >&2"
        )


onsuccess:
    shutil.rmtree(incomplete, ignore_errors=True)
