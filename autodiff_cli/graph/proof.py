"""Prove the digits of results by evaluating graphs in balls with increasing precision."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, arb_series
from numpy.typing import NDArray

from autodiff_cli.engine import Variable, value_of
from autodiff_cli.engine.variable import reachable
from autodiff_cli.graph.ball_arithmetic import NAN, as_ball, constant_part
from autodiff_cli.graph.balls import (
    FIRST_BITS,
    MOST_LENGTH,
    Balls,
    KnownNumbers,
    NoBallsError,
    Value,
    precision,
)
from autodiff_cli.graph.rounding import nearest_decimal, nearest_float
from autodiff_cli.progress import advance

__all__ = ["Proof", "certain_digits", "of_numbers", "prove", "prove_series", "unproven"]

MOST_BITS = 4096
"""The precision in bits beyond which a computation is abandoned."""

MANY_BITS = 2048
"""The first precision in bits above which the computation starts with fewer bits."""

HOPELESS_BITS = 512
"""The same limit where the float64 result is not a number either."""

MOST_WORK = 3_000_000
"""The limit of work, in operations on balls of 512 bits."""

BITS_OF_A_DIGIT = math.log2(10.0)

Known = Mapping[Variable, Callable[[], Value]]
"""Functions that return the exact numbers of leaves whose float64 value is rounded."""


@dataclass
class Proof:
    """The elements of an answer, and whether they are proven.

    Attributes
    ----------
    values
        For each element the float64 nearest to the true value if proven, else the float64 result.
    proven
        Whether each element is proven.
    balls
        The last ball of each element, or its rational value.
    texts
        Each element rounded to the requested digits; None if none were requested.
    assumed
        The calls whose choice was undecidable in balls and was taken from float64.
    too_long
        Whether the proof failed because an intermediate number exceeds `MOST_LENGTH` bits.
    bits
        The number of bits of the balls; 0 if none were computed.
    """

    values: NDArray[Any]
    proven: NDArray[Any]
    balls: NDArray[Any]
    texts: NDArray[Any] | None = None
    assumed: Sequence[Variable] = ()
    too_long: bool = False
    bits: int = 0


def prove(
    targets: Sequence[Variable],
    known: Known,
    digits: int | None = None,
    rounded: Sequence[Any] | None = None,
) -> list[Proof]:
    """Return the correctly rounded value of each element of some Variables.

    Parameters
    ----------
    targets
        Variables of one graph, which holds float64 values.
    digits
        The number of significant digits; those of float64 if not given.
    rounded
        The float64 result of each target, if it differs from the value in the graph.
    """
    values = map(value_of, targets) if rounded is None else rounded
    proofs = [unproven(value, digits) for value in values]
    size = sum(v.size for v in reachable(targets))
    _run(proofs, known, lambda balls: [balls[y] for y in targets], size, digits)
    return proofs


def prove_series(
    y: Variable,
    directions: Mapping[Variable, Any],
    rounded: Sequence[float],
    known: Known,
    digits: int | None = None,
    *,
    orders: Sequence[int],
    derivatives: bool = False,
) -> Proof:
    """Return correctly rounded Taylor coefficients of a scalar along a line through the leaves.

    Parameters
    ----------
    directions
        The tangent of each leaf: a number, an array of its shape, or a function that returns one.
    orders
        The orders of the requested coefficients.
    rounded
        The float64 results for these coefficients.
    derivatives
        Whether to multiply each coefficient by the factorial of its order.
    """
    proof = unproven(np.array(rounded, float), digits)

    def along(x: Variable, direction: Any) -> Callable[[], Value]:
        def line() -> Value:
            speed = direction() if callable(direction) else direction
            return _line(known[x](), speed) if x in known else NAN

        return line

    moving = {**known, **{x: along(x, direction) for x, direction in directions.items()}}

    def attempt(balls: Balls) -> list[Value]:
        series = balls[y]
        found = np.empty(len(orders), object)
        for place, k in enumerate(orders):
            c = _coefficient(series, k)
            found[place] = c * arb(k).fac() if derivatives else c
        return [found]

    terms = max(orders) + 1
    size = terms * sum(v.size for v in reachable([y]))
    _run([proof], moving, attempt, size, digits, terms)
    return proof


def _line(x: Value, direction: Any) -> Value:
    if not isinstance(x, np.ndarray):
        return arb_series([as_ball(x), as_ball(direction)])
    line = np.empty(x.shape, object)
    speeds = np.asarray(direction, object)
    for place in np.ndindex(*x.shape):
        line[place] = arb_series([as_ball(x[place]), as_ball(speeds[place])])
    return line


def _coefficient(series: Value, k: int) -> Any:
    value = as_ball(constant_part(series))
    if k == 0:
        return value
    if not value.is_finite():
        # The derivatives of an unknown value are unknown.
        return NAN
    if not isinstance(series, arb_series):
        return arb(0)
    return series[k] if k < series.prec else NAN


def _run(
    proofs: Sequence[Proof],
    known: Known,
    attempt: Callable[[Balls], Sequence[Value]],
    size: int,
    digits: int | None,
    terms: int | None = None,
) -> None:
    """Compute with increasing precision until all elements are proven or a limit is reached."""
    first = FIRST_BITS if digits is None else round(digits * BITS_OF_A_DIGIT) + 64
    # Low precision gives many digits much sooner, in case the rest exceeds the limit.
    bits = first // 16 if first > MANY_BITS else first
    most, assuming, work, raised = max(MOST_BITS, 4 * first), False, 0.0, 1
    while True:
        work += size * (1.0 + bits / 512)
        if work > MOST_WORK or not any(_is_open(proof, raised) for proof in proofs):
            return
        with precision(bits, terms):
            computed = None
            if isinstance(known, KnownNumbers) and bits == FIRST_BITS and not assuming:
                computed = known.computed
            balls = Balls(known, assuming, computed)
            try:
                found = attempt(balls)
            except NoBallsError:
                return
            for proof, value in zip(proofs, found, strict=True):
                _refine(proof, value, digits, certain=not balls.assumed)
                proof.assumed = balls.assumed
                proof.bits = bits
        if digits is not None:
            advance("digit", min(digits, min(map(certain_digits, proofs))), digits)
        if assuming:
            return
        length = balls.length()
        for proof in proofs:
            proof.too_long = length > MOST_LENGTH and not bool(proof.proven.all())
        if 2 * bits < length <= MOST_LENGTH:
            # Reducing such a number modulo pi, for instance, requires all of its bits, and as many
            # again in the library if the number is not exact.
            bits = most = 2 * length + first
            raised = 1
        elif bits < first:
            bits = min(first, 4 * bits + 64)
        elif 2 * bits > most:
            # As a last resort, float64 decides the choices that balls cannot.
            assuming = True
        else:
            bits, raised = 2 * bits, 2 * raised


def certain_digits(proof: Proof) -> int:
    """Return the number of digits that are certain in all elements."""
    balls = proof.balls[~proof.proven]
    bits = [int(x.rel_accuracy_bits()) if type(x) is arb else MOST_BITS for x in balls.ravel()]
    return max(0, int(min(bits) / BITS_OF_A_DIGIT)) if bits else sys.maxsize


def _is_open(proof: Proof, raised: int) -> bool:
    """Return whether some element is not proven yet but may become so."""
    left = ~proof.proven
    if not left.any() or raised * FIRST_BITS <= HOPELESS_BITS:
        return bool(left.any())
    pairs = zip(proof.values[left], proof.balls[left], strict=True)
    return any(math.isfinite(v) or as_ball(x).is_finite() for v, x in pairs)


def unproven(value: Any, digits: int | None) -> Proof:
    """Return the float64 results as a proof in which nothing is proven."""
    values = np.array(value, float)
    texts = None if digits is None else np.full(values.shape, None, object)
    nothing = np.full(values.shape, NAN, object)
    return Proof(values, np.zeros(values.shape, bool), nothing, texts)


def _refine(proof: Proof, value: Value, digits: int | None, certain: bool) -> None:
    found = np.empty(proof.values.shape, object)
    found[()] = value
    for place in np.ndindex(*found.shape):
        if proof.proven[place]:
            continue
        x = proof.balls[place] = found[place]
        nearest = nearest_float(x)
        if nearest is not None:
            proof.values[place] = nearest
        known = nearest is not None
        if digits is not None and proof.texts is not None:
            text = proof.texts[place] = nearest_decimal(x, digits)
            known = text is not None
        proof.proven[place] = certain and known


def of_numbers(
    proof: Proof, numbers: Mapping[tuple[int, ...], Any], digits: int | None = None
) -> None:
    """Return a proof in which some elements are replaced by numbers known by other means."""
    with precision(MOST_BITS if digits is None else round(digits * BITS_OF_A_DIGIT) + MOST_BITS):
        for place, x in numbers.items():
            ball = proof.balls[place] = as_ball(x)
            nearest = nearest_float(x)
            proof.values[place] = float(ball.mid()) if nearest is None else nearest
            proof.proven[place] = nearest is not None
            if digits is not None and proof.texts is not None:
                text = proof.texts[place] = nearest_decimal(x, digits)
                proof.proven[place] = text is not None
