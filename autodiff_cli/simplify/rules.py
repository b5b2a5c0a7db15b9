"""What is known of functions beyond arithmetic, in one table, in the language itself.

A rule says that its left side may be written as its right side; x stands for anything.  They hold
wherever both sides have a value, which is what a formula is for; code is not made from them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

from autodiff_cli.engine import Operation, operations, registry
from autodiff_cli.language.parser import parse
from autodiff_cli.language.program import Call, Program
from autodiff_cli.simplify.numbers import Exact, exact
from autodiff_cli.simplify.terms import Algebra, Apply, Number, Product, Sum, Symbol, Term

__all__ = ["CONSTANTS", "SYMMETRIC", "algebra", "applied", "of_program"]

TABLE = """
square(x) = x**2
sqrt(x) = x**(1/2)
exp(x) = e**x
exp2(x) = 2**x

log(e**x) = x
log(1) = 0
sqrt(x**2) = abs(x)
sin(asin(x)) = x
cos(acos(x)) = x
tan(atan(x)) = x
cos(asin(x)) = sqrt(1 - x**2)
sin(acos(x)) = sqrt(1 - x**2)
cos(atan(x)) = 1/sqrt(1 + x**2)
sin(atan(x)) = x/sqrt(1 + x**2)
cosh(asinh(x)) = sqrt(1 + x**2)
sinh(asinh(x)) = x
cosh(acosh(x)) = x
tanh(atanh(x)) = x

sin(-x) = -sin(x)
cos(-x) = cos(x)
tan(-x) = -tan(x)
sec(-x) = sec(x)
csc(-x) = -csc(x)
cot(-x) = -cot(x)
asin(-x) = -asin(x)
atan(-x) = -atan(x)
sinh(-x) = -sinh(x)
cosh(-x) = cosh(x)
tanh(-x) = -tanh(x)
sech(-x) = sech(x)
csch(-x) = -csch(x)
coth(-x) = -coth(x)
asinh(-x) = -asinh(x)
atanh(-x) = -atanh(x)
erf(-x) = -erf(x)
abs(-x) = abs(x)
abs(abs(x)) = abs(x)
sign(-x) = -sign(x)
cbrt(-x) = -cbrt(x)

sin(x)/cos(x) = tan(x)
tan(x)*cos(x) = sin(x)
cos(x)/sin(x) = cot(x)
cot(x)*sin(x) = cos(x)
sec(x)*cos(x) = 1
csc(x)*sin(x) = 1
sinh(x)/cosh(x) = tanh(x)
tanh(x)*cosh(x) = sinh(x)
coth(x)*sinh(x) = cosh(x)
sec(x)/tan(x) = csc(x)
csc(x)/cot(x) = sec(x)
sech(x)/tanh(x) = csch(x)
csch(x)/coth(x) = sech(x)
sech(x)*cosh(x) = 1
csch(x)*sinh(x) = 1
abs(x)*sign(x) = x

abs(x)**2 = x**2
hypot(x, y)**2 = x**2 + y**2

