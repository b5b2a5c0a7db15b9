"""Application of the table of rules while terms are constructed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from autodiff_cli.engine import registry
from autodiff_cli.language.exact_numbers import Exact, as_float, plus, times
from autodiff_cli.symbolic.arithmetic import applied, number, substituted
from autodiff_cli.symbolic.choices import MOST_NESTED, chosen
from autodiff_cli.symbolic.nodes import (
    Apply,
    NamedConstant,
    Number,
    Product,
    Sum,
    Term,
    Vanished,
    is_integer,
)
from autodiff_cli.symbolic.rules import is_symmetric, rules
from autodiff_cli.symbolic.terms import Algebra

__all__ = ["new_algebra", "slope"]


def new_algebra(most: int | None = None, seconds: int | None = None) -> Algebra:
    """Return an algebra that applies the table of rules.

    Parameters
    ----------
    most
        The most characters of its formulas, if there is a limit.
    seconds
        The time limit for its work, if there is one.
    """
    return Algebra(_better_sum, _better_product, _better_function, _is_nonnegative, most, seconds)


def _is_nonnegative(name: str) -> bool:
    return registry[name].metadata.nonnegative


def slope(algebra: Algebra, term: Apply) -> Term | None:
    """Return the derivative of a function from its declaration; None if that has none."""
    if (found := rules().slopes.get(term.name)) is None:
        return None
    names, written = found
    return substituted(algebra, written, dict(zip(names, term.arguments, strict=True)))


def _better_function(algebra: Algebra, name: str, arguments: tuple[Term, ...]) -> Term | None:
    table = rules()
    if (found := table.rewritten.get(name)) is not None:
        names, right = found
        return substituted(algebra, right, dict(zip(names, arguments, strict=False)))
    if any(isinstance(argument, Vanished) for argument in arguments):
        return _of_vanished(algebra, name, arguments)
    if is_symmetric(name) and arguments[0].serial > arguments[1].serial:
        return algebra.apply(name, arguments[::-1])
    if len(arguments) == 1:
        (argument,) = arguments
        for pattern, right in table.functions.get(name, ()):
            x = _matched(algebra, pattern, argument)
            if x is not None:
                return substituted(algebra, right, {"x": x})
    if all(isinstance(argument, Number) for argument in arguments):
        return _folded(algebra, name, arguments)
    if name == "greater":
        return _above(algebra, *arguments)
    return None


def _of_vanished(algebra: Algebra, name: str, arguments: tuple[Term, ...]) -> Term:
    """Return a function of a vanished 0, which is a power of that 0 if the value is not finite."""
    left = next(argument for argument in arguments if isinstance(argument, Vanished))
    if all(isinstance(argument, Number) for argument in arguments):
        value = float(registry[name].compute(*map(as_float, map(_value, arguments))))
        if value == 0.0:
            return left
        if not math.isfinite(value):
            sign = value if math.isnan(value) else math.copysign(1.0, value)
            return algebra.collect(
                [(algebra.number(sign), algebra.one), (left, algebra.number(Fraction(-1)))]
            )
    zeros = (algebra.zero if isinstance(argument, Vanished) else argument for argument in arguments)
    return algebra.apply(name, zeros)


def _above(algebra: Algebra, term: Term, bound: Term) -> Term | None:
    """Return ``x > 2`` for ``max(x, 1) > 2``; None for other comparisons."""
    if isinstance(term, Apply) and term.name == "maximum" and isinstance(bound, Number):
        for low, x in (term.arguments, term.arguments[::-1]):
            if isinstance(low, Number) and low.value <= bound.value:
                return algebra.apply("greater", [x, bound])
    return None


def _matched(algebra: Algebra, pattern: Term, term: Term) -> Term | None:
    """Return what x is if a term matches the pattern of an argument; None if it does not match."""
    match pattern:
        case Number() if isinstance(term, Number) and term.value == pattern.value:
            return algebra.one
        case Apply() if isinstance(term, Apply) and term.name == pattern.name:
            return term.arguments[0]
        case Product() if pattern.coefficient == -1:
            return algebra.negative(term) if _is_negative(term) else None
        case Product() if isinstance(term, Product) and term.coefficient == 1:
            ((base, exponent),) = pattern.powers.items()
            ((own, power),) = list(term.powers.items())[:1]
            if len(term.powers) > 1:
                return None
            if isinstance(base, NamedConstant):
                return power if own is algebra.e else None
            same = isinstance(exponent, Number) and isinstance(power, Number)
            return own if same and exponent.value == power.value else None  # type: ignore[attr-defined]
    return None


def _is_negative(term: Term) -> bool:
    """Return whether a term would be written with a leading minus."""
    if isinstance(term, Number):
        return term.value < 0
    if isinstance(term, Product):
        return term.coefficient < 0
    return isinstance(term, Sum) and term.constant <= 0 and all(w < 0 for w in term.parts.values())


def _folded(algebra: Algebra, name: str, arguments: tuple[Term, ...]) -> Term | None:
    """Return the value of a function of numbers if it is a whole number; otherwise None."""
    values = [as_float(argument.value) for argument in arguments]  # type: ignore[attr-defined]
    operation = registry[name]
    value = operation.compute(*values)
    if isinstance(value, float) and abs(value) < 1e6:
        if value == round(value):
            return algebra.number(Fraction(int(value)))
        if operation.metadata.angle:
            angle = number(algebra, value)
            return None if isinstance(angle, Number) else angle
    return None


def _better_product(algebra: Algebra, powers: dict[Term, Term]) -> bool:
    """Return whether two factors have a simpler product, and replace them by it if so."""
    if algebra.e in powers and _take_logarithms(algebra, powers):
        return True
    if _join_choices(algebra, powers):
        return True
    products = rules().products
    for base, exponent in powers.items():
        if not isinstance(base, Apply) or not isinstance(exponent, Number):
            continue
        if isinstance(exponent.value, float):
            continue
        if exponent.value >= 2 and (square := rules().squares.get(base.name)) is not None:
            twice = math.floor(exponent.value / 2)
            powers[base] = algebra.number(exponent.value - 2 * twice)
            if powers[base] is algebra.zero:
                del powers[base]
            given = dict(zip(("x", "y"), base.arguments, strict=False))
            _times(algebra, powers, substituted(algebra, square, given), twice)
            return True
        for other, own, others, right in products.get(base.name, ()):
            partner = algebra.known(other, base.arguments)
            power = powers.get(partner) if partner is not None else None
            if not isinstance(power, Number) or isinstance(power.value, float):
                continue
            most = min(exponent.value / own, power.value / others)
            if most < 1:
                continue
            assert partner is not None
            whole = Fraction(math.floor(most))
            powers[base] = algebra.number(exponent.value - whole * own)
            powers[partner] = algebra.number(power.value - whole * others)
            for spent in (base, partner):
                if powers[spent] is algebra.zero:
                    del powers[spent]
            _times(
                algebra, powers, substituted(algebra, right, {"x": base.arguments[0]}), int(whole)
            )
            return True
    return False


def _join_choices(algebra: Algebra, powers: dict[Term, Term]) -> bool:
    """Return whether powers contain a power of a choice, or several choices by one condition.

    If so, rewrite them as one choice.  A branch that is 0 stays 0 whatever it is multiplied by, as
    in derivatives.
    """
    if not any(isinstance(base, Apply) and base.name == "where" for base in powers):
        return False
    if algebra.joining >= MOST_NESTED:
        return False
    algebra.joining += 1
    try:
        return _merge_choices(algebra, powers)
    finally:
        algebra.joining -= 1


def _merge_choices(algebra: Algebra, powers: dict[Term, Term]) -> bool:
    by_condition: dict[Term, dict[Term, Sequence[Term]]] = {}
    for base, exponent in powers.items():
        choice = chosen(algebra, base)
        if isinstance(choice, Apply) and choice.name == "where" and isinstance(exponent, Number):
            condition, *branches = choice.arguments
            by_condition.setdefault(condition, {})[base] = branches
    for condition, factors in by_condition.items():
        if len(factors) == 1:
            ((base, sides),) = factors.items()
            if (
                not is_integer(powers[base])
                or algebra.zero not in sides
                or _value(powers[base]) < 2
            ):
                continue
        if not any(isinstance(base, Apply) and base.name == "where" for base in factors):
            continue
        raised = {base: powers.pop(base) for base in factors}
        joint = [
            _one_side(
                algebra, [(branches[side], raised[base]) for base, branches in factors.items()]
            )
            for side in (0, 1)
        ]
        joined = applied(algebra, registry["where"], [condition, *joint])
        powers[joined] = algebra.add(powers.get(joined, algebra.zero), algebra.one)
        return True
    return False


def _one_side(algebra: Algebra, powers: Sequence[tuple[Term, Term]]) -> Term:
    """Return a product of powers with numbers as exponents; 0 if it has a positive power of 0."""
    if any(base is algebra.zero and _value(exponent) > 0 for base, exponent in powers):
        return algebra.zero
    return algebra.collect(powers)


def _value(term: Term) -> Exact:
    return term.value  # type: ignore[attr-defined,no-any-return]


def _times(algebra: Algebra, powers: dict[Term, Term], base: Term, exponent: int) -> None:
    """Multiply a product by a power in place."""
    powers[base] = algebra.add(powers.get(base, algebra.zero), algebra.number(Fraction(exponent)))
    if powers[base] is algebra.zero:
        del powers[base]


def _take_logarithms(algebra: Algebra, powers: dict[Term, Term]) -> bool:
    """Return whether there is a power e**(a*log(x) + b), and rewrite it as x**a * e**b if so.

    This excludes a whole a with an x that may be negative, where x**a has a value and the logarithm
    has none.
    """
    exponent = powers[algebra.e]
    parts = exponent.parts.items() if isinstance(exponent, Sum) else [(exponent, Fraction(1))]
    for part, weight in parts:
        factors = part.powers if isinstance(part, Product) else {part: algebra.one}
        for factor, power in factors.items():
            if isinstance(factor, Apply) and factor.name == "log" and power is algebra.one:
                rest = algebra.multiply(algebra.number(weight), algebra.divide(part, factor))
                (inside,) = factor.arguments
                if is_integer(rest) and not algebra.never_negative(inside):
                    continue
                powers[algebra.e] = algebra.combine([(exponent, Fraction(1)), (part, -weight)])
                powers[inside] = algebra.add(powers.get(inside, algebra.zero), rest)
                if powers[algebra.e] is algebra.zero:
                    del powers[algebra.e]
                return True
    return False


def _better_sum(algebra: Algebra, parts: dict[Term, Exact], constant: Exact) -> Exact | None:
    """Replace two terms of a sum by one; return the new constant, or None if there are none."""
    sums = rules().sums
    if (choices := _choices(algebra, parts)) is not None:
        return plus(constant, choices)
    for part, weight in list(parts.items()):
        powers = part.powers if isinstance(part, Product) else {}
        for base, exponent in powers.items():
            known = sums.get(base.name, ()) if isinstance(base, Apply) else ()
            if not known or not isinstance(exponent, Number) or isinstance(exponent.value, float):
                continue
            if exponent.value < 2:
                continue
            two = algebra.number(Fraction(-2))
            rest = algebra.collect([(part, algebra.one), (base, two)])
            for own, other, others, right in known:
                factor = times(weight, 1 / own)
                wanted = times(factor, others)
                square = algebra.one
                if other:
                    partner = algebra.apply(other, base.arguments)  # type: ignore[attr-defined]
                    square = algebra.raised(partner, algebra.number(Fraction(2)))
                beside = algebra.multiply(rest, square)
                beside_weight = constant if beside is algebra.one else parts.get(beside)
                if beside_weight != wanted:
                    continue
                del parts[part]
                if beside is algebra.one:
                    constant = plus(constant, -wanted)
                else:
                    del parts[beside]
                better = substituted(algebra, right, {"x": base.arguments[0]})  # type: ignore[attr-defined]
                new = algebra.multiply(rest, better)
                if isinstance(new, Number):
                    return plus(constant, times(new.value, factor))
                scale, new = algebra.split(new)
                total = plus(parts.get(new, Fraction(0)), times(factor, scale))
                if total == 0:
                    parts.pop(new, None)
                else:
                    parts[new] = total
                return constant
    return None


def _choices(algebra: Algebra, parts: dict[Term, Exact]) -> Exact | None:
    """Combine choices by the same condition, and remove guards against 0/0."""
    first: dict[Term, Term] = {}
    for part, weight in parts.items():
        if not isinstance(part, Apply):
            continue
        if part.name == "equal" and algebra.zero in part.arguments:
            guarded = next(a for a in part.arguments if a is not algebra.zero)
            if parts.get(guarded) == weight:
                # x + (x == 0) equals x wherever it is a valid divisor.
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
            algebra.combine([(a, parts[other]), (b, weight)])
            for a, b in zip(others, chosen, strict=True)
        ]
        del parts[part], parts[other]
        together = applied(algebra, registry["where"], [condition, *both])
        if isinstance(together, Number):
            return together.value
        pieces = together.parts if isinstance(together, Sum) else {together: Fraction(1)}
        for piece, own in pieces.items():
            scale, rest = algebra.split(piece)
            parts[rest] = plus(parts.get(rest, Fraction(0)), times(scale, own))
            if parts[rest] == 0:
                del parts[rest]
        return together.constant if isinstance(together, Sum) else Fraction(0)
    return None
