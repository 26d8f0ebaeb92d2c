"""The tables become figures. Which ones depends on what the study holds."""


rule figures:
    input:
        rules.collect.output,
        rules.verdicts.output,
    output:
        report(
            directory(f"{jobs.folder}/figures"),
            patterns=["{figure}.svg"],
            caption="../report/figures.rst",
            category="Figures",
            labels={"figure": "{figure}"},
        ),
    log:
        f"logs/{jobs.study.name}/figures.log",
    threads: 1
    resources:
        mem_mb=2000,
    params:
        folder=jobs.folder,
    shell:
        "mpo-repro figures {params.folder} > {log} 2>&1"
