"""The names of the language: constants and operations; and suggestions for unknown names."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from autodiff_cli.engine import Operation, operations, registry

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
    "is_reserved",
    "nearest",
    "signature",
]

CONSTANTS = {"pi": math.pi, "π": math.pi, "e": math.e, "tau": math.tau}
CONSTANTS |= {"inf": math.inf, "nan": math.nan}

KEYWORDS = ("if", "else", "and", "or", "not")

PREFIXES = {"-": "neg", "−": "neg", "not": "logical_not", "√": "sqrt"}
"""From each prefix operator to the operation that it applies."""

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


INFIX = {o.metadata.symbol: o for o in registry.values() if o.metadata.symbol}
"""From each infix operator to the operation that it applies."""

INFIX |= {spelling: INFIX[plain] for spelling, plain in _SPELLINGS.items()}


def function(name: str) -> Operation | None:
    """Return the operation of a name; None if there is none."""
    return functions().get(name)


def is_reserved(name: str) -> bool:
    """Return whether a name is that of a function and cannot be that of a variable."""
    operation = function(name)
    return operation is not None and not operation.metadata.variable


class _Functions(Mapping[str, Operation]):
    """The operations of the language, including those that are declared later."""

    def __getitem__(self, name: str) -> Operation:
        if (operation := operations()[name]).metadata.internal:
            raise KeyError(name)
        return operation

    def __iter__(self) -> Iterator[str]:
        return (name for name, operation in operations().items() if not operation.metadata.internal)

    def __len__(self) -> int:
        return sum(1 for _ in self)


_FUNCTIONS = _Functions()


def functions() -> Mapping[str, Operation]:
    """Return every operation of the language by each of its names, aliases included."""
    return _FUNCTIONS


def inverse_of(name: str) -> str | None:
    """Return the inverse function whose name is derived from a name: `asin` for `sin`."""
    inverse = functions().get(f"a{name}") or functions().get(f"arc{name}")
    return inverse.name if inverse else None


def signature(operation: Operation) -> str:
    """Return the notation of an operation: ``atan2(y, x)``, ``sum(x, axis=...)``, ``x + y``."""
    if operation.metadata.symbol:
        return f" {operation.metadata.symbol} ".join(operation.arguments)
    if operation.metadata.leading:
        return f"{operation.name}({', '.join((*operation.statics, *operation.arguments))})"
    static = tuple(f"{name}=..." for name in operation.statics)
    return f"{operation.name}({', '.join(operation.arguments + static)})"


def example_call(operation: Operation) -> str:
    """Return a valid call of an operation: ``atan2(y, x)``, ``det([[0, 2], [4, 0]])``."""
    if operation.metadata.symbol:
        return signature(operation)
    try:
        operation.apply(*[0.5] * operation.arity)
    except (TypeError, ValueError, IndexError):
        # It does not take numbers, or needs static parameters.
        return operation.metadata.example.partition(" = ")[0]
    return f"{operation.name}({', '.join(operation.arguments)})"


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return the hint that suggests the `nearest` names; None if there are none."""
    guesses = " or ".join(f"`{guess}`" for guess in nearest(name, known))
    return f"did you mean {guesses}?" if guesses else None


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return at most three known names that a mistyped name may stand for, best first."""
    from difflib import get_close_matches

    known = list(known)
    found = [k for k in known if k.lower() == name.lower()]
    # Two swapped letters are the most common typo, but difflib rates it low in short names.
    found += [k for k in known if len(k) > 1 and sorted(k) == sorted(name)]
    found += get_close_matches(name, known, n=3, cutoff=0.7)
    return list(dict.fromkeys(found))[:3]
