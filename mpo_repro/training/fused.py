"""Compiles a function of tensors: its operations become a few loops of C++.

The function is traced once, into one graph of tensor operations, its gradients
included. torch's inductor fuses the graph. A call then costs no look at what Python
objects the function was called with: shapes and other arguments must stay the same.
"""

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import sympy
import torch
from torch import Tensor
from torch._functorch.compile_utils import fx_graph_cse
from torch._inductor import config, exc
from torch.fx import GraphModule
from torch.fx.experimental.proxy_tensor import make_fx
from torch.utils._pytree import TreeSpec, tree_flatten, tree_unflatten

from mpo_repro.kernels import compiler

SETTINGS = {"compile_threads": 1}  # no more processes than the run has
ON_HOST = {
    "cpp_wrapper": True,  # one C++ file, not one for each loop; calls between in C++
    "cpp.vec_isa_ok": True,  # else it compiles a line for each set of vector units
}


class CompilerError(RuntimeError):
    """The graph cannot be compiled; nothing has been computed."""


class Fused:
    """A compiled function; the first call compiles it.

    Raises:
      CompilerError: at the first call, if compiling fails.
    """

    def __init__(self, function: Callable):
        """Compiles nothing yet.

        Args:
          function: takes one argument of any kind, and trees of tensors; returns a
            tree of tensors and has no side effects.
        """
        self._function = function
        self._compiled: Callable | None = None
        self._results: TreeSpec | None = None

    def __call__(self, shared: Any, *arguments: Any) -> Any:
        tensors, tree = tree_flatten(arguments)
        if self._compiled is None:
            graph = self._trace(shared, tensors, tree)
            self._compiled = _compile(graph, tensors)
        return tree_unflatten(list(self._compiled(*tensors)), self._results)

    def _trace(self, shared: Any, tensors: list[Tensor], tree: TreeSpec) -> GraphModule:
        def flat(*given: Tensor) -> list[Tensor]:
            results = self._function(shared, *tree_unflatten(list(given), tree))
            leaves, self._results = tree_flatten(results)
            return leaves

        with torch.no_grad():
            graph = make_fx(flat, tracing_mode="fake")(*tensors)
        graph.graph = fx_graph_cse(graph.graph)
        graph.recompile()
        return graph


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps to itself what inductor has to say of its own code, but for errors."""
    log = logging.getLogger("torch._inductor")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        log.setLevel(before)


def _compile(graph: GraphModule, tensors: list[Tensor]) -> Callable:
    on_host = all(tensor.device.type == "cpu" for tensor in tensors)
    settings = config.patch(SETTINGS | (ON_HOST if on_host else {}))
    # The strides of loops are sums of products, for which expanding is enough;
    # simplifying them takes half of the time.
    quicker = mock.patch.object(sympy, "simplify", sympy.expand)
    try:
        with settings, quicker, _quiet(), torch.no_grad():
            return torch._inductor.standalone_compile(
                graph, tensors, dynamic_shapes="from_example_inputs"
            )
    except (
        exc.CppCompileError,
        exc.CppWrapperCodegenError,
        exc.InvalidCxxCompiler,
        torch._dynamo.exc.BackendCompilerFailed,
    ) as error:
        reason = compiler.first_error(str(getattr(error, "inner_exception", error)))
        compiler.note_failure(f"torch cannot compile them: {reason}")
        raise CompilerError(reason) from error
