"""Derivatives of a graph, each of which is a graph again."""

from autodiff_cli.derive.partial import mixed, partial
from autodiff_cli.derive.second import hessian, jacobian

__all__ = ["hessian", "jacobian", "mixed", "partial"]
