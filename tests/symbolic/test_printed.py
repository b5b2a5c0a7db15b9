"""Every formula that a command prints is read again, and is worth the number that it prints."""

from __future__ import annotations

import json
import math
import re
import time
from contextlib import nullcontext, suppress
from fractions import Fraction
from typing import Any

import mpmath
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_reads_back import EXAMPLES, variants

import autodiff_cli
from autodiff_cli.cli import main
from autodiff_cli.errors import AdiffError

MP = mpmath.MPContext()
MP.dps = 60

NAMES: dict[str, Any] = {
    "abs": abs,
    "max": max,
    "min": min,
    "relu": lambda x: max(x, MP.zero),
    "clip": lambda x, low, high: min(max(x, low), high),
    "sign": MP.sign,
    "where": lambda condition, x, y: x if condition else y,
}


def value(text: str, at: dict[str, Any]) -> Any:
    """Evaluate a formula, which reads the same in Python, in 60 digits."""
    names = NAMES | at
    *lines, last = text.splitlines()
    for line in lines:
        name, _, part = line.rstrip(";").partition(" = ")
        names[name] = eval(part, dict(names))
    return MP.mpf(eval(last, dict(names)))


AT = {"x": 0.75, "y": 1.25, "z": -0.5}
OPTIONS = [f"{name}={number}" for name, number in AT.items()]


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> dict[str, Any]:
    """Return the answer of a command in JSON."""
    code = main([*argv, "--json"])
    out, err = capsys.readouterr()
    assert code == 0, err
    return json.loads(out)  # type: ignore[no-any-return]


def evaluated(formula: str) -> float:
    names = set(re.findall(r"[^\W\d]\w*", formula))
    return float(autodiff_cli.evaluate(formula, {n: v for n, v in AT.items() if n in names}))


def leaves(answer: Any) -> list[Any]:
    if isinstance(answer, dict):
        return [leaf for part in answer.values() for leaf in leaves(part)]
    if isinstance(answer, list):
        return [leaf for part in answer for leaf in leaves(part)]
    return [answer]


TEXTS = [
    "x*y**2*exp(z*x) + sqrt(x*y)",
    "(2*x)**1.5*log(y/x)*cos(z)",
    "u = x*y; v = u**2 + z; sin(u)*v/(u + v)",
    "norm([x, y, z])*x",
    "det([[x, y, 1], [z, x, 2], [1, y, z]])",
    "max(x, y, z)*min(x*y, z)",
    "softmax([x, y, z])[1]*x",
    "inv([[x, y], [z, x + 4]])[0, 1]",
    "logsumexp([x*y, z, 1])",
    "(e**x + pi)*gamma(y)*x**z",
]


