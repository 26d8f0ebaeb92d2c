"""Matrix products alone, each at the shape and by the library that is quickest.

That is the machine's limit for an update: products of float32 that read and write
caches, without anything between them.
"""

import time
from collections.abc import Callable

import torch
from torch import Tensor

from mpo_repro.benchmark.products import Product

BLOCKS = (256, 512, 1024, 2048)  # rows; an output of 1024 x 200 takes 0.8 MB
TRIALS = 7


def fastest(products: list[Product]) -> tuple[Callable[[], None], dict[str, str]]:
    """Tries every way of each product.

    Returns:
      A function that makes all products once, each in its quickest way, and the names
      of these ways by the products'.
    """
    chosen = {product.name: _quickest(product) for product in products}
    steps = [chosen[product.name][1] for product in products]

    def make_all() -> None:
        for step in steps:
            step()

    return make_all, {name: way for name, (way, _) in chosen.items()}


def _quickest(product: Product) -> tuple[str, Callable[[], None]]:
    ways = _ways(product)
    return min(ways.items(), key=lambda way: _seconds(way[1]))


def _seconds(step: Callable[[], None]) -> float:
    """Returns the shortest time of a few, as a library's first call is a slow one."""
    taken = []
    for _ in range(TRIALS):
        start = time.perf_counter()
        step()
        taken.append(time.perf_counter() - start)
    return min(taken)


def _ways(product: Product) -> dict[str, Callable[[], None]]:
    """Makes the product's operands and a function per way, blocks of rows included."""
    rows, inner, columns = product.rows, product.inner, product.columns
    layouts = {
        "as rows": torch.randn(rows, inner),
        "as columns": torch.randn(inner, rows).mT,  # as a gradient of weights has them
    }
    weight = torch.randn(columns, inner).mT
    sizes = [size for size in BLOCKS if size < rows] + [rows]
    libraries = {"torch.matmul": _matmul}
    if torch.backends.mkldnn.is_available():
        libraries["oneDNN"] = _onednn
    return {
        f"{library}, {layout}, blocks of {size}": function(left.split(size), weight)
        for layout, left in layouts.items()
        for size in sizes
        for library, function in libraries.items()
    }


def _matmul(blocks: tuple[Tensor, ...], weight: Tensor) -> Callable[[], None]:
    out = torch.empty(len(blocks[0]), weight.shape[1])

    def make() -> None:
        for block in blocks:
            torch.matmul(block, weight, out=out[: len(block)])

    return make


def _onednn(blocks: tuple[Tensor, ...], weight: Tensor) -> Callable[[], None]:
    product = torch.ops.mkldnn._linear_pointwise

    def make() -> None:
        for block in blocks:
            product(block, weight.mT, None, "none", [], "")

    return make
