"""One job a run. Its only declared output is a marker: whatever else lies in the run's
folder stays when a job fails, and the next attempt goes on from the checkpoint. It
waits for a job of a Snakemake that was killed and that trains on without it."""


rule train:
    output:
        "results/runs/{task}/{hash}/seed-{seed}/steps-{steps}.done.json",
    log:
        "logs/train/{task}/{hash}/seed-{seed}/steps-{steps}.log",
    benchmark:
        "logs/train/{task}/{hash}/seed-{seed}/steps-{steps}.tsv"
    wildcard_constraints:
        task=r"[A-Za-z0-9_]+-[A-Za-z0-9_]+",
        hash=r"[0-9a-f]{12}",
        seed=r"[0-9]+",
        steps=r"[0-9]+",
    retries: 2
    threads: 1
    resources:
        **jobs.reservations.resources(),
    params:
        study=config["study"],
        arm=jobs.arm,
        execution=lambda wildcards: jobs.execution(wildcards, config["execution"]),
    shell:
        "mpo-repro train --wait --study {params.study} --arm {params.arm}"
        " --task {wildcards.task} --seed {wildcards.seed}{params.execution}"
        " > {log} 2>&1"