sin(x)**2 + cos(x)**2 = 1
1 - sin(x)**2 = cos(x)**2
1 - cos(x)**2 = sin(x)**2
1 + tan(x)**2 = sec(x)**2
1 + cot(x)**2 = csc(x)**2
sec(x)**2 - tan(x)**2 = 1
sec(x)**2 - 1 = tan(x)**2
cosh(x)**2 - sinh(x)**2 = 1
1 + sinh(x)**2 = cosh(x)**2
cosh(x)**2 - 1 = sinh(x)**2
1 - tanh(x)**2 = sech(x)**2
tanh(x)**2 + sech(x)**2 = 1
coth(x)**2 - 1 = csch(x)**2
"""

CONSTANTS = {
    math.pi: "pi",
    math.e: "e",
    math.log(2.0): "log(2)",
    math.log(10.0): "log(10)",
    2.0 / math.sqrt(math.pi): "2/sqrt(pi)",
    1.0 / math.sqrt(math.tau): "1/sqrt(2*pi)",
    math.sqrt(0.5): "1/sqrt(2)",
    math.sqrt(2.0): "sqrt(2)",
    math.sqrt(math.tau): "sqrt(2*pi)",
    math.sqrt(math.pi / 2): "sqrt(pi/2)",
}
"""Floats that stand for something better known."""


class _Pair(NamedTuple):
    """A rule on a product of two functions of one thing, each to some power."""

    other: str
    own: Fraction
    others: Fraction
    right: Term


SYMMETRIC = ("hypot", "maximum", "minimum", "logaddexp", "equal", "not_equal")


_ANGLES = ("asin", "acos", "atan", "asec", "acsc", "acot")


class _Squares(NamedTuple):
    """A rule on a sum with the square of a function: what stands beside it, and what is left."""

    own: Exact
    other: str
    others: Exact
    right: Term


class _Rules:
    """The table, sorted by what its rules are about."""

    def __init__(self) -> None:
        self.plain = Algebra()
        self.x = self.plain.symbol("x")
        self.functions: dict[str, list[tuple[Term, Term]]] = {}
        self.products: dict[str, list[_Pair]] = {}
        self.squares: dict[str, Term] = {}
        self.sums: dict[str, list[_Squares]] = {}
        self.rewritten: dict[str, tuple[tuple[str, ...], Term]] = {}
        for line in filter(None, TABLE.splitlines()):
            left, right = line.split(" = ")
            self._sort(parse(left), self._term(right))
        for operation in operations().values():
            plain = not operation.statics and not operation.variadic
            if operation.facts.internal and operation.facts.reference and plain:
                term = self._term(operation.facts.reference)
                self.rewritten[operation.name] = ("x", "y", "z"), term

    def _term(self, text: str) -> Term:
        return of_program(self.plain, parse(text))

    def _sort(self, left: Program, right: Term) -> None:
        operation, slots, *_ = Call(*left.calls[left.result])
        if not operation.facts.symbol:
            if slots[0] == left.names.get("x", (0,))[0]:
                self.rewritten[operation.name] = ("x",), right
            else:
                inner = of_program(self.plain, left, slots[0])
                self.functions.setdefault(operation.name, []).append((inner, right))
            return
        term = of_program(self.plain, left)
        if isinstance(term, Product) and len(term.powers) == 1:
            ((base, _),) = term.powers.items()
            self.squares[base.name] = right  # type: ignore[attr-defined]
        elif isinstance(term, Product):
            self._sort_product(term, right)
        elif isinstance(term, Sum):
            self._sort_sum(term, right)

    def _sort_product(self, term: Product, right: Term) -> None:
        factors = [(f.name, n.value) for f, n in term.powers.items()]  # type: ignore[attr-defined]
        for (name, own), (other, others) in (factors, factors[::-1]):
            self.products.setdefault(name, []).append(_Pair(other, own, others, right))

    def _sort_sum(self, term: Sum, right: Term) -> None:
        squares = [(_squared(part), weight) for part, weight in term.parts.items()]
        if len(squares) == 1:
            squares.append(("", term.constant))
        for (name, own), (other, others) in (squares, squares[::-1]):
            if name:
                rule = _Squares(own, other, others, right)
                self.sums.setdefault(name, []).append(rule)


def _squared(term: Term) -> str:
    assert isinstance(term, Product)
    ((base, _),) = term.powers.items()
    assert isinstance(base, Apply)
    return base.name


@cache
def _rules() -> _Rules:
    return _Rules()


def algebra() -> Algebra:
    """Return an algebra that knows the table."""
    return Algebra(_better_sum, _better_product, _better_function)


def _put(to: Algebra, term: Term, values: Mapping[str, Term]) -> Term:
    """Return a term of the table with other things in the place of its symbols."""
    match term:
        case Number():
            return to.number(term.value)
        case Symbol():
            return values.get(term.name) or to.symbol(term.name)
        case Sum():
            parts = [(_put(to, part, values), weight) for part, weight in term.parts.items()]
            return to.combine([*parts, (to.one, term.constant)])
        case Product():
            powers = [(_put(to, b, values), _put(to, n, values)) for b, n in term.powers.items()]
            return to.collect([*powers, (to.number(term.coefficient), to.one)])
        case Apply():
            return to.apply(term.name, (_put(to, a, values) for a in term.arguments))
    raise AssertionError(term)


def _better_function(to: Algebra, name: str, arguments: tuple[Term, ...]) -> Term | None:
    rules = _rules()
    if (found := rules.rewritten.get(name)) is not None:
        names, right = found
        return _put(to, right, dict(zip(names, arguments, strict=False)))
    if name in SYMMETRIC and arguments[0].serial > arguments[1].serial:
        return to.apply(name, arguments[::-1])
    if len(arguments) == 1:
        (argument,) = arguments
        for pattern, right in rules.functions.get(name, ()):
            x = _matched(to, pattern, argument)
            if x is not None:
                return _put(to, right, {"x": x})
    if all(isinstance(argument, Number) for argument in arguments):
        return _folded(to, name, arguments)
    return None


def _matched(to: Algebra, pattern: Term, term: Term) -> Term | None:
    """Return what x stands for if a term is what the pattern of a function's argument says."""
    match pattern:
        case Number() if isinstance(term, Number) and term.value == pattern.value:
            return to.one
        case Apply() if isinstance(term, Apply) and term.name == pattern.name:
            return term.arguments[0]
        case Product() if pattern.coefficient == -1:
            return to.negative(term) if _is_negative(term) else None
        case Product() if isinstance(term, Product) and term.coefficient == 1:
            ((base, exponent),) = pattern.powers.items()
            ((own, power),) = list(term.powers.items())[:1]
            if len(term.powers) > 1:
                return None
            if base.name == "e":  # type: ignore[attr-defined]
                return power if own is to.e else None
            same = isinstance(exponent, Number) and isinstance(power, Number)
            return own if same and exponent.value == power.value else None  # type: ignore[attr-defined]
    return None


