"""Tables, figures and certificates become one page, with a manifest of what it is made from."""


rule report:
    input:
        rules.collect.output,
        rules.figures.output,
        rules.derivations_of_study.output,
    output:
        f"{jobs.folder}/report.html",
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
