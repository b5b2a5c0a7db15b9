"""Name the rule by which an operation is differentiated, as a textbook does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autodiff_cli.engine.operation import Operation

__all__ = ["CHAIN", "CONSTANT", "CONSTANT_FACTOR", "rule_name"]

CHAIN = "chain rule"
"""The rule for a function of another part than the variable itself."""

CONSTANT_FACTOR = "constant factor"
"""The rule for a multiple of a part."""

CONSTANT = "constant"
"""The rule for what does not depend on the variable, or is constant between jumps."""


def rule_name(operation: Operation) -> str:
    """Return the name of the rule of an operation.

    It follows from the traits of the declaration; where these do not determine it, it is declared.

    Examples
    --------
    >>> from autodiff_cli.engine import registry
    >>> [rule_name(registry[name]) for name in ("add", "mul", "div", "square", "tanh", "floor")]
    ['sum rule', 'product rule', 'quotient rule', 'power rule', 'derivative of tanh', 'constant']
    """
    metadata = operation.metadata
    if metadata.rule_name:
        return metadata.rule_name
    if metadata.signs:
        return CONSTANT_FACTOR if operation.arity == 1 and not operation.variadic else "sum rule"
    if metadata.exponents:
        if len(metadata.exponents) == 1:
            return "power rule"
        return "quotient rule" if min(metadata.exponents) < 0 else "product rule"
    if metadata.bilinear:
        return "product rule"
    if metadata.choice:
        return "case by case"
    if not operation.variadic and not any(operation.vjps):
        return CONSTANT
    return "linearity" if operation.linear else f"derivative of {operation.name}"
