"""The display of a Variable in notebooks and files: its graph as a picture, and its formula."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autodiff_cli.emit.picture.dot import draw
from autodiff_cli.emit.picture.look import Look
from autodiff_cli.emit.picture.picture_graph import Known, PictureGraph, picture_graph
from autodiff_cli.emit.picture.render import picture, render
from autodiff_cli.emit.picture.sharing import share
from autodiff_cli.emit.picture.svg import describe
from autodiff_cli.engine import Operation, Variable, kinks
from autodiff_cli.engine.variable import reachable, stored_value
from autodiff_cli.errors import AdiffError

__all__ = ["get_dot_graph", "latex_of", "plot_dot_graph", "svg_of"]

MOST_CALLS = 200
"""The most calls of a graph whose formula is shown without a request."""

SECONDS = 10.0
"""The time limit for drawing a picture without a request."""


def get_dot_graph(
    output: Variable, verbose: bool = True, *, raw: bool = False, max_nodes: int | None = None
) -> str:
    """Return the graph of a Variable in the DOT language of Graphviz.

    Parameters
    ----------
    output
        A Variable of any shape.
    verbose
        Whether to show the value of each Variable, and shape and dtype unless it is a scalar.
    raw
        Whether to draw equal calls as often as they were recorded, and those that only a sweep has
        added, such as products with 1.
    max_nodes
        The number of nodes to which a picture is collapsed; if not given, a picture of more nodes
        than fit a page is collapsed until it fits a slide.

    Raises
    ------
    AdiffError
        If the graph is too large to be drawn.
    """
    return draw(_seen(output, raw), Look(values=verbose, max_nodes=max_nodes))


def plot_dot_graph(
    output: Variable,
    verbose: bool = True,
    to_file: str | Path = "graph.png",
    *,
    raw: bool = False,
    max_nodes: int | None = None,
) -> None:
    """Draw the graph of a Variable into a file.

    Parameters
    ----------
    output, verbose, raw, max_nodes
        As for `get_dot_graph`.
    to_file
        The file; its suffix determines the format: ``.png``, ``.svg``, ``.pdf``, ``.dot``, ``.gv``.

    Raises
    ------
    AdiffError
        If the graph is too large, or the file cannot be written.
    """
    seen = _seen(output, raw)
    dot = draw(seen, Look(values=verbose, max_nodes=max_nodes))
    description = describe(seen, "", values=verbose, adaptive=True)
    render(dot, Path(to_file), description=description)


def svg_of(output: Variable) -> str | None:
    """Return the graph of a Variable as SVG; None if it is too large, or drawing takes too long."""
    if output.operation is None:
        return None
    try:
        seen = _seen(output, raw=False)
        description = describe(seen, "", adaptive=True)
        return picture(draw(seen), ".svg", description=description, timeout=SECONDS).decode()
    except AdiffError:
        return None


def _seen(output: Variable, raw: bool) -> PictureGraph:
    """Return the graph of a Variable to be drawn."""
    has_value = stored_value(output) is not None
    found = {k.call: "jump" if k.jump else "kink" for k in (kinks(output) if has_value else ())}
    seen = picture_graph({output.name or "y": output}, Known(kinks=found))
    return seen if raw else share(seen)


def latex_of(output: Variable) -> str | None:
    """Return the formula of a scalar as LaTeX; None if there is none, or it is too long.

    Leaves without a name are named x, or x1, x2 and so on.
    """
    from autodiff_cli.emit.text.latex import latex
    from autodiff_cli.symbolic import terms_of
    from autodiff_cli.symbolic.rewrite import new_algebra

    calls = reachable([output])[::-1]
    scalar = all(isinstance(v.operation, Operation) and not v.shape for v in calls)
    leaves = dict.fromkeys(
        x for v in calls for x in v.inputs if isinstance(x, Variable) and x.operation is None
    )
    if not calls or len(calls) > MOST_CALLS or not scalar or any(x.shape for x in leaves):
        return None
    algebra: Any = new_algebra()
    nameless = [x for x in leaves if x.name is None]
    names = _free_names({x.name for x in leaves}, single=len(nameless) == 1)
    known = {x: algebra.symbol(name) for x, name in zip(nameless, names, strict=False)}
    (term,) = terms_of(algebra, [output], known)
    try:
        return f"${latex(algebra, term)}$"
    except AdiffError:
        return None


def _free_names(taken: set[str | None], single: bool) -> Iterator[str]:
    """Yield names that are not in use."""
    first = ["x"] if single else []
    numbered = (f"x{i}" for i in itertools.count(1))
    return (name for name in itertools.chain(first, numbered) if name not in taken)
