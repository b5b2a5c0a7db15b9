"""A differential campaign: derivatives of generated expressions by adiff and others, to order 3.

    python benchmarks/campaign.py --count 500 --seed 1
    python benchmarks/campaign.py --count 500 --seed 1 --kind antiderivatives
    python benchmarks/campaign.py --kind formulas

Every number is judged by mpmath at 60 digits, and dropped where it is not the same at 80.  Points
and literals are binary fractions, which float64 holds, so that nobody is blamed for rounding what
it was given.  Beside adiff's printed answer and its float64 alone stand SymPy, JAX and autograd,
where they are installed; what one of them does not have a function for, or takes more than some
seconds for, does not count.  A number is wrong if fewer than 6 of its digits are right.  Each wrong
one of adiff is printed with the reason; one in float64 is explained if the rounding errors of its
steps times their adjoints reach so far.  ``formulas`` are those of the tests, with their Hessians.
"""

from __future__ import annotations

import argparse
import math
import re
import signal
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import combinations_with_replacement
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import mpmath
import numpy as np

from autodiff_cli.commands import proven
from autodiff_cli.commands.accuracy import rounding_bound
from autodiff_cli.commands.lost import reason
from autodiff_cli.derive.unrounded import in_turn
from autodiff_cli.engine import Operation, registry
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.errors import AdiffError
from autodiff_cli.problem import Problem, load

ORDERS = range(4)
WRONG = 1e-6
SECONDS = 10
SHOWN = 20

Function = Callable[..., Any]


class Case(NamedTuple):
    """An expression at a point, and by which variables in turn it is differentiated."""

    text: str
    at: dict[str, float]
    by: tuple[str, ...]


class TooSlowError(Exception):
    """A peer takes too long."""


# --- expressions ---------------------------------------------------------------------------------


def functions() -> list[Operation]:
    """Return the functions of numbers that expressions are made of: all that have derivatives."""
    return [
        op
        for op in registry.values()
        if isinstance(op, Elementwise)
        and not (op.metadata.internal or op.statics or op.metadata.symbol)
        and all(op.vjps)
        and not (op.metadata.kinks or op.metadata.jumps)
    ]


def random_text(rng: Random, depth: int) -> str:
    """Return an expression in x."""
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(["x", "x", "x", "2", "3", "0.5", "1.25"])
    kind = rng.random()
    if kind < 0.5:
        op = rng.choice(functions())
        inner = ", ".join(random_text(rng, depth - 1) for _ in range(op.arity))
        return f"{op.name}({inner})"
    if kind < 0.9:
        a, b = (random_text(rng, depth - 1) for _ in range(2))
        return f"({a} {rng.choice('+-*/')} {b})"
    return f"({random_text(rng, depth - 1)})**{rng.choice([2, 3, -1])}"


ANTIDERIVATIVES = (
    "x**{n}*log({a}*x + {b})",
    "atan(({a}*x + {b})/{c})/{c}",
    "log(x + sqrt(x**2 + {a}))",
    "exp(-{a}*x)*({b}*sin({c}*x) - cos({c}*x))/({a}**2 + {c}**2)",
    "x*sqrt({a}**2 + x**2)/2 + {a}**2*asinh(x/{a})/2",
    "log(abs(x - {a}) + {b})/{c} - atan(x/{c})",
    "x*asin(x/{d}) + sqrt({d}**2 - x**2)",
    "(x**{n} - {n}*x**({n} - 1) + {a})*exp(x)",
    "log(tan(x/{d} + 0.25)) - cos({a}*x)/{a}",
    "sqrt(x**2 + {a}) - {b}*log(({b} + sqrt(x**2 + {a}))/x)",
    "x*tanh({a}*x)/{a} - log(cosh({a}*x))/{a}**2",
    "x - log({a} + {b}*exp(x))",
    "erf({a}*x)*x + exp(-({a}*x)**2)/({a}*sqrt(pi))",
    "-1/({n}*(x**2 + {a})**{n})",
)


