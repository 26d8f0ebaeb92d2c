"""Trains the runs of one study, gathers them, and writes their figures and report.

    snakemake --cores all all                        the study `quick`
    snakemake --cores all all --config study=paper   another one
    snakemake --cores all figures                    no further than the figures
    snakemake --cores all derivations                the checks of the appendix only

Settings: paper_configs/. What a job does: mpo_repro. How jobs run: workflow/profiles.
"""

import sys
from pathlib import Path

from snakemake.utils import min_version, validate

from mpo_repro.config import ConfigError
from mpo_repro.study.jobs import plan_jobs

min_version("9.0")
validate(config, "paper_configs/schema/workflow.schema.json")

try:
    jobs = plan_jobs(config["study"], config["cohort"])
except ConfigError as error:
    # One line says it all; a WorkflowError would add two of the Snakefile.
    sys.exit(str(error))

# A job has one core and finds the commands of the environment that runs Snakemake.
shell.prefix(
    f"export OMP_NUM_THREADS=1 PATH='{Path(sys.executable).parent}':\"$PATH\"; "
)


report: "workflow/report/workflow.rst"


rule all:
    default_target: True
    input:
        f"{jobs.folder}/report.html",


include: "workflow/rules/train.smk"
include: "workflow/rules/cohort.smk"
include: "workflow/rules/collect.smk"
include: "workflow/rules/derivations.smk"
include: "workflow/rules/verdicts.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/incomplete.smk"
