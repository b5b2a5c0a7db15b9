"""Sampled curves: where they break, where they are smooth, and how close to straight they are."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

import autodiff_cli
from autodiff_cli.derive.curves import Samples, sample


def sampled(text: str, low: float, high: float) -> Samples:
    """Return the samples of an expression in x, and of its derivative."""
    function = autodiff_cli.compile(text)

    def rows(t: np.ndarray) -> np.ndarray:
        value, slopes = function(t)
        return np.array([value, slopes["x"]])

    return sample(rows, low, high)


# What is broken where, from the definitions of the functions.
BREAKS = {
    "x**2": (-1, 1, []),
    "abs(x - 1)": (-2, 2, []),
    "exp(-1e4*x**2)": (-100, 100, []),
    "tanh(1e6*x)": (-1, 1, []),
    "sin(1000*x)": (-3, 3, []),
    "1/x": (-2, 3, [("pole", 0.0)]),
    "1/x**2": (-2, 2, [("pole", 0.0)]),
    "1/(x**2 - 2)": (-2, 2, [("pole", -math.sqrt(2)), ("pole", math.sqrt(2))]),
    "tan(x)": (-2, 5, [("pole", -math.pi / 2), ("pole", math.pi / 2), ("pole", 3 * math.pi / 2)]),
    "gamma(x)": (-2.5, 2, [("pole", -2.0), ("pole", -1.0), ("pole", 0.0)]),
    "floor(x)": (-1.5, 2.5, [("jump", -1.0), ("jump", 0.0), ("jump", 1.0), ("jump", 2.0)]),
    "sign(x)": (-1, 1.5, [("jump", 0.0)]),
    "x/abs(x)": (-1, 1, [("jump", 0.0)]),
    "where(x < 0.3, x, x + 1)": (-1, 1, [("jump", 0.3)]),
    "sin(x)/x": (-5, 5, [("hole", 0.0)]),
    "5 if x == 0 else x": (-1, 1, [("hole", 0.0)]),
    "sqrt(x)": (-1, 2, [("edge", 0.0)]),
    "log(x)": (-1, 2, [("edge", 0.0)]),
    "acos(x)": (-2, 2, [("edge", -1.0), ("edge", 1.0)]),
    "exp(1/x)": (0.0001, 1, [("edge", 1 / math.log(np.finfo(float).max))]),
}


@pytest.mark.parametrize("text", BREAKS)
def test_breaks_are_found_where_they_are(text: str) -> None:
    low, high, expected = BREAKS[text]
    found = sampled(text, low, high).breaks[0]
    assert [place.kind for place in found] == [kind for kind, _ in expected]
    assert [place.at for place in found] == pytest.approx([at for _, at in expected], abs=1e-9)


# Where the derivative jumps although the function does not.
KINKS = {
    "abs(x - 1)": [1.0],
    "x*abs(x - 1)": [1.0],
    "max(x, x**2)": [0.0, 1.0],
    "abs(sin(x))": [0.0],
    "relu(x) - relu(-x)": [],
    "x**3": [],
}


@pytest.mark.parametrize("text", KINKS)
def test_kinks_are_jumps_of_the_derivative(text: str) -> None:
    samples = sampled(text, -1.7, 2.3)
    assert samples.breaks[0] == ()
    places = [place for place in samples.breaks[1] if place.kind == "jump"]
    assert [place.at for place in places] == pytest.approx(KINKS[text], abs=1e-9)


def test_no_line_crosses_a_break() -> None:
    for text, (low, high, expected) in BREAKS.items():
        samples = sampled(text, low, high)
        for kind, at in expected:
            crossing = [t for t, _ in samples.pieces(0) if t[0] < at - 1e-9 and t[-1] > at + 1e-9]
            assert bool(crossing) == (kind == "hole"), text


def test_the_value_at_a_jump_is_no_part_of_a_curve() -> None:
    # The derivative of abs is 0 at 0 by convention, which would be drawn as a line from -1.
    (_, left), (_, right) = sampled("abs(x - 0.7)", -1, 2).pieces(1)
    assert set(left) == {-1.0}
    assert set(right) == {1.0}


@pytest.mark.parametrize(
    ("text", "function"),
    [("sin(5*x)", lambda x: mpmath.sin(5 * x)), ("exp(-9*x**2)", lambda x: mpmath.exp(-9 * x**2))],
)
def test_straight_lines_between_samples_are_near_the_curve(text: str, function: object) -> None:
    samples = sampled(text, -3, 3)
    places = np.linspace(-3, 3, 1237)
    drawn = np.interp(places, samples.t, samples.rows[0])
    exact = [float(function(x)) for x in places]  # type: ignore[operator]
    # A curve of height 2 on 480 dots: a thousandth of the height is half a dot.
    assert np.abs(drawn - exact).max() < 2e-3


def test_a_window_leaves_out_what_is_next_to_a_pole() -> None:
    low, high = sampled("1/x", -1, 1).windows[0] or (0.0, 0.0)
    assert -200 < low < -5
    assert 5 < high < 200
    # A peak that is finite is shown whole, however narrow.
    assert sampled("exp(-1e4*x**2)", -100, 100).windows[0] == (0.0, 1.0)
    assert sampled("log(-1 - x**2)", -1, 1).windows[0] is None
