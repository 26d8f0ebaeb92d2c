"""JSON with a checksum: what changes is refused, what is older is read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpo_repro.runs.sealed import DamagedRunError, read_sealed, write_sealed

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
CONTENTS = st.dictionaries(st.text(max_size=8), VALUES, max_size=5).map(
    lambda content: {k: v for k, v in content.items() if k not in ("format", "sha256")}
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("sealed") / "run.json"


@given(content=CONTENTS)
def test_what_is_written_is_read(path, content):
    write_sealed(path, content)
    assert read_sealed(path) == (content, True)


@given(content=CONTENTS, draw=st.data())
def test_a_flipped_bit_is_named_or_changes_nothing(path, content, draw):
    write_sealed(path, content)
    raw = bytearray(path.read_bytes())
    bit = draw.draw(st.integers(0, 8 * len(raw) - 1))
    raw[bit // 8] ^= 1 << bit % 8
    path.write_bytes(raw)
    try:
        found = read_sealed(path)
    except DamagedRunError as error:
        assert str(error).startswith("run.json")
        assert len(str(error).splitlines()) == 1
    else:
        assert found == (content, True)


def test_a_file_without_a_checksum_is_read_and_unverified(path):
    path.write_text('{"seed": 3}')
    assert read_sealed(path) == ({"seed": 3}, False)


@pytest.mark.parametrize("lost", ["format", "sha256"])
def test_a_file_that_has_lost_one_of_its_keys_is_not_older(path, lost):
    write_sealed(path, {"seed": 3})
    content = json.loads(path.read_text())
    del content[lost]
    path.write_text(json.dumps(content))
    with pytest.raises(DamagedRunError, match="does not match its checksum"):
        read_sealed(path)


@pytest.mark.parametrize("raw", [b"{", b"[]", b'"x"', b"\xff\xfe", b"[" * 100_000, b""])
def test_what_is_no_mapping_is_named(path, raw):
    path.write_bytes(raw)
    with pytest.raises(DamagedRunError, match=r"run\.json"):
        read_sealed(path)
