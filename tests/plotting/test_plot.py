"""Plots as data: which curves, marks and ranges there are, and what files hold."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

import autodiff_cli
from autodiff_cli.emit.plot.characters import ticks, to_characters
from autodiff_cli.emit.plot.chart import Chart, Contour, Line


def chart(*arguments: object, **options: object) -> Chart:
    found = autodiff_cli.plot(*arguments, **options).chart  # type: ignore[arg-type]
    assert isinstance(found, Chart)
    return found


def test_function_and_derivatives_are_curves() -> None:
    found = chart("x**3 - 3*x", {"x": (-2, 2)}, order=2)
    assert [line.label for line in found.lines] == ["f", "∂f/∂x", "∂²f/∂x²"]
    # From a textbook: the derivatives are 3x² - 3 and 6x.
    for line, exact in zip(
        found.lines, (lambda x: x**3 - 3 * x, lambda x: 3 * x**2 - 3, lambda x: 6 * x), strict=True
    ):
        ((x, y),) = line.pieces
        assert y == pytest.approx(exact(x), abs=1e-12)


def test_outputs_are_curves_named_as_written() -> None:
    found = chart("sin(x), cos(x)", {"x": (0, 1)}, order=1)
    assert [line.label for line in found.lines] == [
        "sin(x)",
        "cos(x)",
        "sin(x), ∂f/∂x",
        "cos(x), ∂f/∂x",
    ]


def test_a_circle_is_round() -> None:
    found = chart("cos(t), sin(t)", {"t": (0, 2 * math.pi)}, parametric=True)
    ((x, y),) = found.lines[0].pieces
    assert np.hypot(x, y) == pytest.approx(1.0)
    assert found.in_plane
    drawn = to_characters(found, 80, 24, colored=False).splitlines()[1:-2]
    inside = [row.partition("│" if "│" in row else "┤")[2].rstrip() for row in drawn]
    inked = [row for row in inside if row.strip("⠀ ")]
    wide = max(len(row) for row in inked) - min(len(row) - len(row.lstrip("⠀ ")) for row in inked)
    # A character is twice as high as it is wide.
    assert wide == pytest.approx(2 * len(inked), abs=2)


def test_a_slender_curve_fills_the_picture() -> None:
    assert chart("t, 5*sin(t)", {"t": (0, 6)}, parametric=True).in_plane
    assert not chart("t, 100*t**2", {"t": (0, 6)}, parametric=True).in_plane


def test_tangent_and_taylor_polynomial() -> None:
    found = chart("exp(x)", {"x": (-1, 1)}, tangents=[0], degree=3)
    _, tangent, cubic = found.lines
    assert (tangent.style, cubic.style) == ("dashed", "dotted")
    ((x, y),) = tangent.pieces
    assert y == pytest.approx(1 + x)
    ((x, y),) = cubic.pieces
    assert y == pytest.approx(1 + x + x**2 / 2 + x**3 / 6)
    assert [(mark.x, mark.y) for mark in found.marks] == [(0.0, 1.0)]


def test_kinks_and_holes_are_marked() -> None:
    found = chart("abs(x - 1) + sin(x)/x", {"x": (-2, 2)})
    marks = {mark.kind: (mark.x, mark.y) for mark in found.marks}
    assert marks["kink"] == pytest.approx((1.0, math.sin(1)))
    assert marks["hole"] == pytest.approx((0.0, 2.0), abs=1e-6)
    assert not chart("abs(x)**3", {"x": (-1, 1)}).marks


def test_many_kinks_have_one_line_in_the_legend() -> None:
    found = chart("abs(sin(9*x))", {"x": (-2, 2)})
    assert len(found.marks) == 11
    assert {mark.label for mark in found.marks} == {"kinks"}


def test_expressions_of_arrays_are_plotted_too() -> None:
    found = chart("norm([x, 3])", {"x": (-1, 1)})
    ((x, y),) = found.lines[0].pieces
    assert y == pytest.approx(np.hypot(x, 3))
    found = chart("sum(v*x)", {"x": (0, 1)}, {"v": [1, 2]})
    assert found.lines[0].pieces[0][1][-1] == 3.0


def test_a_contour_has_the_gradient() -> None:
    found = autodiff_cli.plot("x**2 + 3*y", {"x": (-1, 1), "y": (0, 2)}).chart
    assert isinstance(found, Contour)
    x, y = np.meshgrid(found.x, found.y)
    assert found.z == pytest.approx(x**2 + 3 * y)
    across, _, gx, gy = found.arrows
    assert gx / gy == pytest.approx(2 * across / 3)


def test_a_contour_has_no_gap_where_a_singularity_is_removable() -> None:
    found = autodiff_cli.plot("sin(x)/x*y", {"x": (-1, 1), "y": (0, 2)}).chart
    assert isinstance(found, Contour)
    assert np.isfinite(found.z).all()


def test_files_hold_the_plot(tmp_path: Path) -> None:
    plot = autodiff_cli.plot("tan(x)", {"x": (-2, 2)}, order=1, title="a < b & $c$")
    for suffix, start in ((".png", b"\x89PNG"), (".pdf", b"%PDF")):
        plot.save(tmp_path / f"plot{suffix}")
        assert (tmp_path / f"plot{suffix}").read_bytes().startswith(start)
    for theme, paper in (("dark", "#111827"), ("print", "#ffffff")):
        plot.save(tmp_path / "plot.svg", theme)  # type: ignore[arg-type]
        content = (tmp_path / "plot.svg").read_text(encoding="utf-8")
        assert ET.fromstring(content).tag.endswith("svg")
        assert f"fill: {paper}" in content
    plot.save(tmp_path / "again.svg", "print")
    assert (tmp_path / "again.svg").read_text(encoding="utf-8") == content


def test_pictures_are_drawn_in_silence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    circle = autodiff_cli.plot("cos(t), sin(t)", {"t": (0, 7)}, parametric=True)
    circle.save(tmp_path / "circle.svg")
    # The gradient at the pole is infinite, and its direction inf/inf.
    autodiff_cli.plot("1/(x*y)", {"x": (-2, 2), "y": (-1, 3)}).save(tmp_path / "poles.svg")
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_a_contour_is_drawn(tmp_path: Path) -> None:
    plot = autodiff_cli.plot("log(x**2 + y**2)", {"x": (-1, 1), "y": (0, 2)})
    plot.save(tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in plot._repr_svg_()
    # A constant has no gradient, and levels all the same.
    autodiff_cli.plot("2 + 0*x*y", {"x": (-1, 1), "y": (0, 2)}).save(tmp_path / "flat.png")


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (-2.5, 2.5, 6, [-2, -1, 0, 1, 2]),
        (0.1, 0.9, 4, [0.2, 0.4, 0.6, 0.8]),
        (1.5e-9, 3.5e-9, 2, [2e-9, 3e-9]),
    ],
)
def test_ticks_are_round(low: float, high: float, most: int, expected: list[float]) -> None:
    assert ticks((low, high), most) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("colored", [False, True])
@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_characters_fit_the_terminal(width: int, colored: bool) -> None:
    found = chart("1e6*x + 3", {"x": (-2, 3)}, order=1)
    lines = to_characters(found, width, 24, colored=colored).splitlines()
    plain = [line for line in lines if "\x1b" not in line]
    assert len(lines) <= 24
    assert all(len(line) <= max(width, 26) for line in plain)
    assert any("\x1b" in line for line in lines) == colored


def test_lines_far_outside_of_the_window_are_cut_off_at_its_edge() -> None:
    x = np.array([-1e9, 1e9])
    steep = Line("f", [(x, x)])
    found = Chart("", "x", "", (-1.0, 1.0), (-1.0, 1.0), [steep])
    drawn = to_characters(found, 40, 16, colored=False).splitlines()
    assert drawn[1].rstrip()[-1] not in "│⠀"
    assert drawn[-3].strip(" │⠀")
