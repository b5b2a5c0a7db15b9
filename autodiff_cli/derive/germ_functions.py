"""Functions of germs, in the words of mpmath and of the language.

What a function is called here is what the operation is called, or its definition in the words of
mpmath (`Metadata.reference`) calls it.  An operation that is regular at the value of its argument
has the Taylor series that its derivative rules give; the functions marked `everywhere` are used at
every value, the others where an operation is not regular, to say what it is in terms of others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from flint import arb, fmpq

from autodiff_cli.derive.germ_numbers import (
    ONE,
    ZERO,
    Angle,
    MoreDigitsError,
    MoreTermsError,
    NoGermError,
    NotRealError,
    Number,
    as_number,
    ball_of,
    is_zero_number,
    settings,
    sign_of_number,
)
from autodiff_cli.derive.germ_taylor import NotRegularError, of_numbers, regular
from autodiff_cli.derive.germs import (
    ESSENTIAL,
    Germ,
    Value,
    constant,
    infinitesimal,
    inverse,
    is_infinite,
    is_zero,
    lifted,
    limit,
    power,
    rough,
    truncated,
)
from autodiff_cli.derive.germs import sign as sign_of
from autodiff_cli.engine import Operation, registry

__all__ = ["apply"]

_Function = TypeVar("_Function", bound=Callable[..., Any])

HALF = fmpq(1, 2)

MOST_POWER = 4096
"""Up to which whole exponent a power is a product."""

_everywhere: set[Any] = set()


def everywhere(function: _Function) -> _Function:
    """Mark a function that is used at every value of its arguments."""
    _everywhere.add(function)
    return function


def apply(op: Operation, args: Sequence[Value], params: Any) -> Value:
    """Return what an operation on single elements makes of numbers and germs.

    Raises
    ------
    GermError
        If it makes none of them.
    """
    function = vars_of_operations().get(op.name)
    if function is not None and function in _everywhere:
        return function(*args, **params)
    if not any(type(x) is Germ for x in args):
        return of_numbers(op, args, params)
    if len(args) == 1:
        try:
            return regular(op, args[0], params)
        except NotRegularError:
            pass
    if function is None:
        function = _defined(op)
    return function(*args, **params)


@cache
def vars_of_operations() -> dict[str, Any]:
    """Return the functions here by the names of their operations."""
    words = {name: f for name, f in globals().items() if callable(f)}
    return words | {name.removesuffix("_"): f for name, f in words.items() if name.endswith("_")}


@cache
def _defined(op: Operation) -> Callable[..., Value]:
    """Return an operation by its definition in terms of others."""
    if not op.facts.reference:
        raise NoGermError("it has no expansion here")
    arguments = ", ".join((*"xyz"[: op.arity], *op.statics))
    words = vars_of_operations() | {"pi": Angle(ZERO, ONE), "nint": round_, "max": maximum}
    words["min"] = minimum
    missing = {name: _by_name(name) for name in registry if name not in words}
    return eval(f"lambda {arguments}: {op.facts.reference}", missing | words)  # type: ignore[no-any-return]


def _by_name(name: str) -> Callable[..., Value]:
    return lambda *args, **params: apply(registry[name], args, params)


def _call(name: str, *args: Value, **params: Any) -> Value:
    return apply(registry[name], args, params)


# --- arithmetic ----------------------------------------------------------------------------------


@everywhere
def add(x: Value, y: Value) -> Value:
    """Return the sum."""
    return _finite(x + y)


@everywhere
def sub(x: Value, y: Value) -> Value:
    """Return the difference; of the same thing and itself exactly 0."""
    return ZERO if x is y and not _is_infinite_number(x) else _finite(x - y)


@everywhere
def mul(x: Value, y: Value) -> Value:
    """Return the product."""
    return _finite(x * y)


@everywhere
def div(x: Value, y: Value) -> Value:
    """Return the quotient; by what is 0 all along there is none."""
    if type(y) is not Germ and is_zero_number(y):
        raise NotRealError
    return _finite(x * inverse(y) if type(y) is Germ else x / y)


@everywhere
def neg(x: Value) -> Value:
    """Return the negative."""
    return -x


@everywhere
def square(x: Value) -> Value:
    """Return the square."""
    return _finite(x * x)


def _is_infinite_number(x: Value) -> bool:
    return type(x) is arb and not x.is_finite()


def _finite(x: Value) -> Value:
    if type(x) is arb and x.is_nan():
        raise NotRealError
    return x


@everywhere
def pow(x: Value, n: Value) -> Value:
    """Return a power."""
    if type(n) is arb:
        n = as_number(n)
    if type(n) in (fmpq, int):
        n = fmpq(n)
        if n.q == 1 and abs(n.p) <= MOST_POWER:
            return _whole_power(x, int(n.p))
        if type(x) is Germ:
            return power(x, n)
    if type(x) is not Germ and type(n) is not Germ:
        if type(x) is fmpq and x == 0:
            if sign_of_number(n) < 0:
                raise NotRealError
            return ZERO
        return of_numbers(registry["pow"], (x, n), {})
    if not is_infinite(x) and type(x) is not Germ and is_zero_number(x):
        if sign_of(n) <= 0:
            raise NotRealError
        return ZERO
    return exp(n * log(x))


def _whole_power(x: Value, n: int) -> Value:
    if n < 0:
        return div(ONE, _whole_power(x, -n))
    y: Value = ONE
    while n:
        if n & 1:
            y = y * x
        n >>= 1
        if n:
            x = x * x
    return _finite(y)


def power_logarithm(x: Value, n: Value, k: int = 1) -> Value:
    """Return ``x**n * log(x)**k``."""
    return pow(x, n) * pow(log(x), fmpq(k))


@everywhere
def sqrt(x: Value) -> Value:
    """Return the square root."""
    return power(x, HALF) if type(x) is Germ else of_numbers(registry["sqrt"], (x,), {})


@everywhere
def cbrt(x: Value) -> Value:
    """Return the cube root, negative for a negative number."""
    if type(x) is not Germ:
        return of_numbers(registry["cbrt"], (x,), {})
    s = sign_of(x)
    return s * power(s * x, fmpq(1, 3)) if s else ZERO


@everywhere
def hypot(x: Value, y: Value) -> Value:
    """Return the length of the hypotenuse."""
    return sqrt(add(square(x), square(y)))


def direction(x: Value, y: Value) -> Value:
    """Return ``x/hypot(x, y)``."""
    return div(x, hypot(x, y))


def one_minus_square(x: Value) -> Value:
    """Return ``1 - x**2``."""
    return sub(ONE, square(x))


# --- decisions -----------------------------------------------------------------------------------


def _compare(x: Value, y: Value) -> int:
    """Return the sign of a difference."""
    if x is y:
        return 0
    for one, other, way in ((x, y, 1), (y, x, -1)):
        if _is_infinite_number(one) and not _is_infinite_number(other):
            return way * (1 if one > 0 else -1)
    if _is_infinite_number(x):
        return 0 if x == y else 1 if x > y else -1
    return sign_of(x - y)


def _truth(holds: bool) -> Number:
    return ONE if holds else ZERO


@everywhere
def less(x: Value, y: Value) -> Number:
    """Return 1 if x is less than y, else 0."""
    return _truth(_compare(x, y) < 0)


@everywhere
def less_equal(x: Value, y: Value) -> Number:
    """Return 1 if x is at most y."""
    return _truth(_compare(x, y) <= 0)


@everywhere
def greater(x: Value, y: Value) -> Number:
    """Return 1 if x is greater than y."""
    return _truth(_compare(x, y) > 0)


@everywhere
def greater_equal(x: Value, y: Value) -> Number:
    """Return 1 if x is at least y."""
    return _truth(_compare(x, y) >= 0)


@everywhere
def equal(x: Value, y: Value) -> Number:
    """Return 1 if x is y."""
    return _truth(_compare(x, y) == 0)


@everywhere
def not_equal(x: Value, y: Value) -> Number:
    """Return 1 if x is not y."""
    return _truth(_compare(x, y) != 0)


@everywhere
def logical_not(x: Value) -> Number:
    """Return 1 if it is 0, else 0."""
    return _truth(is_zero(x))


@everywhere
def logical_and(x: Value, y: Value) -> Number:
    """Return 1 if neither is 0."""
    return _truth(not is_zero(x) and not is_zero(y))


@everywhere
def logical_or(x: Value, y: Value) -> Number:
    """Return 1 unless both are 0."""
    return _truth(not is_zero(x) or not is_zero(y))


@everywhere
def where(condition: Value, x: Value, y: Value) -> Value:
    """Return x where the condition holds, else y."""
    return y if is_zero(condition) else x


@everywhere
def sign(x: Value) -> Number:
    """Return -1, 0 or 1."""
    return fmpq(_compare(x, ZERO))


@everywhere
def abs_(x: Value) -> Value:
    """Return the absolute value."""
    return maximum(x, -x)


@everywhere
def maximum(x: Value, y: Value) -> Value:
    """Return the greater of the two: where no known term tells which, what both have in common."""
    try:
        return y if _compare(x, y) < 0 else x
    except MoreTermsError:
        difference = x - y
        if type(difference) is not Germ or difference.end is None or settings().span < MOST_SPAN:
            raise
        return truncated(lifted(x, difference.rank), difference.end)


MOST_SPAN = 16
"""From how many exponents on two germs that agree are taken to be the same so far."""


@everywhere
def minimum(x: Value, y: Value) -> Value:
    """Return the smaller of the two."""
    return -maximum(-x, -y)


@everywhere
def clip(x: Value, low: Value, high: Value) -> Value:
    """Return the number, or the bound it lies beyond."""
    return minimum(maximum(x, low), high)


@everywhere
def relu(x: Value) -> Value:
    """Return the number if it is positive, else 0."""
    return maximum(x, ZERO)


@everywhere
def floor(x: Value) -> Value:
    """Return the greatest whole number that is not greater."""
    if is_infinite(x):
        if type(x) is not Germ:
            return x
        # What is taken off is between 0 and 1, and jumps.
        return x + rough(x.rank, ZERO, fmpq(1000))
    at = limit(x)
    whole = _floor_of_number(at)
    if is_zero_number(at - whole):
        return whole - 1 if sign_of(x - whole) < 0 else whole
    return whole


def _floor_of_number(x: Number) -> Number:
    if type(x) is fmpq:
        return fmpq(x.floor())
    ball = ball_of(x)
    whole = ball.floor().unique_fmpz()
    if whole is None:
        nearest = (ball + HALF).floor().unique_fmpz()
        if nearest is None or not settings().assuming:
            raise MoreDigitsError
        settings().assumed = True
        whole = nearest
    return fmpq(whole)


@everywhere
def ceil(x: Value) -> Value:
    """Return the smallest whole number that is not smaller."""
    return -floor(-x)


@everywhere
def round_(x: Value) -> Value:
    """Return the nearest whole number; halfway, the even one."""
    up = x + HALF
    whole = floor(up)
    if type(whole) is fmpq and whole.p % 2 and is_zero(up - whole):
        return whole - 1
    return whole


@everywhere
def mod(x: Value, y: Value) -> Value:
    """Return the remainder of a division, with the sign of the divisor."""
    return sub(x, mul(y, floor(div(x, y))))


# --- exponentials and logarithms -----------------------------------------------------------------


@everywhere
def exp(x: Value) -> Value:
    """Return the exponential: of what is infinite, a factor in front of a germ."""
    if type(x) is not Germ:
        if _is_infinite_number(x):
            return arb(0) if x < 0 else x
        return of_numbers(registry["exp"], (x,), {})
    if x.growth is not None and sign_of(x.growth) > 0:
        raise NoGermError(ESSENTIAL)
    if x.growth is None and x.rough is not None and x.rough[0] <= 0:
        raise NoGermError("it oscillates")
    big = [(e, c) for e, c in x.terms if e < 0]
    if big and x.growth is None:
        if x.end is not None and x.end <= 0:
            raise MoreTermsError
        rest = Germ(x.rank, [(e, c) for e, c in x.terms if e >= 0], x.end, x.rough, x.flat)
        factor = exp(rest)
        if x.rank % 2:
            return _power_of_step(x.rank, big) * factor
        growth = Germ(x.rank, big)
        sign_of(growth)
        front = Germ(x.rank, [(ZERO, ONE)], growth=growth)
        return front * factor
    at = constant(x, x.rank)
    if is_infinite(at):
        return exp(at) * exp(infinitesimal(x))
    return regular(registry["exp"], x, {})


def _power_of_step(rank: int, terms: Sequence[Any]) -> Germ:
    """Return ``exp(c/l)``, where l is ``-1/log(h)``: the power -c of h."""
    (e, c), *more = terms
    c = as_number(c) if type(c) is not Germ else c
    if more or e != -1 or type(c) is not fmpq:
        raise NoGermError("a logarithm is raised in the exponent")
    return Germ(rank + 1, [(-c, ONE)])


@everywhere
def log(x: Value, base: int | None = None) -> Value:
    """Return the natural logarithm, or that to a base."""
    if base is not None:
        return log(x) / log(fmpq(base))
    if type(x) is not Germ:
        if _is_infinite_number(x) and x > 0:
            return x
        if sign_of_number(x) <= 0:
            raise NotRealError
        return of_numbers(registry["log"], (x,), {})
    if sign_of(x) <= 0:
        raise NotRealError
    first, c = x.leading()
    if first == 0 and x.growth is None and type(c) is not Germ:
        return regular(registry["log"], x, {})
    y = log(c)
    if first != 0:
        if x.rank % 2:
            raise NoGermError("it has a logarithm of a logarithm")
        y = y - first * Germ(x.rank - 1, [(fmpq(-1), ONE)])
    if x.growth is not None:
        y = y + x.growth
    bare = Germ(x.rank, x.terms, x.end, x.rough, x.flat)
    rest = bare * inverse(Germ(x.rank, [(first, c)])) - ONE
    return y + (regular(registry["log1p"], rest, {}) if type(rest) is Germ else ZERO)


@everywhere
def log2(x: Value) -> Value:
    """Return the logarithm to base 2."""
    return log(x, 2) if type(x) is Germ else of_numbers(registry["log2"], (x,), {})


@everywhere
def log10(x: Value) -> Value:
    """Return the logarithm to base 10."""
    return log(x, 10) if type(x) is Germ else of_numbers(registry["log10"], (x,), {})


def log1p(x: Value) -> Value:
    """Return ``log(1 + x)``."""
    return log(ONE + x)


def expm1(x: Value) -> Value:
    """Return ``exp(x) - 1``."""
    return exp(x) - ONE


def exp2(x: Value) -> Value:
    """Return 2 to the power of x."""
    return exp(x * log(fmpq(2)))


# --- circular and hyperbolic functions -----------------------------------------------------------


def _oscillation(x: Value) -> Germ:
    """Return what is only known to lie between -1 and 1 where a phase is infinite."""
    if type(x) is not Germ or x.growth is not None or x.rank % 2:
        rank = x.rank + x.rank % 2 if type(x) is Germ else 2
        return rough(rank, ZERO, fmpq(1000))
    first, c = x.leading()
    if first >= 0:
        return _oscillation(c)
    return rough(x.rank, ZERO, ONE - first)


def sin(x: Value) -> Value:
    """Return the sine of what is infinite."""
    return _oscillation(x)


def cos(x: Value) -> Value:
    """Return the cosine of what is infinite."""
    return _oscillation(x)


def tan(x: Value) -> Value:
    """Return the tangent."""
    return div(_call("sin", x), _call("cos", x))


def sec(x: Value) -> Value:
    """Return the secant."""
    return div(ONE, _call("cos", x))


def csc(x: Value) -> Value:
    """Return the cosecant."""
    return div(ONE, _call("sin", x))


def cot(x: Value) -> Value:
    """Return the cotangent."""
    return div(_call("cos", x), _call("sin", x))


def sinc(x: Value) -> Value:
    """Return ``sin(x)/x`` where x is infinite."""
    return div(_call("sin", x), x)


def asin(x: Value) -> Value:
    """Return the arc sine beside -1 and 1."""
    s = sign_of(x)
    return s * (Angle(ZERO, HALF) - 2 * _call("asin", _half_of_rest(s * x)))


def acos(x: Value) -> Value:
    """Return the arc cosine beside -1 and 1."""
    s = sign_of(x)
    y = 2 * _call("asin", _half_of_rest(s * x))
    return y if s > 0 else Angle(ZERO, ONE) - y


def _half_of_rest(x: Value) -> Value:
    """Return ``sqrt((1 - x)/2)``, the sine of half the angle whose cosine is x."""
    rest = (ONE - x) * HALF
    if sign_of(rest) < 0:
        raise NotRealError
    return sqrt(rest)


def atan(x: Value) -> Value:
    """Return the arc tangent of what is infinite."""
    return sign_of(x) * Angle(ZERO, HALF) - _call("atan", div(ONE, x))


@everywhere
def asec(x: Value) -> Value:
    """Return the arc secant."""
    return _call("acos", div(ONE, x))


@everywhere
def acsc(x: Value) -> Value:
    """Return the arc cosecant."""
    return _call("asin", div(ONE, x))


@everywhere
def acot(x: Value) -> Value:
    """Return the arc cotangent."""
    return _call("atan", div(ONE, x))


@everywhere
def atan2(y: Value, x: Value) -> Value:
    """Return the angle of the point (x, y)."""
    if type(x) is not Germ and type(y) is not Germ:
        return of_numbers(registry["atan2"], (y, x), {})
    right, above = sign_of(x), sign_of(y)
    turn = Angle(ZERO, ONE)
    if above and (not right or sign_of(abs_(y) - abs_(x)) >= 0):
        return above * (turn * HALF) - _call("atan", div(x, y))
    if not right:
        return ZERO
    angle = _call("atan", div(y, x))
    return angle if right > 0 else angle + (turn if above >= 0 else -turn)


def sinh(x: Value) -> Value:
    """Return the hyperbolic sine of what is infinite."""
    return (exp(x) - exp(-x)) * HALF


def cosh(x: Value) -> Value:
    """Return the hyperbolic cosine of what is infinite."""
    return (exp(x) + exp(-x)) * HALF


def tanh(x: Value) -> Value:
    """Return the hyperbolic tangent of what is infinite."""
    s = sign_of(x)
    e = exp(-2 * s * x)
    return s * div(ONE - e, ONE + e)


def sech(x: Value) -> Value:
    """Return the hyperbolic secant of what is infinite."""
    return div(ONE, _call("cosh", x))


def sech_squared(x: Value) -> Value:
    """Return the square of the hyperbolic secant of what is infinite."""
    return square(sech(x))


def csch(x: Value) -> Value:
    """Return the hyperbolic cosecant."""
    return div(ONE, _call("sinh", x))


def coth(x: Value) -> Value:
    """Return the hyperbolic cotangent."""
    return div(ONE, _call("tanh", x))


def asinh(x: Value) -> Value:
    """Return the inverse hyperbolic sine of what is infinite."""
    s = sign_of(x)
    return s * log(s * x + sqrt(x * x + ONE))


def acosh(x: Value) -> Value:
    """Return the inverse hyperbolic cosine beside 1, and of what is infinite."""
    if is_infinite(x):
        return log(x + sqrt(x * x - ONE))
    rest = (x - ONE) * HALF
    if sign_of(rest) < 0:
        raise NotRealError
    return 2 * _call("asinh", sqrt(rest))


def atanh(x: Value) -> Value:
    """Return the inverse hyperbolic tangent beside -1 and 1."""
    return HALF * log(div(ONE + x, ONE - x))


@everywhere
def asech(x: Value) -> Value:
    """Return the inverse hyperbolic secant."""
    return _call("acosh", div(ONE, x))


@everywhere
def acsch(x: Value) -> Value:
    """Return the inverse hyperbolic cosecant."""
    return _call("asinh", div(ONE, x))


@everywhere
def acoth(x: Value) -> Value:
    """Return the inverse hyperbolic cotangent."""
    return _call("atanh", div(ONE, x))


# --- special functions ---------------------------------------------------------------------------


def erf(x: Value) -> Value:
    """Return the error function of what is infinite: 1 or -1, but for what is flat."""
    return fmpq(sign_of(x)) + exp(-x * x)


def erfc(x: Value) -> Value:
    """Return ``1 - erf(x)`` of what is infinite."""
    e = exp(-x * x)
    return fmpq(2) + e if sign_of(x) < 0 else e


def _from_the_pole(x: Value) -> int:
    """Return how often 1 has to be added to what is beside a pole of the gamma function."""
    if is_infinite(x):
        raise NoGermError("it grows like a factorial")
    at = as_number(limit(x))
    if type(at) is not fmpq or at.q != 1 or at > 0 or at < -MOST_POWER:
        raise MoreDigitsError
    return 1 - int(at.p)


def gamma(x: Value) -> Value:
    """Return the gamma function beside a pole."""
    y, n = ONE, _from_the_pole(x)
    for k in range(n):
        y = y * (x + fmpq(k))
    return div(_call("gamma", x + fmpq(n)), y)


def lgamma(x: Value) -> Value:
    """Return the logarithm of the absolute value of the gamma function beside a pole."""
    return log(abs_(gamma(x)))


def digamma(x: Value) -> Value:
    """Return the logarithmic derivative of the gamma function beside a pole."""
    return polygamma(x, 0)


def trigamma(x: Value) -> Value:
    """Return the derivative of digamma beside a pole."""
    return polygamma(x, 1)


def polygamma(x: Value, n: int = 0) -> Value:
    """Return the derivative of order n of digamma beside a pole."""
    m = _from_the_pole(x)
    factor = fmpq((-1) ** n)
    for k in range(1, n + 1):
        factor *= k
    total = _call("polygamma", x + fmpq(m), n=n)
    for k in range(m):
        total = total - factor * div(ONE, _whole_power(x + fmpq(k), n + 1))
    return total


def factorial(n: Any) -> Number:
    """Return the factorial of a whole number."""
    y = ONE
    for k in range(2, int(n) + 1):
        y *= k
    return y
