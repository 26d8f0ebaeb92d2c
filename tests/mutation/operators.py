"""What a mutant changes: signs, terms, factors, directions, covariances, clamps."""

import ast
import copy
from collections.abc import Iterator

OPPOSITE = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
TURNED = {ast.Gt: ast.Lt, ast.Lt: ast.Gt, ast.GtE: ast.LtE, ast.LtE: ast.GtE}
TURNED |= {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}

# Pairs of names of which one stands for the other by mistake.
PAIRS = [
    ("new", "old"),
    ("q", "old"),
    ("q", "sampler"),
    ("alpha_mean", "alpha_covariance"),
    ("temperature_mean", "temperature_covariance"),
    ("log_new", "log_old"),
    ("log_first", "log_second"),
    ("mean", "weighted_mean"),
    ("low", "high"),
    ("fixed_covariance", "fixed_mean"),
]
ATTRIBUTES = [("kl_mean", "kl_covariance"), ("mean", "stddev"), ("mean", "cholesky")]
FUNCTIONS = [
    ("amax", "amin"),
    ("maximum", "minimum"),
    ("mean", "sum"),
    ("log", "exp"),
    ("softmax", "log_softmax"),
    ("kl_mean", "kl_covariance"),
]
# Calls without which their first operand stays: clamps, masks and maps.
DROPPED = {"abs", "clamp", "detach", "exp", "log", "reversed", "sqrt", "square", "tril"}
DROPPED |= {"logsumexp", "norm", "softplus", "tanh", "zero_", "mul_", "where"}
# Calls whose arguments may come in any order, or whose order is no mathematics.
SYMMETRIC = {"isinstance", "max", "maximum", "min", "minimum", "split", "zip"}
KEYWORDS = {"min": "max", "max": "min"}

Change = tuple[str, ast.AST]


def changes(node: ast.AST, names: frozenset[str]) -> Iterator[Change]:
    """Gives the kind of each change of a node, and the changed node.

    Args:
      node: any node of a module.
      names: what the function around it knows; a name is exchanged for one of these.
    """
    for kind, function in _BY_TYPE.items():
        if isinstance(node, kind):
            yield from function(node, names)


def _binary(node: ast.BinOp, _) -> Iterator[Change]:
    opposite = OPPOSITE.get(type(node.op))
    if opposite is None:
        return
    is_sum = isinstance(node.op, ast.Add | ast.Sub)
    changed = ast.BinOp(node.left, opposite(), node.right)
    yield "flip a sign" if is_sum else "exchange times and divided", changed
    dropped = "drop a term" if is_sum else "drop a factor"
    yield dropped, node.left
    if isinstance(node.op, ast.Add | ast.Mult):
        yield dropped, node.right


def _unary(node: ast.UnaryOp, _) -> Iterator[Change]:
    if isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
        yield "flip a sign", node.operand
    if isinstance(node.op, ast.Not):
        yield "turn a condition", node.operand


def _compare(node: ast.Compare, _) -> Iterator[Change]:
    turned = TURNED.get(type(node.ops[0]))
    if turned is not None and len(node.ops) == 1:
        yield "turn a condition", ast.Compare(node.left, [turned()], node.comparators)


def _boolean(node: ast.BoolOp | ast.IfExp, _) -> Iterator[Change]:
    if isinstance(node, ast.IfExp):
        yield "turn a condition", ast.IfExp(node.test, node.orelse, node.body)
        return
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield "turn a condition", ast.BoolOp(other, node.values)


def _name(node: ast.Name, names: frozenset[str]) -> Iterator[Change]:
    if not isinstance(node.ctx, ast.Load):
        return
    for other in _partners(node.id, PAIRS):
        if other in names:
            yield "exchange what is named", ast.Name(other, node.ctx)


def _attribute(node: ast.Attribute, _) -> Iterator[Change]:
    if node.attr == "mT":
        yield "drop a transpose", node.value
    if not isinstance(node.value, ast.Name) or not isinstance(node.ctx, ast.Load):
        return
    owners = {"self", "policy", "old", "new", "q", "fit", "improvement"}
    if node.value.id in owners:
        for other in _partners(node.attr, ATTRIBUTES):
            changed = ast.Attribute(node.value, other, node.ctx)
            yield "exchange what is named", changed


