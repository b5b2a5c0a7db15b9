"""Translate LaTeX formulas: commands into names, braces into brackets."""

from __future__ import annotations

import re

from autodiff_cli.language.characters import is_greek
from autodiff_cli.language.names import CONSTANTS, function

__all__ = ["from_latex"]

_COMMANDS = {"cdot": "*", "times": "*", "ast": "*", "div": "/", "pm": "±", "infty": "inf"}
_COMMANDS |= {"le": "<=", "leq": "<=", "ge": ">=", "geq": ">=", "ne": "!=", "neq": "!="}
_COMMANDS |= {"lt": "<", "gt": ">", "vert": "|", "mid": "|", "lbrack": "[", "rbrack": "]"}
_COMMANDS |= {"varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "mod": "%"}
_COMMANDS |= {"lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉"}
_COMMANDS |= dict.fromkeys(("left", "right", "displaystyle", "quad", "qquad", "limits"), "")
_COMMANDS |= dict.fromkeys(("big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr"), "")

_NOT_REWRITTEN = re.compile(
    r"\\(sum|prod|int|lim|max|min|sup|inf)\s*[_^]|\\(partial|nabla|gamma|psi)(?![a-z])"
    r"|\\[dt]?frac\s*\{\s*d\W?\d?\w?\s*\}\s*\{\s*d|\^\s*\{?\s*(T|\\top|\\intercal|\\mathsf)(?!\w)"
)
"""LaTeX left as it is: sums over a range, derivatives, letters that are functions, transposes."""

_LETTERS = re.compile(
    r"\\(?:mathrm|mathbf|mathit|mathsf|boldsymbol|bm|text|operatorname)\*?\s*\{\s*(?P<font>\w+)\s*\}"
    r"|\\[A-Za-z]+|_\{?\w+\}?|[A-Za-z]\w*[\d_]\w*|(?P<letters>[A-Za-z]{2,})"
)
"""Names and commands; letters that belong to neither are separate factors."""

_BINOMIAL = r" gamma(\1+1)/(gamma(\2+1) gamma(\1-\2+1))"

_CASES = re.compile(
    r"\\begin\{cases\}\s*([^&\\]*(?:\\[a-z]+[^&\\]*)*)&\s*(?:\\text\{\s*(?:if|for)\s*\}|if|for)?"
    r"((?:[^\\]|\\[a-z])*?),?\s*\\\\\s*([^&]*?),?\s*(?:&.*?)?\\end\{cases\}",
    re.DOTALL,
)
"""A choice between two values."""

_ONE = re.compile(r"[^\W\d]\w*|\d+(\.\d+)?|\w*\([^()]*\)")


def from_latex(text: str) -> str | None:
    """Return a LaTeX formula with names for its commands and brackets for its braces."""
    if _NOT_REWRITTEN.search(text):
        return None
    text = re.sub(r"\\[dt]?binom\s*\{([^{}]*)\}\s*\{([^{}]*)\}", _BINOMIAL, text)
    text = _CASES.sub(r" where(\2, \1, \3)", text)
    text = re.sub(r"^\$+|\$+$|^\\[\[(]|\\[\])]$", "", text)
    text = re.sub(r"\\[,;:!> ]|~|&", " ", text)
    text = re.sub(r"(\\rVert|\\right\s*\\\|)\s*_(?:2|\{2\})", r"\1", text)
    text = re.sub(r"\\left\s*\||\\lvert(?![a-z])", " abs(", text)
    text = re.sub(r"\\left\s*\\(?:\||[lr]?Vert)|\\lVert", " norm(", text)
    text = re.sub(r"\\right\s*(?:\||\\\||\\[lr]?Vert)|\\r[vV]ert", ")", text)
    text = re.sub(r"\\\||\\Vert", "‖", text)
    text = re.sub(r"‖\s*_\{?2\}?", "‖", text)
    text = re.sub(r"\\log_(?:\{(2|10)\}|(2))", r" log\1\2 ", text)
    text = re.sub(r"\\log_\{?(\w+)\}?\s*(\w+|\([^()]*\))", r" (log(\2)/log(\1))", text)
    text = re.sub(r"\\Gamma(?=\s*(?:\\left)?\s*\()", "gamma", text)
    text = _LETTERS.sub(_separated, text)
    text = re.sub(r"(\w)_\{\s*(\w+)\s*,\s*(\w+)\s*\}", r"\1_\2_\3", text)
    text = re.sub(r"(\w)_\{\s*(\w+)\s*\}", r"\1_\2 ", text)
    text = re.sub(r"\^(\d)(?=\w)", r"^\1 ", text)
    innermost = r"\s*\{([^{}]*)\}"
    before = None
    while text != before:
        before = text
        text = re.sub(rf"\\[dt]?frac{innermost}{innermost}", _fraction, text)
        text = re.sub(r"\\[dt]?frac\s*(\d)\s*(\d)", r"(\1/\2)", text)
        text = re.sub(rf"\\sqrt\s*\[\s*(\w+)\s*\]{innermost}", _root, text)
        text = re.sub(rf"\\sqrt{innermost}", r" sqrt(\1)", text)
        text = re.sub(rf"\^{innermost}", lambda match: f"^{_grouped(match[1])}", text)
        if text == before:
            text = re.sub(r"(?<![\\\w}\]^_])\{([^{}]*)\}", lambda match: _grouped(match[1]), text)
        if text == before:
            text = re.sub(r"\{([^{}]*)\}", lambda match: _grouped(match[1]), text)
    text = re.sub(r"\\([A-Za-z]+)(_\w+)?", _command, text)
    return None if set(text) & set("\\{}$") else " ".join(text.split())


def _separated(match: re.Match[str]) -> str:
    """Return adjacent letters as factors, and a font command as the name in it."""
    font, name = match["font"], match["letters"]
    if font or not name or function(name) or name in CONSTANTS:
        return f" {font} " if font else match[0]
    return " ".join(name)


def _fraction(match: re.Match[str]) -> str:
    return f" ({_grouped(match[1])}/{_grouped(match[2])})"


def _root(match: re.Match[str]) -> str:
    degree, under = match.groups()
    return f" cbrt({under})" if degree == "3" else f"{_grouped(under)}^(1/{degree})"


def _grouped(text: str) -> str:
    """Return a part of a formula in brackets, unless it is one token, call or bracket."""
    text = text.strip()
    if "," in text:
        return f"[{text}]"
    return text if _ONE.fullmatch(text) else f"({text})"


def _command(match: re.Match[str]) -> str:
    name = match[1]
    if name in _COMMANDS:
        return f" {_COMMANDS[name]}{match[2] or ''} "
    known = function(name) or name in CONSTANTS or is_greek(name)
    return f" {name}{match[2] or ''} " if known else match[0]
