"""Simplified terms for formulas: equal terms are one object, by one table of rules."""

from autodiff_cli.symbolic.from_graph import terms_of
from autodiff_cli.symbolic.nodes import (
    Apply,
    Array,
    NamedConstant,
    Number,
    Product,
    Sum,
    Symbol,
    Term,
)
from autodiff_cli.symbolic.terms import Algebra

__all__ = [
    "Algebra",
    "Apply",
    "Array",
    "NamedConstant",
    "Number",
    "Product",
    "Sum",
    "Symbol",
    "Term",
    "terms_of",
]
