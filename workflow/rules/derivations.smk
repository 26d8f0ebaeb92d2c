"""The paper's derivations, checked by the functions that training uses.

Certificates do not depend on the study. Its data gets a copy, and one of the errata,
so that its page can be made again from its own data.
"""

from mpo_repro.config import errata


rule derivations:
    input:
        [
            path
            for room in ("derivations", "mpo")
            for path in sorted(Path(workflow.basedir, "mpo_repro", room).glob("*.py"))
        ],
    output:
        report(
            "results/derivations/certificates.json",
            caption="../report/certificates.rst",
            category="Derivations",
        ),
    log:
        "logs/derivations/derive.log",
    threads: 1
    resources:
        mem_mb=1500,
    shell:
        "mpo-repro derive --json > {output} 2> {log}"


rule derivations_of_study:
    input:
        rules.derivations.output,
        errata.locate_errata(),
    output:
        f"{jobs.folder}/data/certificates.json",
        f"{jobs.folder}/data/errata.yaml",
    log:
        f"logs/{jobs.study.name}/derivations.log",
    threads: 1
    params:
        folder=f"{jobs.folder}/data",
    shell:
        "cp {input} {params.folder} 2> {log}"


rule speed:
    input:
        f"{workflow.basedir}/benchmarks/results.json",
    output:
        f"{jobs.folder}/data/speed.json",
    log:
        f"logs/{jobs.study.name}/speed.log",
    threads: 1
    shell:
        "cp {input} {output} 2> {log}"
