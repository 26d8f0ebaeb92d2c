"""`mpo-repro schema`."""

import json

import pytest

from mpo_repro.cli import app
from mpo_repro.config.schema import schemas


def test_it_writes_every_schema_into_a_new_folder(tmp_path, capsys):
    folder = tmp_path / "a" / "b"
    with pytest.raises(SystemExit) as end:
        app.main(["schema", "--out", str(folder)])
    assert not end.value.code
    written = {path.name: json.loads(path.read_text()) for path in folder.iterdir()}
    assert written == schemas()
    assert len(capsys.readouterr().out.splitlines()) == len(written)
