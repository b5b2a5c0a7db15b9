"""Derivatives of a graph, each of which is a graph again."""

from autodiff_cli.derive.partial import Partials

__all__ = ["Partials"]
