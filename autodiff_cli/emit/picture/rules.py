"""Write the rule by which an operation is differentiated, as formulas in its arguments."""

from __future__ import annotations

import math
from functools import cache

from autodiff_cli.emit.text.call_text import language_name
from autodiff_cli.emit.text.formula import formula
from autodiff_cli.emit.text.operation_text import operation_text
from autodiff_cli.engine import Operation, as_variable, grad
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.errors import AdiffError
from autodiff_cli.symbolic import terms_of
from autodiff_cli.symbolic.rewrite import new_algebra

__all__ = ["derivative_rule"]


@cache
def derivative_rule(operation: Operation) -> tuple[str, ...]:
    """Return the derivative of an elementwise operation by each argument, computed by its rules.

    Examples
    --------
    >>> from autodiff_cli.engine import registry
    >>> derivative_rule(registry["mul"])
    ('∂(x*y)/∂x = y', '∂(x*y)/∂y = x')
    >>> derivative_rule(registry["tanh"])
    ('∂tanh(x)/∂x = sech(x)**2',)
    """
    if not isinstance(operation, Elementwise) or operation.metadata.internal:
        return ()
    xs = [as_variable(math.nan, name) for name in operation.arguments]
    text = operation_text(operation, list(operation.arguments), {})
    named = text if text.startswith(language_name(operation)) else f"({text})"
    rules = []
    try:
        slopes = grad(operation.apply(*xs), xs, create_graph=True)
        for x, slope in zip(xs, slopes, strict=True):
            algebra = new_algebra()
            known = {v: algebra.symbol(v.name or "") for v in xs}
            (term,) = terms_of(algebra, [slope], known)
            rules.append(f"∂{named}/∂{x.name} = {formula(algebra, term)}")
    except (AdiffError, TypeError):
        # It has no formula, or needs static parameters.
        return ()
    return tuple(rules)