def cases_of(kind: str, count: int, seed: int) -> Iterator[Case]:
    """Yield the cases of a kind; those of one expression follow each other."""
    if kind == "formulas":
        sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
        from formulas import FORMULAS

        for formula in FORMULAS[:count]:
            names = list(formula.at)
            for order in range(3):
                for by in combinations_with_replacement(names, order):
                    yield Case(formula.text, formula.at, by)
        return
    for k in range(count):
        rng = Random(f"{seed} {k}")
        if kind == "antiderivatives":
            numbers = {name: rng.randint(1, 6) for name in "abc"} | {"n": rng.randint(2, 4)}
            text = rng.choice(ANTIDERIVATIVES).format(**numbers, d=rng.randint(7, 9))
            x = rng.randrange(8, 160) / 32
        else:
            text = "2"
            while "x" not in re.sub(r"exp|max", "", text):
                text = random_text(rng, rng.randint(2, 4))
            x = rng.choice([1, 1, -1]) * rng.randrange(1, 128) / 32
        for order in ORDERS:
            yield Case(text, {"x": x}, ("x",) * order)


# --- the judge -----------------------------------------------------------------------------------


def words_of(*modules: Any) -> dict[str, Any]:
    """Return by the names of the language what some modules have of these names."""
    found = {}
    for op in functions():
        for name in (op.name, *op.metadata.aliases):
            for module in modules:
                if hasattr(module, name):
                    found.setdefault(op.name, getattr(module, name))
    return found


class Judge:
    """mpmath, at two precisions."""

    def __init__(self) -> None:
        self.mp = mpmath.MPContext()
        words = {name: getattr(self.mp, name) for name in dir(self.mp) if name[0] != "_"}
        for op in functions():
            if op.metadata.reference:
                arguments = ", ".join("xyz"[: op.arity])
                words[op.name] = eval(f"lambda {arguments}: {op.metadata.reference}", words)
        self.words = words | words_of(self.mp) | {"abs": abs, "number": self.mp.mpf}

    def __call__(self, case: Case) -> Any:
        """Return the number; None if it cannot be told, or there is none."""
        exactly = re.sub(r"(?<![\w.])(\d+\.\d+(?:e-?\d+)?|\d+)", r"number('\1')", case.text)
        try:
            f = eval(f"lambda {', '.join(case.at)}: number(1)*({exactly})", self.words)
            values = []
            for digits in (60, 80):
                with self.mp.workdps(digits):
                    values.append(self._derivative(f, case))
        except TooSlowError:
            raise
        except Exception:
            # It is complex, or mpmath gives up.
            return None
        low, high = values
        mpf = self.mp.mpf
        if not all(isinstance(v, mpf) and self.mp.isfinite(v) for v in values):
            return None
        if not 1e-200 < abs(high) < 1e200:
            return None
        return high if abs(low - high) <= abs(high) * mpf("1e-25") else None

    def _derivative(self, f: Function, case: Case) -> Any:
        point = [self.mp.mpf(x) for x in case.at.values()]
        counts = tuple(case.by.count(name) for name in case.at)
        if not case.by:
            return f(*point)
        if len(point) == 1:
            return self.mp.diff(f, point[0], counts[0])
        return self.mp.diff(f, tuple(point), counts)


# --- the answers ---------------------------------------------------------------------------------


@contextmanager
def seconds(most: int) -> Iterator[None]:
    """Raise `TooSlowError` after a while."""

    def over(*_: Any) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(most)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def posed(case: Case) -> Problem:
    """Return a case as adiff has it; a number is that float64, all digits of it."""
    at = [f"{name}={x:.60g}" for name, x in case.at.items()]
    return load(case.text, "EXPR", at, exactly=True)


def printed(case: Case) -> float:
    """Return what `adiff grad` prints."""
    problem = posed(case)
    names = list(dict.fromkeys(case.by))
    if len(names) > 1:
        found = problem.derivatives(names, 1)
        answers = proven.of_turns(problem, case.by, {"": found[names[0]].data})
    else:
        names = names or [next(iter(case.at))]
        found = problem.derivatives(names, len(case.by), method="auto")
        raw = {name: d.data for name, d in found.items()}
        answers = proven.of_orders(problem, names, len(case.by), raw)
    (value,) = answers.values.values()
    return float(value) if answers.proven else math.nan


