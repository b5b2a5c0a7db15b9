"""Derivatives of a graph, each of which is a graph again."""

from autodiff_cli.derive.partials import Partials

__all__ = ["Partials"]
