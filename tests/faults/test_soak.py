"""The soak's judgement: what counts as a process's memory, and who grew most."""

import subprocess
import sys

import psutil
import pytest
import soak
from soak import Growth, Seen, Watch

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux's memory counts")
SIZE = 64 * 2**20
# Maps a file that nobody else has, then takes as much of its own; a line each time.
CHILD = """
import mmap, sys
def told():
    print(flush=True)
    sys.stdin.readline()
told()
with open(sys.argv[1], "rb") as file:
    pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
sum(pages[::mmap.PAGESIZE])
told()
own = bytearray(b"x") * len(pages)
told()
"""


@pytest.fixture
def child(tmp_path):
    (tmp_path / "library").write_bytes(b"x" * SIZE)
    command = [sys.executable, "-c", CHILD, str(tmp_path / "library")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        yield process
        process.kill()


def test_a_file_that_one_process_alone_maps_is_none_of_its_memory(child):
    process, memory, alone = psutil.Process(child.pid), [], []
    for _ in range(3):
        child.stdout.readline()
        memory.append(soak.look(process, process).memory)
        alone.append(process.memory_full_info().uss)
        child.stdin.write("\n")
        child.stdin.flush()
    assert alone[1] - alone[0] > 0.9 * SIZE  # what would be taken for growth
    assert memory[1] - memory[0] < 0.1 * SIZE
    assert memory[2] - memory[1] == pytest.approx(SIZE, rel=0.1)


def watched(*looks):
    """A watch of training processes, of (seconds, memory, files) each."""
    watch, processes = Watch(), [psutil.Process(), psutil.Process(1)]
    of_kind = {
        p: [Seen(*s) for s in one] for p, one in zip(processes, looks, strict=True)
    }
    watch.looks["training"] = of_kind
    names = "paper walker-run 0", "wide reacher-easy 1"
    watch.names = dict(zip(processes, names, strict=True))
    return watch


STILL = (10, 900, 9), (59, 100, 5), (61, 105, 6), (99, 104, 12)
GROWN = (59, 200, 5), (61, 212, 5)


def test_a_process_is_compared_with_the_end_of_its_own_first_minute(capsys):
    watch = watched(STILL, GROWN[:1])
    assert watch.growth("training") == [Growth(psutil.Process(), 100, 105, 3)]
    assert soak.tell(watch)
    assert "2 processes, 1 for over a minute" in capsys.readouterr().out


def test_the_one_that_grew_most_is_named_with_both_values(capsys):
    watch = watched(STILL, [(s, m * 10**6, f) for s, m, f in GROWN])
    assert not soak.tell(watch)
    told = capsys.readouterr().out
    assert "memory at most 1.060 times" in told
    assert "200 MB, then 212 MB of wide reacher-easy 1 (process 1)" in told


def test_files_left_open_are_no_less_wrong_than_memory():
    assert not soak.tell(watched(((59, 100, 5), (61, 100, 10)), ()))


def test_a_process_that_outlives_its_round_is_named(capsys, monkeypatch):
    monkeypatch.setattr(soak, "ZOMBIE_SECONDS", 0.1)
    watch, one = Watch(), psutil.Process()
    watch.look(one)
    watch.end_of_round()
    assert watch.left == [one]
    assert not soak.tell(watch)
    assert "left: all" in capsys.readouterr().out


def test_a_process_is_named_by_what_it_trains():
    line = ["python", "mpo-repro", "train", "--study", "tiny", "--arm", "wide"]
    line += ["--task", "reacher-easy", "--seed", "1", "--out", "there"]
    command = [sys.executable, "-c", "print(flush=True); input()", *line[2:]]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:
        process.stdout.readline()  # before, it may still be who started it
        found = soak.kind(psutil.Process(process.pid), psutil.Process())
        process.communicate(b"\n")
    assert found == ("training", "wide reacher-easy 1")
