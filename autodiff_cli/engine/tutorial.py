"""Define the names of the founding tutorial that differ from those of the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from autodiff_cli.engine.conversions import reader
from autodiff_cli.engine.registry import registry
from autodiff_cli.engine.reverse import expect_variable
from autodiff_cli.engine.variable import Operand, Variable

__all__ = ["get_dot_graph", "plot_dot_graph", "rdiv", "rsub"]


def rsub(x0: Operand, x1: Operand) -> Any:
    """Return ``x1 - x0``."""
    return registry["sub"](x1, x0)


def rdiv(x0: Operand, x1: Operand) -> Any:
    """Return ``x1 / x0``."""
    return registry["div"](x1, x0)


def get_dot_graph(output: Variable, verbose: bool = True) -> str:
    """Return the graph of a Variable in the DOT language of Graphviz.

    Parameters
    ----------
    verbose
        Whether to show the value of each Variable, or the shape and dtype if it is not a scalar.
    """
    expect_variable(output, "a graph")
    return reader("get_dot_graph")(output, verbose)  # type: ignore[no-any-return]


def plot_dot_graph(
    output: Variable, verbose: bool = True, to_file: str | Path = "graph.png"
) -> None:
    """Draw the graph of a Variable into a file, in the format given by the suffix of its name."""
    expect_variable(output, "a graph")
    reader("plot_dot_graph")(output, verbose, to_file)