def float64(case: Case) -> float:
    """Return what `adiff grad --float64` prints."""
    from autodiff_cli.derive.partials import derivatives, mixed_derivative

    problem = posed(case).raw
    assert problem is not None
    names = list(dict.fromkeys(case.by)) or [next(iter(case.at))]
    if len(names) > 1:
        return float(mixed_derivative(problem.y, problem.env, case.by).data)
    order = len(case.by)
    found = derivatives(problem.y, problem.env, names, order, method="auto")
    return float(found[names[0]].data)


def the_same(words: dict[str, Any], lift: Function = float) -> dict[str, Any]:
    """Return those functions that mean what they mean here: sinc, say, has two definitions."""
    judge, found = Judge(), {}
    for op in functions():
        if op.name not in words:
            continue
        compared = False
        for x in (0.625, 1.5):
            point = [x + 0.25 * k for k in range(op.arity)]
            try:
                want = float(judge.words[op.name](*map(judge.mp.mpf, point)))
                given = float(words[op.name](*map(lift, point)))
            except Exception:
                # Outside of its domain, or not for numbers.
                continue
            if math.isfinite(want):
                compared = abs(given - want) <= WRONG * abs(want)
                if not compared:
                    break
        if compared:
            found[op.name] = words[op.name]
    return found


def sympy_peer() -> Function:
    """Return what SymPy gives: the formula, evaluated to 17 digits."""
    import sympy

    words = the_same(words_of(sympy), sympy.Rational) | {
        "pi": sympy.pi,
        "number": sympy.Rational,
        "abs": sympy.Abs,
    }

    def answer(case: Case) -> float:
        xs = {name: sympy.Symbol(name, real=True) for name in case.at}
        exactly = re.sub(r"(?<![\w.])(\d+\.\d+(?:e-?\d+)?)", r"number('\1')", case.text)
        y = sympy.sympify(eval(exactly, {**words, **xs}))
        for name in case.by:
            y = sympy.diff(y, xs[name])
        point = {xs[name]: sympy.Rational(x) for name, x in case.at.items()}
        return float(y.evalf(17, subs=point))

    return answer


def jax_peer() -> Function:
    """Return what JAX gives in float64."""
    import jax

    jax.config.update("jax_enable_x64", True)
    words = the_same(words_of(jax.numpy, jax.scipy.special, jax.nn))
    return _by_grad(jax.grad, words | {"abs": jax.numpy.abs}, jax.numpy.asarray)


def autograd_peer() -> Function:
    """Return what autograd gives."""
    import autograd
    import autograd.numpy as anp
    import autograd.scipy.special as special

    words = the_same(words_of(anp, special))
    return _by_grad(autograd.grad, words | {"abs": anp.abs}, float)


def _by_grad(grad: Function, words: dict[str, Any], lift: Function) -> Function:
    def answer(case: Case) -> float:
        names = list(case.at)
        f = eval(f"lambda {', '.join(names)}: 1.0*({case.text})", {"pi": math.pi, **words})
        for name in case.by:
            f = grad(f, names.index(name))
        with np.errstate(all="ignore"):
            return float(f(*map(lift, case.at.values())))

    return answer


def peers() -> dict[str, Function]:
    """Return those who answer, by name."""
    found = {"adiff": printed, "adiff --float64": float64}
    for name, make in (("SymPy", sympy_peer), ("JAX", jax_peer), ("autograd", autograd_peer)):
        try:
            found[name] = make()
        except ImportError:
            print(f"{name} is not installed", file=sys.stderr)
    return found


# --- the campaign --------------------------------------------------------------------------------


