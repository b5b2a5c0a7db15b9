"""Evaluation traces as text: aligned for people, separated by tabs or commas, and as LaTeX."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autodiff_cli.emit.text.latex import symbol
from autodiff_cli.emit.text.operation_text import operation_latex, operation_text
from autodiff_cli.engine.values import Value
from autodiff_cli.graph.evaluation import Evaluation, TraceLine
from autodiff_cli.language.format import number

__all__ = ["aligned", "comma_separated", "elided", "formula_of", "latex_array", "tab_separated"]

MOST_ELEMENTS = 6
"""The largest number of elements of a tensor that is shown in full."""

SHOWN_FIRST = 3
"""The number of elements shown of a larger one, besides the last."""

FEW_DIGITS = 6
"""The number of digits shown where a table with all digits does not fit."""

GAP = "  "


def elided(value: Value, digits: int | None = None) -> str:
    """Return the text of a number or tensor; of a large tensor only some elements.

    Examples
    --------
    >>> elided(np.array([1.0, 2.0]))
    '[1, 2]'
    >>> elided(np.arange(12.0).reshape(3, 4))
    '3x4 [0, 1, 2, …, 11]'
    """
    array = np.asarray(value)
    if array.size <= MOST_ELEMENTS:
        return number(value, digits)
    flat = [number(x, digits) for x in (*array.flat[:SHOWN_FIRST], array.flat[array.size - 1])]
    size = "x".join(map(str, array.shape))
    return f"{size} [{', '.join(flat[:-1])}, …, {flat[-1]}]"


def formula_of(line: TraceLine) -> str:
    """Return the formula of a line in terms of earlier lines; for a variable, its name."""
    if line.call is None:
        return line.name
    operands = [x if isinstance(x, str) else elided(x) for x in line.operands]
    return operation_text(line.call.operation, operands, line.call.params)


def _headings(trace: Evaluation, texts: Mapping[str, str] | None) -> list[str]:
    last = ["adjoint"] if trace.mode == "reverse" else [f"d/d{name}" for name in trace.sweeps]
    return ["name", "operation", "value", "partials", *last, *(["text"] if texts else [])]


def _derivatives(trace: Evaluation, line: TraceLine) -> list[Value | None]:
    if trace.mode == "reverse":
        return [line.adjoint]
    return [line.tangents.get(name) for name in trace.sweeps]


def _rows(
    trace: Evaluation, texts: Mapping[str, str] | None, digits: int | None, *, full: bool
) -> list[list[str]]:
    """Return the cells of each line; a derivative that does not exist has an empty cell."""

    def shown(value: Value | None) -> str:
        if value is None:
            return ""
        return number(value, digits) if full else elided(value, digits)

    return [
        [
            line.name,
            "" if line.call is None else formula_of(line),
            shown(line.value),
            ", ".join(f"{name}: {shown(value)}" for name, value in line.partials.items()),
            *map(shown, _derivatives(trace, line)),
            *([texts.get(line.name, "")] if texts else []),
        ]
        for line in trace.lines
    ]


def tab_separated(
    trace: Evaluation, texts: Mapping[str, str] | None = None, digits: int | None = None
) -> str:
    """Return a trace as lines of cells separated by tabs, without headings, with all elements."""
    rows = _rows(trace, texts, digits, full=True)
    return "".join("\t".join(row) + "\n" for row in rows)


def comma_separated(
    trace: Evaluation, texts: Mapping[str, str] | None = None, digits: int | None = None
) -> str:
    """Return a trace as CSV with headings."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_headings(trace, texts))
    writer.writerows(_rows(trace, texts, digits, full=True))
    return file.getvalue()


def aligned(
    trace: Evaluation,
    texts: Mapping[str, str] | None = None,
    digits: int | None = None,
    width: int | None = None,
) -> str:
    """Return a trace as a table, or as a list of the cells of each line if a table does not fit.

    Parameters
    ----------
    texts
        For each line the part of the expression that it comes from, if it is to be shown.
    digits
        The number of digits; if not given, all, or fewer if the table fits then.
    width
        The width in columns; None if it is not limited.
    """
    headings = _headings(trace, texts)
    tries = list(dict.fromkeys((digits, FEW_DIGITS if digits is None else digits)))
    tables = (_table(headings, _rows(trace, texts, few, full=False)) for few in tries)
    lists = (_listed(trace, texts, few) for few in tries)
    for lines in (*tables, *lists):
        if width is None or max(map(len, lines)) <= width:
            break
    return "\n".join(lines) + "\n"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    cells = [headings, *rows]
    # Empty columns are left out.
    kept = [k for k in range(len(headings)) if any(row[k] for row in rows)]
    widths = {k: max(len(row[k]) for row in cells) for k in kept}
    return [GAP.join(f"{row[k]:{widths[k]}}" for k in kept).rstrip() for row in cells]