def _call(node: ast.Call, _) -> Iterator[Change]:
    name = _called(node)
    is_module = isinstance(node.func, ast.Attribute) and (
        ast.unparse(node.func.value) in ("torch", "functional", "math", "torch.linalg")
    )
    operands = list(node.args)
    if isinstance(node.func, ast.Attribute) and not is_module:
        operands.insert(0, node.func.value)
    if name in DROPPED and operands:
        yield f"drop {name}", operands[1 if name == "where" else 0]
    for other in _partners(name, FUNCTIONS):
        if not (name == "exp" and is_module):
            yield f"exchange {name} and {other}", _renamed(node, other)
    if name == "where":
        changed = copy.copy(node)
        changed.args = [node.args[0], node.args[2], node.args[1]]
        yield "exchange the branches", changed
    elif len(node.args) >= 2 and name not in SYMMETRIC:
        changed = copy.copy(node)
        changed.args = [node.args[1], node.args[0], *node.args[2:]]
        yield "exchange arguments", changed
    yield from _dimensions(node)
    yield from _bounds(node)


def _dimensions(node: ast.Call) -> Iterator[Change]:
    """Reduces along the first dimension in place of the last, or the reverse."""
    other = {"0": "-1", "-1": "0"}
    reductions = {"sum", "mean", "logsumexp", "softmax", "log_softmax", "amax", "amin"}
    if _called(node) not in reductions:
        return
    for number, part in enumerate(node.args):
        if ast.unparse(part) in other:
            changed = copy.copy(node)
            changed.args = list(node.args)
            changed.args[number] = ast.parse(other[ast.unparse(part)], mode="eval").body
            yield "exchange the dimension", changed
    for number, part in enumerate(node.keywords):
        if part.arg == "dim" and ast.unparse(part.value) in other:
            value = ast.parse(other[ast.unparse(part.value)], mode="eval").body
            yield "exchange the dimension", _keyword(node, number, "dim", value)


def _bounds(node: ast.Call) -> Iterator[Change]:
    """Clamps from above in place of below, or the reverse."""
    for number, part in enumerate(node.keywords):
        if part.arg in KEYWORDS:
            changed = _keyword(node, number, KEYWORDS[part.arg], part.value)
            yield "exchange min and max", changed


def _subscript(node: ast.Subscript, _) -> Iterator[Change]:
    """Takes the other end of a sequence, or does not turn it."""
    text = ast.unparse(node)
    for one, two in (("[:, 1:]", "[:, :-1]"), ("[:, :-1]", "[:, 1:]"), ("[::-1]", "")):
        if text.endswith(one) and isinstance(node.ctx, ast.Load):
            changed = ast.parse(text.removesuffix(one) + two, mode="eval").body
            yield "exchange the ends", changed


def _condition(node: ast.If, _) -> Iterator[Change]:
    if isinstance(node.test, ast.Compare):
        return  # turned by itself
    changed = copy.copy(node)
    changed.test = ast.UnaryOp(ast.Not(), node.test)
    yield "turn a condition", changed


def _called(node: ast.Call) -> str:
    return ast.unparse(node.func).rsplit(".", 1)[-1]


def _partners(name: str, pairs: list[tuple[str, str]]) -> list[str]:
    found = [two for one, two in pairs if one == name]
    return found + [one for one, two in pairs if two == name]


def _renamed(node: ast.Call, name: str) -> ast.Call:
    changed = copy.copy(node)
    if isinstance(node.func, ast.Attribute):
        changed.func = ast.Attribute(node.func.value, name, ast.Load())
    else:
        changed.func = ast.Name(name, ast.Load())
    return changed


def _keyword(node: ast.Call, number: int, name: str, value: ast.AST) -> ast.Call:
    changed = copy.copy(node)
    changed.keywords = list(node.keywords)
    changed.keywords[number] = ast.keyword(name, value)
    return changed


_BY_TYPE = {
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.BoolOp | ast.IfExp: _boolean,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Subscript: _subscript,
    ast.If: _condition,
}
