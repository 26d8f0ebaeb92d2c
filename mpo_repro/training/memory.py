"""The C library told to keep freed memory instead of giving it back each time.

An update frees and asks again for the same megabytes of activations. glibc maps blocks
of that size anew, and the kernel clears every page of them: a third of an update's
time. Kept on the heap they are reused as they are.
"""

import ctypes

import torch

# glibc's malloc.h
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
_MIB = 2**20


def keep_freed() -> bool:
    """Sets malloc's thresholds for this process; returns whether the library took them.

    False elsewhere than on glibc, where nothing is changed.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    settings = (
        # Above the hidden units of an update of the paper's size, below what simulators
        # ask for, which would leave holes.
        (_MMAP_THRESHOLD, 8 * _MIB),
        (_TRIM_THRESHOLD, 128 * _MIB),
        (_TOP_PAD, 64 * _MIB),
    )
    return all(mallopt(name, value) for name, value in settings)


def exhausted(error: Exception) -> bool:
    """Says whether an error is that there was no memory left, here or on a GPU."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "t allocate memory" in str(error)
