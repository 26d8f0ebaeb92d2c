"""Whether updates can be compiled: good, broken and missing compilers, and folders."""

import os
import shutil
import subprocess
import sys
import tempfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch._inductor import config
from torch._inductor.runtime.cache_dir_utils import default_cache_dir

from mpo_repro.kernels import compiler

FAILS = "#!/bin/sh\necho 'x.cpp:1:2: fatal error: no such luck' >&2\nexit 1\n"
REAL = shutil.which("g++")
needs_compiler = pytest.mark.skipif(REAL is None, reason="no g++ here")


@pytest.fixture
def only(tmp_path, monkeypatch):
    """Makes a PATH of its own: name of a compiler -> its script."""

    def make(**scripts):
        folder = tmp_path / "bin"
        folder.mkdir()
        for name, script in scripts.items():
            path = folder / name.replace("xx", "++")
            path.write_text(script)
            path.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))
        return folder

    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(compiler, "_known", {})
    return make


@needs_compiler
def test_a_working_compiler_is_tried_once_and_leaves_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(compiler, "_known", {})
    assert compiler.problem() is None
    assert list((tmp_path / "cache").iterdir()) == []
    monkeypatch.setattr(compiler, "_try", None)
    assert compiler.problem() is None
    compiler.note_failure("it failed later")
    assert compiler.problem() == "it failed later"


@pytest.mark.parametrize(
    ("scripts", "reason"),
    [
        ({}, "there is no compiler g++"),
        ({"cxx": FAILS}, "there is no compiler g++; set CXX to c++"),
        ({"clangxx": FAILS}, "there is no compiler g++; set CXX to clang++"),
        ({"gxx": FAILS}, "g++ fails: no such luck"),
        ({"gxx": "#!/bin/sh\nexit 3\n"}, "g++ fails: exit code 3"),
        ({"gxx": "\x7fELF"}, "g++ cannot be started: Exec format error"),
    ],
)
def test_the_reason_names_what_is_wrong(only, scripts, reason):
    only(**scripts)
    assert compiler.problem() == reason


def test_another_compiler_is_named_by_cxx(only, monkeypatch):
    only(clangxx=FAILS)
    monkeypatch.setenv("CXX", "clang++")
    assert compiler.problem() == "clang++ fails: no such luck"
    monkeypatch.setenv("CXX", "")
    assert compiler.problem() == "there is no compiler ''; set CXX to clang++"


@needs_compiler
def test_a_compiler_without_python_s_headers_is_no_use(only, monkeypatch, tmp_path):
    monkeypatch.setenv("CXX", REAL)
    monkeypatch.setattr(compiler.sysconfig, "get_path", lambda name: str(tmp_path))
    assert compiler.problem() == (f"{REAL} fails: Python.h: No such file or directory")


def test_what_cannot_be_loaded_is_no_use(only):
    script = '#!/bin/sh\nfor last; do :; done\necho nonsense > "$last"\n'
    only(gxx=script)
    found = compiler.problem()
    assert found.startswith("what is compiled cannot be loaded from ")
    assert found.endswith("set TORCHINDUCTOR_CACHE_DIR to another folder")


def test_a_compiler_that_does_not_end_is_ended(only, monkeypatch):
    only(gxx=f"#!/bin/sh\nexec {shutil.which('sleep')} 60\n")
    monkeypatch.setattr(compiler, "SECONDS", 0.2)
    assert compiler.problem() == "g++ did not end within 0.2 s"


def test_a_cache_that_cannot_be_written_is_named(only, monkeypatch, tmp_path):
    only(gxx=FAILS)
    (tmp_path / "file").touch()
    place = tmp_path / "file" / "cache"
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(place))
    assert compiler.problem() == f"{place}: Not a directory"


@needs_compiler
@pytest.mark.parametrize("variable", ["TMPDIR", "TORCHINDUCTOR_CACHE_DIR"])
def test_a_folder_whose_files_may_not_be_run_is_noticed(tmp_path, variable):
    code = "from mpo_repro.kernels import compiler; print(compiler.problem())"
    mount = f'mount -t tmpfs -o noexec tmpfs "{tmp_path}" || exit 99'
    words = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    try:
        done = subprocess.run(
            [*words, f'{mount}; exec "$0" -c "$1"', sys.executable, code],
            capture_output=True,
            text=True,
            env={k: v for k, v in os.environ.items() if "INDUCTOR" not in k}
            | {variable: str(tmp_path)},
        )
    except FileNotFoundError:
        pytest.skip("no unshare here")
    if "unshare" in done.stderr or done.returncode == 99:
        pytest.skip(f"nothing can be mounted here: {done.stderr}")
    assert done.stdout.startswith(f"what is compiled cannot be loaded from {tmp_path}")


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(output=st.binary(max_size=300), code=st.integers(1, 255))
def test_whatever_a_compiler_prints_the_reason_is_one_line(tmp_path, output, code):
    (tmp_path / "output").write_bytes(output)
    script = tmp_path / "g++"
    script.write_text(f"#!/bin/sh\n/bin/cat {tmp_path}/output >&2\nexit {code}\n")
    script.chmod(0o755)
    found = compiler._try(str(script), tmp_path / "cache")
    assert found.startswith(f"{script} fails: ")
    assert len(found.splitlines()) == 1
    assert len(found) <= len(f"{script} fails: ") + 200


def test_names_are_torch_s(monkeypatch):
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR", raising=False)
    assert str(compiler.cache_folder()) == default_cache_dir()
    assert default_cache_dir().startswith(tempfile.gettempdir())
    assert compiler.command() == config.cpp.cxx[1]
