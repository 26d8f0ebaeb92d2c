"""The compiled library: for older processors, and where it cannot be made."""

import platform

import pytest
import torch
from torch.testing import assert_close

from mpo_repro.kernels import compiler, critic_values, library
from mpo_repro.mpo import networks


@pytest.fixture(autouse=True)
def fresh(monkeypatch, tmp_path):
    """Loads the library anew, from a folder of its own, and forgets it afterwards."""
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    library.load.cache_clear()
    yield
    library.load.cache_clear()


@pytest.mark.skipif(platform.machine() != "x86_64", reason="names of x86-64")
@pytest.mark.parametrize("processor", ["x86-64", "x86-64-v3", "cascadelake"])
def test_for_narrower_vectors_it_computes_the_same(monkeypatch, processor):
    needed = {"x86-64": "sse2", "x86-64-v3": "avx2", "cascadelake": "avx512_vnni"}
    if needed[processor] not in library._processor().split():
        pytest.skip(f"the processor is older than {processor}")
    flags = [flag.replace("native", processor) for flag in library.FLAGS]
    monkeypatch.setattr(library, "FLAGS", flags)
    assert critic_values.bfloat16() == critic_values.FLOAT32
    torso = networks.Torso((45, 33), "elu", True)
    network = networks.CriticNetwork(5, 3, torso)
    vector = networks.initial_critic(network, torch.Generator().manual_seed(0))
    states, actions = torch.randn(50, 5), torch.randn(3, 50, 3)
    values = critic_values.critic(network, vector, states, actions)
    assert_close(values, networks.critic(network, vector, states, actions))


def test_it_is_compiled_once_and_found_again(tmp_path, monkeypatch):
    assert library.problem() is None
    (made,) = tmp_path.glob("mpo_repro-*.so")
    library.load.cache_clear()
    monkeypatch.setattr(library, "_compile", lambda path: pytest.fail("again"))
    assert library.problem() is None
    assert [*tmp_path.iterdir()] == [made]


def test_another_processor_or_compiler_has_another_file(monkeypatch):
    first = library._path()
    monkeypatch.setattr(library, "_processor", lambda: "another")
    second = library._path()
    monkeypatch.setenv("CXX", "another++")
    assert len({first, second, library._path()}) == 3


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo 'a.cpp:1: error: no such flag' >&2; exit 1", "fails: no such flag"),
        ("exit 3", "fails: exit code 3"),
        ("echo nothing > /dev/null", "No such file|cannot open"),
    ],
)
def test_what_fails_is_named_in_a_line(monkeypatch, tmp_path, script, reason):
    broken = tmp_path / "broken++"
    broken.write_text(f"#!/bin/sh\n{script}\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CXX", str(broken))
    with pytest.raises(library.NoKernelError, match=reason) as raised:
        library.load()
    assert "\n" not in str(raised.value)
    assert library.problem()
    assert compiler.command() == str(broken)


@pytest.mark.parametrize(
    ("text", "has"),
    [("flags : fma avx512_bf16", True), ("Features : fp bf16", True), ("flags", False)],
)
def test_bfloat16_is_known_before_anything_is_compiled(monkeypatch, text, has):
    monkeypatch.setattr(library, "_processor", lambda: text)
    assert (library.no_bfloat16() is None) == has
