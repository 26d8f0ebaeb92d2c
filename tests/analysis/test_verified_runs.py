"""A single flipped bit in a run folder is named by `collect`, or changes no byte."""

import json
import random

import pandas as pd
import pytest

from mpo_repro.analysis.collect import collect
from mpo_repro.analysis.run_folder import UnusableRunError, read_run
from mpo_repro.config import recipe_hash
from mpo_repro.runs import layout, reading, sealed

FLIPS = 60


@pytest.fixture
def study(make, root):
    return make.write_study(root, tasks=["walker-run"], seeds=[0, 1])


@pytest.fixture
def folders(make, root, study):
    """The study's run folders, finished and with checksums."""
    made = [make.write_run(root, run, interval=25_000) for run in study.runs()]
    for folder in made:
        make.seal(folder)
    return made


def gathered(study, root):
    """What `collect` finds, and the bytes that it writes."""
    found = collect(study, root / "out", root)
    return found, {path.name: path.read_bytes() for path in found.files}


def first(study, root):
    run = study.runs()[0]
    return read_run(root / run.folder, run.task, run.seed, run.hash, run.steps)


def test_runs_with_checksums_are_verified_and_others_are_not(make, root, study):
    folders = [make.write_run(root, run) for run in study.runs()]
    make.seal(folders[0])
    found, _ = gathered(study, root)
    assert found.unverified == 3
    assert sorted(found.runs["verified"]) == ["no", "no", "no", "yes"]


def test_a_flipped_bit_is_named_or_harmless(root, study, folders):
    _, before = gathered(study, root)
    draw = random.Random(0)
    files = sorted(path for path in folders[0].iterdir())
    sizes = [path.stat().st_size for path in files]
    named = 0
    for _ in range(FLIPS):
        path = draw.choices(files, sizes)[0]
        sound = path.read_bytes()
        raw = bytearray(sound)
        raw[draw.randrange(len(raw))] ^= 1 << draw.randrange(8)
        path.write_bytes(raw)
        found, now = gathered(study, root)
        path.write_bytes(sound)
        if now == before:
            continue
        (row,) = found.unusable.itertuples()
        assert row.state == "broken"
        assert path.name in row.reason
        assert len(row.reason.splitlines()) == 1
        named += 1
    assert named > FLIPS / 4


def test_rows_of_another_run_are_refused(make, root, study):
    run = study.runs()[0]
    folder = make.write_run(root, run)
    make.seal(folder)
    short = layout.marker(folder, run.steps).read_bytes()
    make.write_run(root, run, steps=2 * run.steps)  # its noise is another
    make.seal(folder)
    assert first(study, root).verified
    layout.marker(folder, run.steps).write_bytes(short)
    with pytest.raises(UnusableRunError, match="does not match its checksum"):
        first(study, root)


def test_a_recipe_that_is_not_that_of_the_hash_is_refused(make, root, study):
    run = study.runs()[0]
    path = make.write_run(root, run) / layout.RUN
    about = json.loads(path.read_text())
    about["recipe"]["improvement"]["epsilon"] = 0.7
    for write in (
        lambda: path.write_text(json.dumps(about)),
        lambda: sealed.write_sealed(path, about),
    ):
        write()
        with pytest.raises(UnusableRunError, match=f"has hash .*, not {run.hash}"):
            first(study, root)


def test_a_recipe_that_is_no_longer_known_is_left_as_it_is(make, root, study):
    run = study.runs()[0]
    folder = make.write_run(root, run)
    path = folder / layout.RUN
    about = json.loads(path.read_text())
    about["recipe"]["improvement"]["forgotten"] = 1
    path.write_text(json.dumps(about))
    assert not first(study, root).verified
    make.seal(folder)
    assert first(study, root).verified


def test_the_hash_that_is_computed_again_is_the_study_s(root, study, folders):
    for run in study.runs():
        assert recipe_hash(run.recipe, run.task, run.backend) == run.hash
        assert reading.is_verified(root / run.folder)


def test_values_that_cannot_be_are_refused_without_checksums_as_well(make, root, study):
    path = make.write_run(root, study.runs()[0]) / "curve.parquet"
    sound = pd.read_parquet(path)
    for change, reason in (
        ({"episode_return": -sound["episode_return"] - 1}, "outside 0 to 1000"),
        ({"learner_updates": -sound["learner_updates"]}, "negative counter"),
        ({"learner_updates": sound["learner_updates"][::-1].to_numpy()}, "that fall"),
    ):
        sound.assign(**change).to_parquet(path, index=False)
        with pytest.raises(UnusableRunError, match=reason):
            first(study, root)
