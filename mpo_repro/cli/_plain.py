"""LaTeX as text that a terminal can show.

Known is what the certificates' formulas use: letters, scripts, fractions, roots and
the names of functions. e^{x} becomes exp(x), a fraction a/b, and a script without a
letter of its own in Unicode stands in parentheses after _ or ^.
"""

import re
import unicodedata

_LETTERS = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "eta": "η",
    "theta": "θ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "Sigma": "Σ",
    "nabla": "∇",
    "partial": "∂",
    "sum": "∑",
    "prod": "∏",
    "int": "∫",
    "infty": "∞",
    "prime": "′",
    "forall": "∀",
    "ldots": "…",
    "cdot": "·",
    "Vert": "‖",
}
_RELATIONS = {
    "leq": "≤",
    "geq": "≥",
    "propto": "∝",
    "approx": "≈",
    "sim": "~",
    "to": "→",
    "Rightarrow": "⇒",
}
_FUNCTIONS = {"log", "ln", "exp", "max", "min", "lim", "arg"}
_DROPPED = {"left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr"}
_SPACES = {",": " ", " ": " ", "quad": "   ", "qquad": "   "}
_LOW = dict(
    zip(
        "0123456789aehijklmnoprstuvx+-=()",
        "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₊₋₌₍₎",
        strict=True,
    )
)
_HIGH = dict(zip("0123456789inT+-=()", "⁰¹²³⁴⁵⁶⁷⁸⁹ⁱⁿᵀ⁺⁻⁼⁽⁾", strict=True))
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}_^]|[^\\{}_^]")


def formula(latex: str) -> str:
    """Returns a formula, given without dollar signs, in Unicode."""
    written = _sequence(_TOKEN.findall(latex), nested=False)
    written = re.sub(r"([(\[]) +", r"\1", written)
    written = re.sub(r" +(?=[)\],;:/]|$)", "", re.sub(" *‖ *", "‖", written))
    written = re.sub(r"(?<=\S) {4,}", "   ", _spaced(written))
    return re.sub(r"(?<! )  (?! )", " ", written).strip()


def _spaced(written: str) -> str:
    """Sets relations off that are in no parentheses."""
    depth, done = 0, []
    for letter in written:
        depth += (letter in "([") - (letter in ")]")
        apart = depth == 0 and letter in "=≤≥∝≈→⇒<>"
        done.append(f" {letter} " if apart else letter)
    return "".join(done)


def text(mixed: str) -> str:
    """Returns a text whose formulas, between dollar signs, are in Unicode."""
    parts = re.split(r"\$([^$]+)\$", mixed)
    return "".join(
        formula(part) if number % 2 else part for number, part in enumerate(parts)
    )


def _sequence(tokens: list[str], nested: bool) -> str:
    """Writes tokens up to the end, or to the brace that closes a group."""
    done: list[str] = []
    while tokens:
        token = tokens.pop(0)
        if token == "}" and nested:
            break
        if token in ("_", "^"):
            _script(token, tokens, done)
        elif token == "{":
            done.append(_sequence(tokens, nested=True))
        elif token.startswith("\\"):
            done.append(_command(token[1:], tokens, done))
        else:
            done.append(token)
    return "".join(done)


def _argument(tokens: list[str]) -> str:
    """Takes a group, or the one token that stands for it."""
    token = tokens.pop(0)
    if token == "{":
        return _sequence(tokens, nested=True)
    return _command(token[1:], tokens, []) if token.startswith("\\") else token


def _script(kind: str, tokens: list[str], done: list[str]) -> None:
    argument = _argument(tokens).strip()
    if kind == "^" and done and done[-1] == "e":
        before = done[-2][-1:] if len(done) > 1 else ""
        gap = " " if before and before not in " ([{=/-+," else ""
        done[-1] = f"{gap}exp({argument})"
        if tokens and re.match(r"[A-Za-z\\]", tokens[0]):
            done.append(" ")
        return
    if argument.strip("′") == "" or argument == "*":
        done.append(argument)
        return
    letters = _LOW if kind == "_" else _HIGH
    if all(letter in letters for letter in argument):
        done.append("".join(letters[letter] for letter in argument))
    else:
        done.append(kind + _grouped(argument, r"\w[′*]?[ᵢⱼₖₜ₀]?"))
        if tokens and (tokens[0].isalpha() or tokens[0][1:] in {*_LETTERS, "mathrm"}):
            done.append(" ")


def _command(name: str, tokens: list[str], done: list[str]) -> str:
    """Writes what a command, given without its backslash, stands for."""
    if name in ("frac", "tfrac", "dfrac"):
        return _fraction(_argument(tokens), _argument(tokens))
    if name == "sqrt":
        return f"√({_argument(tokens)})"
    if name == "hat":
        hatted = _argument(tokens) + "\N{COMBINING CIRCUMFLEX ACCENT}"
        return unicodedata.normalize("NFC", hatted)
    if name in ("mathrm", "mathcal"):
        return _argument(tokens)
    if name in _FUNCTIONS:
        return _function(name, tokens, done)
    known = _LETTERS | _RELATIONS | _SPACES | dict.fromkeys(_DROPPED, "")
    return known.get(name, name)


def _function(name: str, tokens: list[str], done: list[str]) -> str:
    """Sets a name off from the letters before and after it."""
    before = done[-1][-1:] if done else ""
    gap = " " if before.isalnum() or before in ")]′" and before else ""
    following = tokens[0] if tokens else ""
    after = "" if following in ("", "(", "_", "^", "[") else " "
    return f"{gap}{name}{after}"


def _fraction(above: str, below: str) -> str:
    if (above, below) == ("1", "2"):
        return "½ "
    whole = r"[\w′*]+|\(.*\)|\|.*\||exp\([^()]*\)"
    return f"{_grouped(above, whole)}/{_grouped(below, whole)} "


def _grouped(text: str, single: str) -> str:
    """Puts a text in parentheses unless it is a single thing."""
    balanced = text.count("(") <= 1
    return text if re.fullmatch(single, text) and balanced else f"({text})"
