"""Tables, figures and certificates become one page, and a manifest of their files."""


rule report:
    input:
        rules.collect.output,
        rules.verdicts.output,
        rules.figures.output,
        rules.derivations_of_study.output,
        rules.speed.output,
    output:
        report(
            f"{jobs.folder}/report.html",
            caption="../report/page.rst",
            category="Page",
        ),
        f"{jobs.folder}/manifest.json",
    log:
        f"logs/{jobs.study.name}/report.log",
    threads: 1
    resources:
        mem_mb=2000,
    params:
        folder=jobs.folder,
    shell:
        "mpo-repro report {params.folder} > {log} 2>&1"
