"""Every way of a matrix product computes all of it."""

import torch

from mpo_repro.benchmark import gemm
from mpo_repro.benchmark.products import Product

torch.set_num_threads(1)


def test_every_way_multiplies_every_row(monkeypatch):
    rows = []
    matmul, onednn = torch.matmul, torch.ops.mkldnn._linear_pointwise

    def counted(block, weight, out):
        assert matmul(block, weight, out=out).shape == (len(block), 5)
        rows.append(len(block))

    class Library:
        @staticmethod
        def _linear_pointwise(block, weight, *rest):
            found = onednn(block, weight, *rest)
            assert torch.allclose(found, block @ weight.mT, atol=1e-5)
            rows.append(len(block))

    monkeypatch.setattr(torch, "matmul", counted)
    monkeypatch.setattr(torch.ops, "mkldnn", Library)
    for name, make in gemm._ways(Product("any", 700, 3, 5)).items():
        rows.clear()
        make()
        assert sum(rows) == 700, name
        assert max(rows) == int(name.rpartition(" ")[2])


def test_the_quickest_way_is_taken_for_each_product(monkeypatch):
    made = []
    ways = {"slow": lambda: made.append("slow"), "quick": lambda: made.append("quick")}
    monkeypatch.setattr(gemm, "_ways", lambda product: ways)
    monkeypatch.setattr(gemm, "_seconds", lambda step: step is ways["slow"])
    listed = [Product("a", 1, 1, 1), Product("b", 1, 1, 1), Product("a", 1, 1, 1)]
    make_all, names = gemm.fastest(listed)
    make_all()
    assert made == ["quick"] * 3
    assert names == {"a": "quick", "b": "quick"}