def _is_negative(term: Term) -> bool:
    """Return whether a term would be written with a minus in front."""
    if isinstance(term, Number):
        return term.value < 0
    if isinstance(term, Product):
        return term.coefficient < 0
    return isinstance(term, Sum) and term.constant <= 0 and all(w < 0 for w in term.parts.values())


def _folded(to: Algebra, name: str, arguments: tuple[Term, ...]) -> Term | None:
    """Return the value of a function of numbers where that is a whole number."""
    values = [float(argument.value) for argument in arguments]  # type: ignore[attr-defined]
    value = operations()[name].compute(*values)
    if isinstance(value, float) and abs(value) < 1e6:
        if value == round(value):
            return to.number(Fraction(int(value)))
        if name in _ANGLES:
            angle = number(to, value)
            return None if isinstance(angle, Number) else angle
    return None


def _better_product(to: Algebra, powers: dict[Term, Term]) -> bool:
    """Replace two factors that are better written otherwise; return whether there were such."""
    if to.e in powers and _take_logarithms(to, powers):
        return True
    rules = _rules().products
    for base, exponent in powers.items():
        if not isinstance(base, Apply) or not isinstance(exponent, Number):
            continue
        if exponent.value >= 2 and (square := _rules().squares.get(base.name)) is not None:
            twice = math.floor(exponent.value / 2)
            powers[base] = to.number(exponent.value - 2 * twice)
            if powers[base] is to.zero:
                del powers[base]
            given = dict(zip(("x", "y"), base.arguments, strict=False))
            _times(to, powers, _put(to, square, given), twice)
            return True
        for other, own, others, right in rules.get(base.name, ()):
            partner = to._terms.get(("apply", other, base.arguments, "()"))
            power = powers.get(partner) if partner is not None else None
            if not isinstance(power, Number):
                continue
            times = min(exponent.value / own, power.value / others)
            if times < 1:
                continue
            assert partner is not None
            whole = Fraction(math.floor(times))
            powers[base] = to.number(exponent.value - whole * own)
            powers[partner] = to.number(power.value - whole * others)
            for spent in (base, partner):
                if powers[spent] is to.zero:
                    del powers[spent]
            _times(to, powers, _put(to, right, {"x": base.arguments[0]}), int(whole))
            return True
    return False


