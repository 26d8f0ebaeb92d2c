"""Run folders become the tidy tables of the study."""


rule collect:
    input:
        study=jobs.file,
        runs=jobs.trained,
    output:
        [
            report(
                f"{jobs.folder}/data/{table}.parquet",
                caption="../report/tables.rst",
                category="Tables",
                labels={"table": table},
            )
            for table in ["curves", "diagnostics", "runs", "timing"]
        ],
        f"{jobs.folder}/data/study.json",
    log:
        f"logs/{jobs.study.name}/collect.log",
    threads: 1
    resources:
        mem_mb=2000,
    params:
        study=config["study"],
    shell:
        "mpo-repro collect {params.study} > {log} 2>&1"
