"""The checksums of a study's tables: what is damaged is named, older data is read."""

import hashlib
import json
import random
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpo_repro.analysis import checksums, tables
from mpo_repro.analysis.collect import COVERED, collect
from mpo_repro.analysis.results import load, parts

REPORTS = Path(__file__).parents[2] / "reports"
PUBLISHED = sorted(path.parent for path in REPORTS.glob("*/manifest.json"))
NAMES = ("a.parquet", "b.parquet", "study.json")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder of three files with checksums."""
    folder = tmp_path_factory.mktemp("study") / "data"
    folder.mkdir()
    return folder


def fill(data, contents):
    for name, content in zip(NAMES, contents, strict=True):
        (data / name).write_bytes(content)
    return checksums.write(data, NAMES)


def flip(path, bit):
    raw = bytearray(path.read_bytes())
    raw[bit // 8] ^= 1 << bit % 8
    path.write_bytes(raw)


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


CONTENTS = st.tuples(*[st.binary(min_size=1, max_size=40)] * 3)


@given(contents=CONTENTS)
def test_files_match_the_checksums_that_sha256sum_would_write(data, contents):
    path = fill(data, contents)
    assert checksums.check(data, NAMES)
    expected = [
        f"{hashlib.sha256(content).hexdigest()}  {name}"
        for name, content in zip(NAMES, contents, strict=True)
    ]
    assert path.read_text().splitlines() == expected


@given(contents=CONTENTS, draw=st.data())
def test_a_flipped_bit_of_a_file_is_named(data, contents, draw):
    fill(data, contents)
    name = draw.draw(st.sampled_from(NAMES))
    flip(data / name, draw.draw(st.integers(0, 8 * (data / name).stat().st_size - 1)))
    with pytest.raises(ValueError, match=rf"data/{re.escape(name)} does not match .*S"):
        checksums.check(data, NAMES)


@given(contents=CONTENTS, draw=st.data())
def test_a_flipped_bit_of_the_checksums_is_named_or_harmless(data, contents, draw):
    path = fill(data, contents)
    flip(path, draw.draw(st.integers(0, 8 * path.stat().st_size - 1)))
    try:
        assert checksums.check(data, NAMES)
    except ValueError as error:
        assert "data/SHA256SUMS" in str(error)
        assert len(str(error).splitlines()) == 1


@given(contents=CONTENTS, draw=st.data())
def test_without_such_a_file_the_manifest_is_compared(data, contents, draw):
    fill(data, contents).unlink()
    files = {
        f"data/{name}": {
            "sha256": hashlib.sha256((data / name).read_bytes()).hexdigest()
        }
        for name in NAMES
    }
    manifest = data.parent / "manifest.json"
    manifest.write_text(json.dumps({"study": "x", "files": files}))
    try:
        assert checksums.check(data, NAMES)
        path = data / draw.draw(st.sampled_from(NAMES))
        flip(path, draw.draw(st.integers(0, 8 * path.stat().st_size - 1)))
        with pytest.raises(ValueError, match=rf"{path.name} does not match .*manifest"):
            checksums.check(data, NAMES)
    finally:
        manifest.unlink()


def test_without_any_checksums_nothing_is_verified(data):
    fill(data, (b"1", b"2", b"3")).unlink()
    assert checksums.check(data, NAMES) is False


@pytest.mark.parametrize("text", ["{", "[]", '{"files": 3}', '{"files": {"a": 1}}'])
def test_a_manifest_that_cannot_be_read_is_named(data, text):
    fill(data, (b"1", b"2", b"3")).unlink()
    manifest = data.parent / "manifest.json"
    manifest.write_text(text)
    with pytest.raises(ValueError, match=r"manifest\.json cannot be read"):
        checksums.check(data, NAMES)
    manifest.unlink()


def test_collect_writes_them_and_results_are_verified(make, study, root):
    for run in study.runs():
        make.write_run(root, run)
    found = collect(study, root / "out", root)
    assert found.files[-1].name == "SHA256SUMS"
    assert load(root / "out").verified
    table = tables.read("curves", root / "out" / "data")
    changed = table.assign(episode_return=table["episode_return"] + 1)
    tables.write(changed, "curves", root / "out" / "data")
    with pytest.raises(ValueError, match=r"curves\.parquet does not match"):
        load(root / "out")


def test_what_is_published_here_matches_its_checksums():
    for report in PUBLISHED:
        for folder in (report, *parts(report)):
            assert checksums.check(folder / "data", COVERED), folder


@pytest.mark.parametrize("report", PUBLISHED, ids=lambda path: path.name)
def test_a_bit_of_a_published_table_is_named(report, tmp_path):
    """The same bit in `bisection` once turned 546 +- 98 into 527 +- 125."""
    shutil.copytree(report / "data", tmp_path / "data")
    shutil.copy(report / "manifest.json", tmp_path)
    flip(tmp_path / "data" / "curves.parquet", 8 * 11327 + 7)
    with pytest.raises(ValueError, match=r"curves\.parquet does not match"):
        load(tmp_path)


def test_a_flipped_bit_of_collected_data_is_named_or_harmless(make, study, root):
    for run in study.runs():
        make.write_run(root, run, interval=25_000)
    data = collect(study, root / "out", root).files[0].parent
    draw, sound = random.Random(0), load(root / "out")
    for _ in range(60):
        path = draw.choice(sorted(data.iterdir()))
        bit = draw.randrange(8 * path.stat().st_size)
        flip(path, bit)
        try:
            found = load(root / "out")
        except ValueError as error:
            assert path.name in str(error)
            assert len(str(error).splitlines()) == 1
        else:
            assert path.name == "SHA256SUMS"
            assert found.curves.equals(sound.curves)
        flip(path, bit)