class Tally:
    """The errors of one who answers."""

    def __init__(self) -> None:
        self.errors: list[float] = []
        self.counts: Counter[str] = Counter()

    def row(self, name: str) -> str:
        """Return a row of the summary."""
        errors = sorted(self.errors)
        if not errors:
            return f"| {name} | 0 | | | | | |"
        p99 = errors[min(len(errors) - 1, math.ceil(0.99 * len(errors)) - 1)]
        cells = [len(errors), self.counts["wrong"], self.counts["nearest"]]
        figures = [f"{x:.1e}" for x in (statistics.median(errors), p99, errors[-1])]
        return f"| {name} | {' | '.join([*map(str, cells), *figures])} |"


def explained(case: Case, error: float, size: float) -> str | None:
    """Return why float64 alone is so far off; None if rounding does not reach as far."""
    problem = posed(case)
    graph = in_turn(problem.y, [problem.env[n] for n in case.by]) if case.by else problem.y
    with np.errstate(all="ignore"):
        if 16 * rounding_bound(problem, graph) >= error * size:
            return reason(problem, graph, float64(case)) or "rounding"
    return None


def run(cases: Iterator[Case], answers: dict[str, Function]) -> tuple[dict[str, Tally], list[str]]:
    """Return how well everybody answers, and what there is to say of adiff's wrong answers."""
    judge, told = Judge(), []
    tallies: dict[str, Tally] = defaultdict(Tally)
    slow: set[tuple[str, str]] = set()
    for case in cases:
        try:
            with seconds(SECONDS):
                want = judge(case)
        except TooSlowError:
            continue
        if want is None:
            continue
        for name, answer in answers.items():
            tally = tallies[name]
            if (name, case.text) in slow:
                continue
            try:
                with seconds(SECONDS):
                    value = answer(case)
            except TooSlowError:
                slow.add((name, case.text))
                tally.counts["slow"] += 1
                continue
            except Exception as error:
                kind = "refused" if isinstance(error, AdiffError) else "cannot"
                tally.counts[kind] += 1
                if kind == "refused":
                    told.append(f"{name}: {case}: {error}")
                continue
            with judge.mp.workdps(60):
                finite = math.isfinite(value)
                error = float(abs(judge.mp.mpf(value) / want - 1)) if finite else math.inf
            tally.errors.append(error)
            tally.counts["nearest"] += value == float(want)
            if error > WRONG:
                tally.counts["wrong"] += 1
            if error > WRONG and name not in ("adiff", "adiff --float64"):
                told.append(f"{name}: {case}: {value!r}, and not {float(want)!r}")
            if name == "adiff" and value != float(want):
                told.append(f"adiff: {case}: {value!r}, and not {float(want)!r}")
            if name == "adiff --float64" and error > WRONG:
                why = explained(case, error, abs(float(want)))
                tally.counts["unexplained"] += why is None
                if why is None:
                    told.append(
                        f"{name}: {case}: {value!r}, and not {float(want)!r}, for no reason"
                    )
    return tallies, told


def main() -> int:
    """Run what the options ask for; return whether adiff has printed a wrong digit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=500, help="how many expressions")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--kind", choices=["random", "antiderivatives", "formulas"], default="random"
    )
    options = parser.parse_args()
    start = time.monotonic()
    tallies, told = run(cases_of(options.kind, options.count, options.seed), peers())
    print("| | numbers | wrong | nearest float64 | median error | p99 | largest |")
    print("|---|---|---|---|---|---|---|")
    for name, tally in tallies.items():
        print(tally.row(name))
    for name, tally in tallies.items():
        rest = {k: n for k, n in tally.counts.items() if k not in ("wrong", "nearest") and n}
        if rest:
            print(f"{name}: " + ", ".join(f"{n} {k}" for k, n in rest.items()), file=sys.stderr)
    for name in tallies:
        for line in [line for line in told if line.startswith(f"{name}: ")][:SHOWN]:
            print(line, file=sys.stderr)
    print(f"{time.monotonic() - start:.0f} s", file=sys.stderr)
    return int(any(line.startswith("adiff: ") for line in told))


if __name__ == "__main__":
    sys.exit(main())
