"""Draw charts and contours with matplotlib, as PNG, SVG or PDF."""

from __future__ import annotations

import io
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from autodiff_cli.emit.plot.chart import Chart, Contour, Line
from autodiff_cli.errors import MissingExtraError

__all__ = ["FORMATS", "Theme", "to_picture"]

FORMATS = (".png", ".svg", ".pdf")

Theme: TypeAlias = Literal["light", "dark", "print"]


class _Colors(NamedTuple):
    paper: str
    ink: str
    grid: str
    lines: tuple[str, ...]
    map: str


# The first colors of Okabe and Ito's palette, which everybody can tell apart, lighter on dark.
_THEMES = {
    "light": _Colors(
        "white", "#111827", "#e5e7eb", ("#0072b2", "#d55e00", "#009e73", "#cc79a7"), "viridis"
    ),
    "dark": _Colors(
        "#111827", "#e5e7eb", "#374151", ("#56b4e9", "#e69f00", "#2dd4a7", "#f0a6cf"), "viridis"
    ),
    "print": _Colors("white", "black", "#dddddd", ("black", "#555555", "#888888"), "Greys"),
}

_STYLES = {"solid": "-", "dashed": "--", "dotted": ":"}
_CYCLE = ("-", "--", "-.", ":")


def to_picture(chart: Chart | Contour, suffix: str, theme: Theme) -> bytes:
    """Return the content of a picture file with a chart.

    Parameters
    ----------
    suffix
        One of `FORMATS`.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator
    except ImportError as error:
        raise MissingExtraError(
            "plots in files need matplotlib", 'pip install "autodiff-cli[plot]"'
        ) from error
    colors = _THEMES[theme]
    settings: Any = {
        "svg.hashsalt": "adiff",
        "svg.fonttype": "path",
        "axes.edgecolor": colors.ink,
        "axes.labelcolor": colors.ink,
        "axes.titlecolor": colors.ink,
        "xtick.color": colors.ink,
        "ytick.color": colors.ink,
        "text.color": colors.ink,
        "legend.facecolor": colors.paper,
        "legend.edgecolor": colors.grid,
        "axes.facecolor": colors.paper,
        "text.parse_math": False,
    }
    with mpl.rc_context(settings):
        figure = Figure(figsize=(7.2, 4.8), layout="constrained", facecolor=colors.paper)
        axes = figure.add_subplot()
        axes.set_title(chart.title, fontsize=12)
        axes.set_xlabel(chart.x_label)
        axes.set_ylabel(chart.y_label)
        if isinstance(chart, Chart):
            _draw_lines(axes, chart, colors, theme)
        else:
            _draw_contour(figure, axes, chart, colors, MaxNLocator)
        content = io.BytesIO()
        figure.savefig(
            content, format=suffix[1:], dpi=150, metadata=_METADATA.get(suffix), facecolor="auto"
        )
    return content.getvalue()


_METADATA: dict[str, Any] = {
    ".svg": {"Date": None, "Creator": "adiff"},
    ".pdf": {"CreationDate": None, "Creator": "adiff"},
}
"""Without the date, so that the same plot is the same file."""


def _draw_lines(axes: Any, chart: Chart, colors: _Colors, theme: Theme) -> None:
    axes.grid(color=colors.grid, linewidth=0.8)
    axes.set_axisbelow(True)
    if chart.x_range[0] < 0.0 < chart.x_range[1]:
        axes.axvline(0.0, color=colors.ink, linewidth=0.6)
    if chart.y_range[0] < 0.0 < chart.y_range[1]:
        axes.axhline(0.0, color=colors.ink, linewidth=0.6)
    for k, line in enumerate(chart.lines):
        x, y = _with_gaps(line)
        style = _CYCLE[k % len(_CYCLE)] if theme == "print" else _STYLES[line.style]
        color = colors.lines[k % len(colors.lines)]
        axes.plot(x, y, style, color=color, linewidth=1.8, label=line.label)
    for kind, label in dict.fromkeys((mark.kind, mark.label) for mark in chart.marks):
        marks = [mark for mark in chart.marks if mark.label == label]
        axes.plot(
            [mark.x for mark in marks],
            [mark.y for mark in marks],
            "D" if kind == "kink" else "o",
            color=colors.ink,
            markerfacecolor=colors.ink if kind == "point" else colors.paper,
            markersize=6,
            label=label,
            zorder=3,
        )
    # Equal units widen one of the ranges, which fixed limits would forbid with a warning.
    auto = None if chart.in_plane else False
    axes.set_xlim(*chart.x_range, auto=auto)
    axes.set_ylim(*chart.y_range, auto=auto)
    if chart.in_plane:
        axes.set_aspect("equal", adjustable="datalim")
    if len(chart.lines) + len(chart.marks) > 1:
        axes.legend(framealpha=0.9)


def _with_gaps(line: Line) -> tuple[Any, Any]:
    """Return the columns of a line with nan between pieces, where matplotlib draws nothing."""
    gap = np.array([np.nan])
    columns = []
    for k in range(2):
        parts = [part for piece in line.pieces for part in (piece[k], gap)]
        columns.append(np.concatenate(parts[:-1]) if parts else gap)
    return columns[0], columns[1]


def _draw_contour(figure: Any, axes: Any, chart: Contour, colors: _Colors, locator: Any) -> None:
    finite = chart.z[np.isfinite(chart.z)]
    low, high = np.quantile(finite, [0.02, 0.98])
    if (float(finite.max()) - float(finite.min())) < 20.0 * (high - low):
        low, high = finite.min(), finite.max()
    if not low < high:
        low, high = low - 0.5, high + 0.5
    levels = locator(14).tick_values(float(low), float(high))
    z = np.ma.masked_invalid(np.clip(chart.z, levels[0], levels[-1]))
    filled = axes.contourf(chart.x, chart.y, z, levels=levels, cmap=colors.map)
    axes.contour(chart.x, chart.y, z, levels=levels, colors=colors.ink, linewidths=0.4)
    bar = figure.colorbar(filled, ax=axes)
    bar.set_label("f")
    x, y, u, v = chart.arrows
    length = np.hypot(u, v)
    drawn = np.isfinite(length) & (length > 0.0)
    if drawn.any():
        # All arrows have one length: those near a pole would hide all others.
        axes.quiver(
            x[drawn],
            y[drawn],
            u[drawn] / length[drawn],
            v[drawn] / length[drawn],
            color="white" if colors.map == "viridis" else "black",
            edgecolor="black",
            linewidth=0.3,
            pivot="mid",
            width=0.0035,
            scale=28,
        )