@pytest.mark.parametrize("expand", [[], ["--expand"]], ids=["named", "expanded"])
@pytest.mark.parametrize("text", TEXTS)
def test_grad_of_several_variables(
    text: str, expand: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for order in range(4):
        asked = ["grad", text, "--wrt", "x,y,z", "--order", str(order)]
        formulas = run(capsys, *asked, *expand)["formulas"]
        numbers = run(capsys, *asked, "--at", ",".join(OPTIONS))["derivatives"]
        assert list(formulas) == list(numbers)
        for name, formula in formulas.items():
            assert math.isclose(evaluated(formula), numbers[name], rel_tol=1e-9, abs_tol=1e-9), name


@pytest.mark.parametrize("text", TEXTS)
def test_hessian_mixed_and_jacobian(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    *lines, last = text.split("; ")
    vector = "; ".join([*lines, f"[{last}, x*y*z, y**3]"])
    values = ["--at", ",".join(OPTIONS)]
    wrt = ["--wrt", "x,y,z"]
    full = "; ".join([*lines, f"{last} + 0*z*y"])
    formulas = leaves(run(capsys, "hessian", full)["formulas"])
    numbers = leaves(run(capsys, "hessian", full, *values)["hessian"])
    formulas += leaves(run(capsys, "grad", full, "--wrt", "x,y,x")["formulas"])
    numbers += leaves(run(capsys, "grad", full, "--wrt", "x,y,x", *values)["derivatives"])
    rows = run(capsys, "jacobian", vector, *wrt)["formulas"].values()
    columns = run(capsys, "jacobian", vector, *wrt, *values)["jacobian"]
    formulas += [row[name] for name in columns for row in rows]
    numbers += leaves(columns)
    assert len(formulas) == len(numbers) == 19
    for formula, number in zip(formulas, numbers, strict=True):
        assert math.isclose(evaluated(formula), number, rel_tol=1e-9, abs_tol=1e-9), formula


@pytest.mark.parametrize("text", ["exp(sin(x))", "sqrt(1 + x)*x", "1/(2 - x)", "log(cosh(x))"])
def test_taylor(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["taylor", text, "--at", "x=0.25", "--order", "4"])
    polynomial = capsys.readouterr().out.strip()
    function = {n: getattr(mpmath, n) for n in ("exp", "sin", "sqrt", "log", "cosh")}
    with mpmath.workdps(30):
        want = mpmath.taylor(lambda x: eval(text, function | {"x": x}), 0.25, 4)
    if re.search(r"[a-z]", polynomial):
        found = [autodiff_cli.evaluate(polynomial, {"x": 0.25 + h}) for h in (0.0, 0.5, -0.5)]
        for h, got in zip((0.0, 0.5, -0.5), found, strict=True):
            value = sum(c * h**k for k, c in enumerate(want))
            assert float(got) == pytest.approx(float(value), rel=1e-12)
    else:
        got = [float(number) for number in re.findall(r"[-+.\de]+", polynomial)]
        assert got == pytest.approx([float(c) for c in want], rel=1e-12)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_operation_at_order_4(example: str) -> None:
    for text in variants(example)[:1]:
        checked = False
        with suppress(AdiffError):  # It is too long, or the number no number that may vary.
            number = float(autodiff_cli.grad(text, {"x": AT["x"]}, order=4)["x"])
            found = autodiff_cli.formula(text, "x", 4, expand=True)
            checked = True
        if not checked:
            continue
        assert "\n" not in found
        if math.isfinite(number):
            assert evaluated(found) == pytest.approx(number, rel=1e-7, abs=1e-7), found


# --- names for shared parts -----------------------------------------------------------------------

SHARED = st.recursive(
    st.sampled_from(["u", "v", "w", "u1", "2", "pi"]),
    lambda inner: (
        st.builds("{}({})".format, st.sampled_from(["sin", "exp", "sqrt", "log", "abs"]), inner)
        | st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner)
        | st.builds("({})**({})".format, inner, inner)
        | st.builds("where({} > {}, {}, {})".format, inner, inner, inner, inner)
    ),
    max_leaves=5,
)
PLACES_OF_NAMES = [
    {"u": 0.3, "v": 0.7, "w": -0.4, "u1": 1.3},
    {"u": 1.3, "v": -0.7, "w": 1.4, "u1": -0.3},
    {"u": 2.3, "v": 1.7, "w": 2.4, "u1": 3.3},
]


@given(SHARED, st.integers(1, 2))
@settings(max_examples=50, deadline=None)
def test_names_of_shared_parts_are_not_those_of_variables(text: str, order: int) -> None:
    text = f"exp(sin(u*v))*sin(u*v)*({text})"
    with suppress(AdiffError):  # It is too long.
        named, expanded = (autodiff_cli.formula(text, "u", order, expand=e) for e in (False, True))
        variables = set(re.findall(r"[^\W\d]\w*", expanded)) & PLACES_OF_NAMES[0].keys()
        for at in PLACES_OF_NAMES:
            values = []
            for formula in (named, expanded):
                own = set(re.findall(r"^(\w+) = ", formula, re.MULTILINE))
                assert variables.isdisjoint(own)
                try:
                    found = autodiff_cli.evaluate(formula, {name: at[name] for name in variables})
                except AdiffError as error:
                    raise AssertionError(formula) from error
                values.append(float(found))
            first, second = values
            assert math.isclose(first, second, rel_tol=1e-7) or str(first) == str(second), named


def test_a_constant_whose_name_a_variable_has_is_written_out() -> None:
    # The variable is gone from the derivative, but may still be given a value.
    assert autodiff_cli.formula("pi*x*acos(-1)", "pi", 1) == "acos(-1)*x"
    assert autodiff_cli.formula("e*log(x)*exp(1)", "e", 1) == "log(x)*exp(1)"
    assert autodiff_cli.formula("pi*x", "x", 1) == "pi"


# --- numbers of any length ------------------------------------------------------------------------

long_numbers = st.integers(10**16, 10**450) | st.integers(309, 900).map(lambda n: 10**n)

FORMS: list[tuple[str, list[Any]]] = [
    ("{}*x**2", [lambda n: 9 * n, lambda n: 6 * n, lambda n: 2 * n]),
    ("x**2/{}", [lambda n: Fraction(9, n), lambda n: Fraction(6, n), lambda n: Fraction(2, n)]),
    ("-{}*x*x", [lambda n: -9 * n, lambda n: -6 * n, lambda n: -2 * n]),
    ("({} + x)*x", [lambda n: 3 * n + 9, lambda n: n + 6, lambda _: 2]),
    ("[x**3, {}][1]*x", [lambda n: 3 * n, lambda n: n, lambda _: 0]),
]


@given(long_numbers, st.sampled_from(FORMS))
@settings(max_examples=40, deadline=None)
def test_a_long_number_stays_exact(number: int, form: tuple[str, list[Any]]) -> None:
    for order, want in enumerate(form[1]):
        found = autodiff_cli.formula(form[0].format(number), "x", order)
        assert autodiff_cli.formula(found, "x" if "x" in found else None) == found
        exactly = re.sub(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?", r"F('\g<0>')", found)
        assert eval(exactly, {"x": Fraction(3), "F": Fraction}) == want(number), found


@pytest.mark.parametrize(("text", "order"), [("x**300", 200), ("1/x", 180), ("x**400*exp(x)", 1)])
def test_a_high_order_reads_back(text: str, order: int) -> None:
    found = autodiff_cli.formula(text, "x", order)
    assert "inf" not in found
    assert autodiff_cli.formula(found, "x") == found
    if text == "x**300":
        coefficient = math.factorial(300) // math.factorial(100)
        assert found == f"{coefficient}*x**100"


def test_numbers_beyond_float64_are_noted(capsys: pytest.CaptureFixture[str]) -> None:
    answer = run(capsys, "grad", "1e400*x + 1e-400", "--at", "x=2")
    assert answer["derivatives"] == {"x": "inf"}
    assert [note["message"] for note in answer["notes"]] == [
        "`1e400` is beyond the range of float64: it is taken as inf here",
        "`1e-400` is beyond the range of float64: it is taken as 0 here",
    ]
    assert "notes" not in run(capsys, "grad", "1e400*x + 1e-400")
    assert main(["eval", "x", "--at", "x=1e400"]) == 2


def test_products_of_floats_do_not_overflow() -> None:
    assert autodiff_cli.formula("x**1e300", "x", 2) == "1e600*x**1e+300"
    assert autodiff_cli.formula("1e-200*x*(1e-200*x)", "x", 2) == "1/5e399"
    assert autodiff_cli.formula("1e400/1e398*x", "x", 1) == str(Fraction(100))


# --- choices --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "order", "want"),
    [
        ("max(x**2, x**3)", 2, "where(x**2 > x**3, 2, 6*x)"),
        ("max(x**2, x**3)**2", 1, "where(x**2 > x**3, 4*x**3, 6*x**5)"),
        ("where(x > 1, 0, where(x > 2, 0, x**3))", 2, "where(x > 1 or x > 2, 0, 6*x)"),
        ("relu(x)**3", 2, "where(x > 0, 6*x, 0)"),
        ("max(x, max(x**2, x**3))", 3, "where(x**2 > x**3 or x > max(x**2, x**3), 0, 6)"),
        ("min(max(x**3, 0), 1)", 3, "where(x**3 > 0 and max(0, x**3) < 1, 6, 0)"),
        ("abs(abs(x) - 1)", 2, "0"),
        ("clip(x**3, -1, 8)", 2, "where(x**3 > 8, 0, where(x**3 > -1, 6*x, 0))"),
    ],
)
def test_a_choice(text: str, order: int, want: str) -> None:
    assert autodiff_cli.formula(text, "x", order) == want


operands = st.sampled_from(["x", "x**2", "x**3", "1 - x", "2", "abs(x)", "abs(abs(x) - 1)"])
chosen = st.one_of(
    st.builds("{}({}, {})".format, st.sampled_from(["max", "min"]), operands, operands),
    st.builds("{}({}, {}, {})".format, st.sampled_from(["max", "min"]), *[operands] * 3),
    st.builds("where({} > {}, {}, {})".format, *[operands] * 4),
    st.builds("max({}, min({}, {}))".format, *[operands] * 3),
    st.builds("max({}, 0)**3".format, operands),
)
choices = st.one_of(
    chosen,
    st.builds("({})*({})".format, chosen, operands),
    st.builds("({})*({})".format, chosen, chosen),
    st.builds("({}) + ({})**2".format, chosen, chosen),
    st.builds("where({} > 0, {}, where({} > 1, {}, {}))".format, operands, *[chosen] * 4),
)


PLACES = range(-5, 6)
WEIGHTS = MP.matrix([[MP.mpf(k) ** n for n in range(len(PLACES))] for k in PLACES]) ** -1


@given(choices, st.sampled_from(["-1.7", "-0.6", "0.3", "1.37", "2.9"]), st.integers(1, 3))
@settings(max_examples=100, deadline=None)
def test_a_choice_is_the_derivative_away_from_ties(text: str, at: str, order: int) -> None:
    x, step = MP.mpf(at), MP.mpf("1e-6")
    near = [value(text, {"x": x + k * step}) for k in PLACES]
    want = (WEIGHTS * MP.matrix(near))[order] * MP.factorial(order) / step**order
    assume(
        "x" in text.replace("max", "") and abs(want) < 1e8
    )  # No tie is near: a kink would be steep.
    found = autodiff_cli.formula(text, "x", order)
    for writing in (found, autodiff_cli.formula(text, "x", order, expand=True)):
        got = value(writing, {"x": x})
        assert MP.almosteq(got, want, 1e-8, 1e-8), writing


def test_the_note_on_ties_is_true(capsys: pytest.CaptureFixture[str]) -> None:
    for text, slopes in (("max(x, x**2)", (1, 2)), ("min(x**3, x)", (3, 1))):
        answer = run(capsys, "grad", text)
        (note,) = answer["notes"]
        assert "the derivative of one of them" in note["message"]
        assert "such as the mean of both" in note["message"]
        at_tie = float(autodiff_cli.evaluate(answer["formulas"]["x"], {"x": 1}))
        assert at_tie in slopes
        number = float(autodiff_cli.grad(text, {"x": 1})["x"])
        assert number == sum(slopes) / 2


# --- the work -------------------------------------------------------------------------------------


def _repeated(form: str, times: int) -> str:
    """Return lines each of which makes something of the one before."""
    lines = [f"u{k} = {form.format(f'u{k - 1}')}" for k in range(1, times)]
    return "\n".join(["u0 = x", *lines, f"u{times - 1}"])


@pytest.mark.parametrize(
    ("text", "order", "answered"),
    [
        ("*".join(f"(x + {k})" for k in range(1, 300)), 0, True),
        ("*".join(f"(x + {k})" for k in range(1, 300)), 1, False),
        ("sin(" * 150 + "x" + ")" * 150, 2, False),
        ("+".join(f"sin({k}*x)" for k in range(1, 1500)), 2, False),
        (_repeated("{0} + {0}", 60), 1, True),
        (_repeated("{0}*{0}", 8), 1, True),
    ],
    ids=["product", "derivative", "nest", "sum", "doublings", "squares"],
)
def test_the_work_is_bounded(text: str, order: int, answered: bool) -> None:
    start = time.process_time()
    refused = pytest.raises(AdiffError, match="are the most")
    with nullcontext() if answered else refused:
        autodiff_cli.formula(text, "x", order)
    assert time.process_time() - start < 12


def test_choices_may_stand_in_one_another_as_deep_as_brackets_may() -> None:
    text = "x"
    for k in range(1, 300):
        text = f"where(x > {k}, {k}*x, {text})"
    found = autodiff_cli.formula(f"log({text})", "x", 1)
    for x in (0.5, 7.25, 400.0):
        assert evaluated_at(found, x) == pytest.approx(1 / x, rel=1e-12)


def evaluated_at(formula: str, x: float) -> float:
    return float(autodiff_cli.evaluate(formula, {"x": x}))


def test_the_time_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(0, 10**9, 100))
    monkeypatch.setattr("autodiff_cli.symbolic.terms.time.monotonic", lambda: next(moments))
    text = "+".join(f"sin({k}*x)**2*cos(x)" for k in range(1, 400))
    with pytest.raises(AdiffError, match="longer than 300 seconds") as caught:
        autodiff_cli.formula(text, "x", 2)
    assert caught.value.code == "too-slow"