def _listed(trace: Evaluation, texts: Mapping[str, str] | None, digits: int | None) -> list[str]:
    headings, found = _headings(trace, texts), []
    partial = headings.index("partials")
    for line, row in zip(trace.lines, _rows(trace, texts, digits, full=False), strict=True):
        cells = dict(zip(headings[2:partial], row[2:partial], strict=True))
        cells |= {f"∂/∂{name}": elided(p, digits) for name, p in line.partials.items()}
        cells |= dict(zip(headings[partial + 1 :], row[partial + 1 :], strict=True))
        found.append(f"{row[0]} = {row[1]}" if row[1] else row[0])
        width = max(map(len, cells))
        found += [f"{GAP}{heading:{width}}{GAP}{cell}" for heading, cell in cells.items() if cell]
    return found


# --- LaTeX ---------------------------------------------------------------------------------------


def latex_array(
    trace: Evaluation, texts: Mapping[str, str] | None = None, digits: int | None = None
) -> str:
    r"""Return a trace as an array for amsmath: ``\bar{v}_{1}`` is an adjoint."""
    titles = [r"\text{value}", r"\text{local partials}"]
    if trace.mode == "reverse":
        titles.append(r"\text{adjoint}")
    else:
        titles += [rf"\mathrm{{d}}/\mathrm{{d}}{_entry(name)}" for name in trace.sweeps]
    if texts:
        titles.append(r"\text{from}")
    rows = [
        " & ".join([_equation(line), *_latex_cells(trace, line, digits), *_from(line, texts)])
        for line in trace.lines
    ]
    columns, body = "l" * (len(titles) + 1), " \\\\\n".join(rows)
    head = f" & {' & '.join(titles)} \\\\ \\hline"
    return f"\\begin{{array}}{{{columns}}}\n{head}\n{body}\n\\end{{array}}\n"


def _from(line: TraceLine, texts: Mapping[str, str] | None) -> list[str]:
    if not texts:
        return []
    escaped = re.sub(r"([&%$#_{}])", r"\\\1", texts.get(line.name, "").replace("\\", " "))
    escaped = escaped.replace("^", r"\^{}").replace("~", r"\~{}")
    return [rf"\texttt{{{escaped}}}" if escaped else ""]


def _equation(line: TraceLine) -> str:
    if line.call is None:
        return symbol(line.name)
    operands = [symbol(x) if isinstance(x, str) else _latex_value(x, None) for x in line.operands]
    text = operation_latex(line.call.operation, operands, line.call.params)
    return f"{symbol(line.name)} = {text}"


def _latex_cells(trace: Evaluation, line: TraceLine, digits: int | None) -> list[str]:
    own = symbol(line.name)
    partials = ",\\; ".join(
        rf"\frac{{\partial {own}}}{{\partial {symbol(name)}}} = {_latex_value(value, digits)}"
        for name, value in line.partials.items()
    )
    derivatives: list[Any] = _derivatives(trace, line)
    cells = ["" if d is None else _latex_value(d, digits) for d in derivatives]
    if trace.mode == "reverse" and cells[0]:
        cells = [rf"{_barred(own)} = {cells[0]}"]
    return [_latex_value(line.value, digits), partials, *cells]


def _barred(text: str) -> str:
    stem, underscore, index = text.partition("_{")
    return rf"\bar{{{stem}}}{underscore}{index}"


def _entry(name: str) -> str:
    """Return an element of a variable as LaTeX."""
    stem, bracket, index = name.partition("[")
    inside = f"_{{{index.removesuffix(']')}}}" if bracket else ""
    own = symbol(stem)
    return f"{{{own}}}{inside}" if inside else own


def _latex_value(value: Value, digits: int | None) -> str:
    text = elided(value, digits).replace("…", r"\ldots").replace("x", r"\times ")
    text = re.sub(r"e([+-]?)0*(\d+)", lambda e: rf" \cdot 10^{{{e[1].strip('+')}{e[2]}}}", text)
    return text.replace("inf", r"\infty").replace("nan", r"\mathrm{nan}")
