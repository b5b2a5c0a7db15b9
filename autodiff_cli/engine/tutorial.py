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


def get_dot_graph(
    output: Variable, verbose: bool = True, *, raw: bool = False, max_nodes: int | None = None
) -> str:
    """Return the graph of a Variable in the DOT language of Graphviz.

    Parameters
    ----------
    verbose
        Whether to show the value of each Variable, or the shape and dtype if it is not a scalar.
    raw
        Whether to draw equal calls as often as they were recorded.
    max_nodes
        The number of nodes to which the picture is collapsed; by its size if not given.
    """
    expect_variable(output, "a graph")
    draw = reader("get_dot_graph")
    return draw(output, verbose, raw=raw, max_nodes=max_nodes)  # type: ignore[no-any-return]


def plot_dot_graph(
    output: Variable,
    verbose: bool = True,
    to_file: str | Path = "graph.png",
    *,
    raw: bool = False,
    max_nodes: int | None = None,
) -> None:
    """Draw the graph of a Variable into a file, in the format given by the suffix of its name."""
    expect_variable(output, "a graph")
    reader("plot_dot_graph")(output, verbose, to_file, raw=raw, max_nodes=max_nodes)
