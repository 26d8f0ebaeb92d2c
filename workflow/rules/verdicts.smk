"""Tables and certificates become verdicts on the claims that they can judge."""

from mpo_repro.config.files import configs


rule verdicts:
    input:
        rules.collect.output,
        rules.derivations_of_study.output,
        sorted((configs() / "claims").glob("*.*")),
    output:
        report(
            f"{jobs.folder}/data/verdicts.json",
            caption="../report/verdicts.rst",
            category="Verdicts",
        ),
        f"{jobs.folder}/data/verdicts.parquet",
    log:
        f"logs/{jobs.study.name}/verdicts.log",
    threads: 1
    resources:
        mem_mb=1500,
    params:
        folder=jobs.folder,
    shell:
        "mpo-repro claims check {params.folder} > {log} 2>&1"