def _times(to: Algebra, powers: dict[Term, Term], base: Term, exponent: int) -> None:
    """Multiply a product by a power."""
    powers[base] = to.add(powers.get(base, to.zero), to.number(Fraction(exponent)))
    if powers[base] is to.zero:
        del powers[base]


def _take_logarithms(to: Algebra, powers: dict[Term, Term]) -> bool:
    """Write e**(a*log(x) + b) as x**a * e**b."""
    exponent = powers[to.e]
    parts = exponent.parts.items() if isinstance(exponent, Sum) else [(exponent, Fraction(1))]
    for part, weight in parts:
        factors = part.powers if isinstance(part, Product) else {part: to.one}
        for factor, power in factors.items():
            if isinstance(factor, Apply) and factor.name == "log" and power is to.one:
                rest = to.multiply(to.number(weight), to.divide(part, factor))
                (inside,) = factor.arguments
                powers[to.e] = to.combine([(exponent, Fraction(1)), (part, -weight)])
                powers[inside] = to.add(powers.get(inside, to.zero), rest)
                if powers[to.e] is to.zero:
                    del powers[to.e]
                return True
    return False


def _better_sum(to: Algebra, parts: dict[Term, Exact], constant: Exact) -> Exact | None:
    """Replace two terms that are better written as one; return the constant if there were such."""
    rules = _rules().sums
    if (choices := _choices(to, parts)) is not None:
        return constant + choices
    for part, weight in list(parts.items()):
        powers = part.powers if isinstance(part, Product) else {}
        for base, exponent in powers.items():
            known = rules.get(base.name, ()) if isinstance(base, Apply) else ()
            if not known or not isinstance(exponent, Number) or exponent.value < 2:
                continue
            two = to.number(Fraction(-2))
            rest = to.collect([(part, to.one), (base, two)])
            for own, other, others, right in known:
                factor = weight / own
                wanted = factor * others
                square = to.one
                if other:
                    partner = to.apply(other, base.arguments)  # type: ignore[attr-defined]
                    square = to.raised(partner, to.number(Fraction(2)))
                beside = to.multiply(rest, square)
                beside_weight = constant if beside is to.one else parts.get(beside)
                if beside_weight != wanted:
                    continue
                del parts[part]
                if beside is to.one:
                    constant -= wanted
                else:
                    del parts[beside]
                better = _put(to, right, {"x": base.arguments[0]})  # type: ignore[attr-defined]
                new = to.multiply(rest, better)
                if isinstance(new, Number):
                    return constant + new.value * factor
                scale, new = to.split(new)
                total = parts.get(new, Fraction(0)) + factor * scale
                if total == 0:
                    parts.pop(new, None)
                else:
                    parts[new] = total
                return constant
    return None


