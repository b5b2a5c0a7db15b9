"""Compute derivatives of a graph, as graphs, arrays or series."""

from autodiff_cli.derive.partials import Partials

__all__ = ["Partials"]
