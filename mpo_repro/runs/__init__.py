"""What a run folder is: its files, their columns, their checksums, reading them.

    curve.parquet         a row per episode
    diagnostics.parquet   a row per diagnostic and evaluation
    timing.parquet        whatever depends on the clock
    run.json              settings, versions, machine, how the run ended
    steps-<n>.done.json   the marker of a finished budget
    checkpoint/           side state to resume from
    stopped/              the state in which numbers went wrong, for `mpo-repro inspect`
    .lock                 held while a process trains

run.json and each marker carry a SHA-256 of the rest of their content. A marker has one
for the rows of each table up to the step at which it was written. A run that goes on
for a larger budget appends rows and changes run.json: the smaller budget's marker stays
true. Folders of earlier versions have no checksums: they are read, and unverified.
"""
