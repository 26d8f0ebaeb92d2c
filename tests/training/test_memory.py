"""Freed memory stays with the process."""

import platform
import subprocess
import sys

import pytest

PROBE = """
import ctypes, resource, sys, torch
from mpo_repro.training import memory
torch.set_num_threads(1)
if sys.argv[1] == "keep":
    assert memory.keep_freed()
else:  # glibc's own threshold, kept from adapting itself
    assert ctypes.CDLL(None).mallopt(-3, 128 * 1024)
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def work():
    return torch.ones(6120, 200).add(1).mul(2)  # the hidden units of an update
for _ in range(5):
    work()
before = faults()
for _ in range(20):
    work()
print(faults() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's thresholds")
def test_the_same_work_again_touches_no_new_page():
    def faults(how):
        command = [sys.executable, "-c", PROBE, how]
        return int(subprocess.run(command, capture_output=True, check=True).stdout)

    assert faults("keep") * 20 < faults("leave")
