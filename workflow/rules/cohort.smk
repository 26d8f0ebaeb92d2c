"""One job a cohort, where the profile asks for cohorts (`config: [cohort=64]`).

The runs' own markers are undeclared here: a cohort that is missing finds them."""


rule cohort:
    output:
        touch("results/cohorts/{cohort}.done"),
    log:
        "logs/cohorts/{cohort}.log",
    benchmark:
        "logs/cohorts/{cohort}.tsv"
    wildcard_constraints:
        cohort=r"[0-9a-f]{12}",
    retries: 2
    threads: 1
    resources:
        gpu=int(config["device"] == "cuda"),
        mem_mb=jobs.cohort_memory,
    params:
        command=lambda wildcards: jobs.cohort_command(
            config["study"],
            wildcards.cohort,
            config["device"],
            config["execution"],
        ),
    shell:
        "{params.command} > {log} 2>&1"