def _choices(to: Algebra, parts: dict[Term, Exact]) -> Exact | None:
    """Put choices by the same condition together, and leave guards against 0/0 out."""
    first: dict[Term, Term] = {}
    for part, weight in parts.items():
        if not isinstance(part, Apply):
            continue
        if part.name == "equal" and to.zero in part.arguments:
            guarded = next(a for a in part.arguments if a is not to.zero)
            if parts.get(guarded) == weight:
                # x + (x == 0) is x wherever one may divide by it.
                del parts[part]
                return Fraction(0)
        if part.name != "where":
            continue
        condition, *chosen = part.arguments
        other = first.setdefault(condition, part)
        if other is part:
            continue
        others = other.arguments[1:]  # type: ignore[attr-defined]
        both = [
            to.combine([(a, parts[other]), (b, weight)])
            for a, b in zip(others, chosen, strict=True)
        ]
        del parts[part], parts[other]
        together = applied(to, registry["where"], [condition, *both])
        if isinstance(together, Number):
            return together.value
        pieces = together.parts if isinstance(together, Sum) else {together: Fraction(1)}
        for piece, own in pieces.items():
            scale, rest = to.split(piece)
            parts[rest] = parts.get(rest, Fraction(0)) + scale * own
            if parts[rest] == 0:
                del parts[rest]
        return together.constant if isinstance(together, Sum) else Fraction(0)
    return None


# --- arithmetic -----------------------------------------------------------------------------------


def applied(to: Algebra, operation: Operation, arguments: list[Term], params: Any = None) -> Term:
    """Return what an operation makes of terms."""
    match operation.name, arguments:
        case "add", [x, y]:
            return to.add(x, y)
        case "sub", [x, y]:
            return to.add(x, to.negative(y))
        case "mul", [x, y]:
            return to.multiply(x, y)
        case "div", [x, y]:
            return to.divide(x, y)
        case "pow", [x, y]:
            return to.raised(x, y)
        case "neg", [x]:
            return to.negative(x)
        case "sinc_derivative", [x]:
            return _sinc_derivative(to, x, params["n"])
        case "where", [c, x, y]:
            while isinstance(c, Apply) and c.name == "where":
                inner, *truth = c.arguments
                if truth == [to.zero, to.one]:
                    x, y = y, x
                elif truth != [to.one, to.zero]:
                    break
                c = inner
            if isinstance(c, Number):
                return x if c.value else y
            if x is y:
                return x
            arguments = [c, x, y]
    return to.apply(operation.name, arguments, params)


def _sinc_derivative(to: Algebra, x: Term, n: int) -> Term:
    """Write a derivative of sinc by those of sin: x s(n) + n s(n-1) is the n-th one of sin."""
    sine, cosine = to.apply("sin", [x]), to.apply("cos", [x])
    term = to.divide(sine, x)
    for k in range(1, n + 1):
        outer = (sine, cosine, to.negative(sine), to.negative(cosine))[k % 4]
        term = to.combine([(to.divide(outer, x), Fraction(1)), (to.divide(term, x), Fraction(-k))])
    return term


def of_program(to: Algebra, program: Program, result: int | None = None) -> Term:
    """Return the term of a program without static parameters, or of one of its slots."""
    leaves = {slot: to.symbol(name) for name, (slot, _) in program.names.items()}
    results: list[Term] = []

    def term(slot: int) -> Term:
        if slot >= 0:
            return results[slot]
        return leaves.get(slot) or number(to, program.leaves[~slot])

    for call in program.calls:
        operation, slots, *_ = call
        results.append(applied(to, operation, [term(slot) for slot in slots]))
    return term(program.result if result is None else result)


def number(to: Algebra, value: float) -> Term:
    """Return a number, by a name or as a fraction if it stands for one."""
    size = abs(value)
    name = next((n for v, n in CONSTANTS.items() if math.isclose(size, v, rel_tol=4e-16)), None)
    if name in ("pi", "e"):
        term = to.symbol(name)
    elif name is not None:
        term = of_program(to, parse(name))
    else:
        found, turns = exact(value), exact(value / math.pi)
        simple = isinstance(turns, Fraction) and turns.denominator <= 12 and turns != 0
        if isinstance(found, float) and simple:
            return to.multiply(to.number(turns), to.symbol("pi"))
        return to.number(found)
    return term if value > 0 else to.negative(term)
