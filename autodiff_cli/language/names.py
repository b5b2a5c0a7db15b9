"""What the names of the language mean: constants and operations; and what a wrong one was to be."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from autodiff_cli.engine import Operation, operations, registry

if TYPE_CHECKING:
    from autodiff_cli.language.program import Program

__all__ = [
    "CONSTANTS",
    "INFIX",
    "KEYWORDS",
    "PREFIXES",
    "did_you_mean",
    "example_call",
    "function",
    "functions",
    "inverse_of",
    "nearest",
    "signature",
    "written",
]

CONSTANTS = {"pi": math.pi, "π": math.pi, "e": math.e, "tau": math.tau}
CONSTANTS |= {"inf": math.inf, "nan": math.nan}

KEYWORDS = ("if", "else", "and", "or", "not")

PREFIXES = {"-": "neg", "−": "neg", "not": "logical_not", "√": "sqrt"}
"""What an operator before its operand applies."""

_SPELLINGS = {
    "^": "**",
    "−": "-",
    "×": "*",
    "·": "*",
    "⋅": "*",
    "÷": "/",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
}


INFIX = {o.facts.symbol: o for o in registry.values() if o.facts.symbol}
"""What an operator between its operands applies."""

INFIX |= {spelling: INFIX[plain] for spelling, plain in _SPELLINGS.items()}


def function(name: str) -> Operation | None:
    """Return the operation that a name stands for, None if it stands for none."""
    return functions().get(name)


class _Functions(Mapping[str, Operation]):
    """The operations of the language, those included that are declared later."""

    def __getitem__(self, name: str) -> Operation:
        if (operation := operations()[name]).facts.internal:
            raise KeyError(name)
        return operation

    def __iter__(self) -> Iterator[str]:
        return (name for name, operation in operations().items() if not operation.facts.internal)

    def __len__(self) -> int:
        return sum(1 for _ in self)


_FUNCTIONS = _Functions()


def functions() -> Mapping[str, Operation]:
    """Return every operation of the language by each of its names, aliases included."""
    return _FUNCTIONS


def inverse_of(name: str) -> str | None:
    """Return the inverse of a function whose name follows from its own: `asin` for `sin`."""
    inverse = functions().get(f"a{name}") or functions().get(f"arc{name}")
    return inverse.name if inverse else None


def signature(operation: Operation) -> str:
    """Return how an operation is written: ``atan2(y, x)``, ``sum(x, axis=...)``, ``x + y``."""
    if operation.facts.symbol:
        return f" {operation.facts.symbol} ".join(operation.arguments)
    if operation.facts.leading:
        return f"{operation.name}({', '.join((*operation.statics, *operation.arguments))})"
    static = tuple(f"{name}=..." for name in operation.statics)
    return f"{operation.name}({', '.join(operation.arguments + static)})"


def example_call(operation: Operation) -> str:
    """Return a call of an operation that works: ``atan2(y, x)``, ``det([[0, 2], [4, 0]])``."""
    if operation.facts.symbol:
        return signature(operation)
    try:
        operation.apply(*[0.5] * operation.arity)
    except (TypeError, ValueError, IndexError):
        # It does not take numbers, or has to be told more.
        return operation.facts.example.partition(" = ")[0]
    return f"{operation.name}({', '.join(operation.arguments)})"


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return the hint that asks whether one of the `nearest` names was meant, if there are any."""
    guesses = " or ".join(f"`{guess}`" for guess in nearest(name, known))
    return f"did you mean {guesses}?" if guesses else None


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return the known names that a mistyped one may have meant, best first, at most three."""
    from difflib import get_close_matches

    known = list(known)
    found = [k for k in known if k.lower() == name.lower()]
    # Two swapped letters are the commonest slip, and difflib holds it against a short name.
    found += [k for k in known if len(k) > 1 and sorted(k) == sorted(name)]
    found += get_close_matches(name, known, n=3, cutoff=0.7)
    return list(dict.fromkeys(found))[:3]


def written(program: Program, k: int) -> str:
    """Return what a call is called in the text, where a function may have one of several names."""
    operation, _, _, first, middle, _ = program.calls[k]
    name, bracket = (word.text for word in program.words[first : first + 2])
    spelled_out = bracket == "(" and middle == first and function(name) is not None
    return name if spelled_out else operation.facts.symbol or operation.name
