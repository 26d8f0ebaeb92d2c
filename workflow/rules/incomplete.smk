"""Where runs have failed for good: a page of the others, which names them."""

import shutil

incomplete = f"{jobs.folder}/incomplete"


def settled() -> bool:
    """Whether no run is left that a stop has merely cut off or kept from starting."""
    from mpo_repro.study import status

    states = {run.state for run in status.look(jobs.study)}
    return not states & {status.INTERRUPTED, status.WAITING}


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
