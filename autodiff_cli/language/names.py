"""What the names of the language mean: constants and operations; and what a wrong one was to be."""

from __future__ import annotations

import math
from collections.abc import Iterable
from difflib import get_close_matches

from autodiff_cli.engine import Operation, operations

__all__ = ["CONSTANTS", "function", "nearest", "signature"]

CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau, "inf": math.inf}


def function(name: str) -> Operation | None:
    """Return the operation that a name stands for, None if it stands for none."""
    return operations().get(name)


def signature(operation: Operation) -> str:
    """Return how an operation is called, such as ``atan2(y, x)`` or ``sum(x, axis=...)``."""
    static = tuple(f"{name}=..." for name in operation.statics)
    return f"{operation.name}({', '.join(operation.arguments + static)})"


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return the known names that a mistyped one may have meant, best first, at most three."""
    known = list(known)
    found = [k for k in known if k.lower() == name.lower()]
    found += get_close_matches(name, known, n=3, cutoff=0.7)
    # difflib holds two swapped letters against a short name; readers do not.
    found += [k for k in known if len(k) > 1 and sorted(k) == sorted(name)]
    return list(dict.fromkeys(found))[:3]
