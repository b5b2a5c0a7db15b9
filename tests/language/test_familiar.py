"""Texts as people write them: read where there is one reading, else refused or noted."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

import autodiff_cli
from autodiff_cli import evaluate, formula, grad, hessian
from autodiff_cli.commands.reading_notes import reading_notes
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.errors import ExpressionError, UsageError
from autodiff_cli.language.doubtful import doubtful_signs
from autodiff_cli.language.foreign_functions import _FORMULAS
from autodiff_cli.language.glued import meant
from autodiff_cli.language.names import CONSTANTS, function, functions
from autodiff_cli.language.parser import parse
from autodiff_cli.language.reading import reading
from autodiff_cli.problem import load


def notes(text: str, *at: str, wrt: str = "") -> list[str]:
    """Return what is noted about how a text is read."""
    problem = load(text, "EXPR", at, may_trace=True, wrt=[wrt] if wrt else [])
    return [note.message for note in reading_notes(problem)]


# --- products without a sign ----------------------------------------------------------------------


def factors(rng: Random) -> list[str]:
    """Return a few closed factors, the last of which may be a power."""
    closed = [
        "(x + 1)",
        "(y)",
        "sin(x)",
        "atan2(x, y)",
        "(x - y)²",
        "exp(y)²",
        "x³",
        "([x, y])[0]²",
    ]
    last = ["y", "x**2", "cos(y)^2", "(x + y)**-2", "√y", "√(x)", "(y).T", "x²"]
    return [rng.choice(closed) for _ in range(rng.randint(1, 3))] + [rng.choice([*closed, *last])]


@pytest.mark.parametrize("seed", range(120))
def test_a_product_of_closed_factors_is_that_with_its_signs(seed: int) -> None:
    rng = Random(seed)
    parts = factors(rng)
    before = rng.choice(["", "-", "3 * ", "1 + ", "y - ", "2 - -"])
    behind = rng.choice(["", " / 4", " + x", " * y", " < 2"])
    between = rng.choice(["", " "])
    point = {"x": 0.7, "y": 1.9}
    want = evaluate(before + "(" + ")*(".join(parts) + ")" + behind + " + 0*(x + y)", point)
    text = before + between.join(parts) + behind + " + 0*(x + y)"
    np.testing.assert_allclose(evaluate(text, point), want, rtol=1e-14)


@pytest.mark.parametrize("seed", range(60))
def test_a_product_where_it_can_be_read_in_two_ways_is_refused_with_both(seed: int) -> None:
    rng = Random(seed)
    before = rng.choice(["x/", "2^", "x**-", "y % ", "y @ ", "√", "(x)^", "sin(x)/"])
    first = rng.choice(["(x + 1)", "(y)", "sin(x)", "2", "(x)²", "3"])
    second = rng.choice(["(x - 1)", "cos(y)", "(y)", "(2)"])
    with pytest.raises(ExpressionError) as caught:
        parse(before + first + second)
    assert caught.value.code in ("ambiguous-product", "ambiguous-root")
    for text in (caught.value.hint or "").split("`")[1::2]:
        parse(text)


# --- names of constants ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", CONSTANTS)
def test_a_constant_given_a_value_is_a_variable(name: str) -> None:
    assert evaluate(f"2*{name}", {name: 5}) == 10
    assert grad(f"x*{name}**2 - {name}", {name: 3.0, "x": 2}, name) == {name: 11}
    assert grad(f"{name}*x - [{name}][0]", {name: 3.0, "x": 2}, order=1)[name] == 1
    assert hessian(f"x*{name}", {name: 3.0, "x": 2})[name, "x"] == 1
    assert evaluate(f"{name} = 4; {name}*x", {"x": 2}) == 8
    assert evaluate(f"f({name}) = {name} + 1; f(2)") == 3
    np.testing.assert_equal(float(evaluate(f"-{name}")), -CONSTANTS[name])


def test_a_constant_without_a_value_holds_and_the_reading_tells() -> None:
    assert list(parse("e*x").variables()) == ["x"]
    assert reading(parse("tau*x")).endswith(f"# `tau` is the constant {CONSTANTS['tau']}")
    program = parse("tau*x")
    program.release(["tau"])
    assert reading(program).endswith("# `tau` is a variable, not the constant")
    assert list(program.variables()) == ["tau", "x"]


def test_a_variable_to_differentiate_by_needs_a_value_where_others_have_one() -> None:
    with pytest.raises(UsageError, match="no value is given for `e`"):
        grad("x*e", {"x": 2}, "e")


@pytest.mark.parametrize(
    ("text", "name", "want"),
    [
        ("tau*x", "tau", "x"),
        ("e*x", "e", "x"),
        ("f(e) = e^2", "e", "2*e"),
        ("f(pi) = sin(pi)", "pi", "cos(pi)"),
        ("exp(e*x)", "e", "x*exp(e*x)"),
        ("e**x", "e", "e**(x - 1)*x"),
        ("sin(3.141592653589793*pi)", "pi", "acos(-1)*cos(acos(-1)*pi)"),
        ("e**2*2.718281828459045", "e", "2*e*exp(1)"),
    ],
)
def test_a_formula_never_takes_a_variable_for_the_constant(text: str, name: str, want: str) -> None:
    assert formula(text, name, 1) == want


# --- functions and lines --------------------------------------------------------------------------


def test_a_function_alone_is_differentiated_by_its_parameters() -> None:
    assert grad("f(x) = x^2 + 3x", {"x": 2}) == {"x": 7}
    assert grad("k = 3; g(b, a) = k*a*b; f(u, v) = g(v, u)**2", {"u": 1, "v": 2}) == {
        "u": 72,
        "v": 36,
    }
    assert list(parse("f(b, a) = a*c - b").variables()) == ["b", "a", "c"]
    assert formula("f(x) = x^3", order=1) == "3*x**2"


@pytest.mark.parametrize(
    ("text", "unused"),
    [
        ("u = x; x + 1", ["u"]),
        ("u = x; v = u; x", ["u", "v"]),
        ("f(a) = a; x", ["f"]),
        ("u = 2; f(u) = u; f(x)", ["u"]),
        ("u = 2; f(a) = a*u; f(x)", []),
        ("u = x; v = u + 1", []),
        ("f(a) = a; g(a) = f(a); g(x), x", []),
        ("k = 2; f(x) = k*x", []),
        ("k = 2; f(x) = x", ["k"]),
    ],
)
def test_a_definition_that_nothing_uses_is_noted(text: str, unused: list[str]) -> None:
    assert list(parse(text).unused) == unused
    assert notes(text) == [f"`{name}` is defined and never used" for name in unused]


@pytest.mark.parametrize("end", ["\n", "\n\n", "  # more\n", "\n  # between\n\t"])
@pytest.mark.parametrize("first", ["u = x", "f(u) = u", "x", "x, y"])
@pytest.mark.parametrize("sign", ["+", "-", "−"])
def test_a_line_that_begins_with_a_sign_is_refused(first: str, end: str, sign: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(f"{first}{end}{sign} 2*x")
    assert caught.value.code == "ambiguous-line"
    assert f"`{first} {sign} 2*x`" in (caught.value.hint or "")
    if "=" in first:
        parse(f"{first};{end}{sign} 2*x")


# --- names that look like something else ----------------------------------------------------------

UNARY = [
    name
    for name, operation in functions().items()
    if isinstance(operation, Elementwise) and operation.arity == 1 and name.isalpha()
]


@pytest.mark.parametrize("name", UNARY)
def test_a_function_glued_to_its_argument_is_noted(name: str) -> None:
    if name in ("gamma", "digamma", "psi", "zeta"):
        assert meant(f"{name}x", []) is None
        return
    for glued, apart in ((f"{name}x", f"{name}(x)"), (f"{name}2y", f"{name}(2*y)")):
        if function(glued) is None and (glued[-1] == "x" or function(f"{name}2") is None):
            assert meant(glued, []) is not None
            assert notes(glued) == [
                f"`{glued}` is taken for one variable; write `{apart}` if that is meant"
            ]
            parse(apart)


@pytest.mark.parametrize(
    ("name", "apart"),
    [
        ("sintheta", "sin(theta)"),
        ("cosωt", "cos(ω*t)"),
        ("xsinx", "x*sin(x)"),
        ("sinxcosx", "sin(x)*cos(x)"),
        ("sinx2", "sin(x2)"),
        ("Sinx", "sin(x)"),
        ("pix", "pi*x"),
        ("πr", "π*r"),
        ("πft", "π*f*t"),
        ("PI", "pi"),
        ("Pi", "pi"),
        ("Infinity", "inf"),
        ("eˣ", "e**x"),
        ("xⁿ", "x**n"),
        ("exp2x", "exp(2*x)"),
        ("taux", "tau*x"),
        ("infx", "inf*x"),
        ("M_PI", "pi"),
        ("sinpix", "sin(pi*x)"),
        ("logx_1", "log(x_1)"),
        ("sina", "sin(a)"),
        ("cosb", "cos(b)"),
        ("sinA", "sin(A)"),
        ("log₂x", "log2(x)"),
        ("log₃x", "log(x)/log(3)"),
        ("x₁x₂", "x₁*x₂"),
        ("m1m2", "m1*m2"),
        ("x_1x_2", "x_1*x_2"),
        ("αβ", "α*β"),
        ("Σx", "sum(x)"),
    ],
)
def test_a_name_that_looks_like_a_formula(name: str, apart: str) -> None:
    found = meant(name, [])
    assert found is not None
    parse(found)
    if name != "exp2x":
        assert found == apart


@pytest.mark.parametrize(
    "name",
    "speed alpha max_x cost index expo signal sine logit prob log_p sinus cosine ln_x absval minx"
    " sum_x mean_y exp_term err inflow nano xi eta xyz area radius tangent secant sector zscore E"
    " e1 x₁ x_1 ab kT dt dx mass gamma1 gammax psi_0 pin pit pizza Σ ΔT μ xmax tanks costs"
    " expr secs squared logl coss floors ceils sect sind cosd tand expt lnp logN logT loga logb"
    " logk abst absd logsigma loge since taus pie info nano expq_1".split(),
)
def test_a_plain_name_is_not_noted(name: str) -> None:
    assert meant(name, ["q"]) is None


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("xe^x", "write `x*e`"),
        ("x*te^-t", "write `t*e`"),
        ("ae^(k*x)", "write `a*e`"),
        ("E^x", "write `e`"),
        ("3xy + 2x", "write `x*y`"),
        ("xᵀAx", "write `x.T @ A @ x`"),
        ("х + x", "`х` looks like `x`"),
        ("x₁*x1", "`x₁` looks like `x1`"),
        ("φ*ϕ", "`ϕ` looks like `φ`"),
        ("ℯ^x", "`ℯ` looks like `e`"),
        ("𝜋*x", "`𝜋` looks like `π`"),
        ("(d/dx)(x^2)", "`d/dx` is taken for a quotient"),
        ("y = x^2; y + dy/dx", "`dy/dx` is taken for a quotient"),
        ("y = mx + c", "write `m*x`"),
        ("F = -kx", "write `k*x`"),
        ("f(x) = ax^2 + b", "write `a*x`"),
        ("ax^2 + bx + c", "write `b*x`"),
        ("ax + by", "write `b*y`"),
        ("x = y", "`x` is taken for another name of `y`"),
        ("5C2", "`C2` is taken for a variable; write `gamma(5 + 1)"),
        ("exp(2i*x)", "there are no complex numbers"),
        ("A^T", "the transpose is written `A.T`"),
        ("softmax([x, y])_1", "an element is written `v[0]`"),
    ],
)
def test_a_text_that_looks_like_another_is_noted(text: str, part: str) -> None:
    assert any(part in note for note in notes(text)), notes(text)


@pytest.mark.parametrize(
    "text",
    [
        "x*xe^2",
        "E*x",
        "E^2*x",
        "dx/dt",
        "ax*bx + ay*by",
        "vx*t + x0",
        "x + vx*t",
        "f(x) = x",
        "y = x; y*x",
        "(1 + r)^T",
        "2x1 + 3C",
        "x₁*x₂",
        "ϕ*x",
        "me*c^2",
        "𝑥^2",
        "x_e^x",
        "x*y + xa",
        "Δx/Δt",
        "xᵢ*yᵢ",
        "kx^x",
    ],
)
def test_a_plain_text_has_no_note(text: str) -> None:
    assert notes(text) == []


@pytest.mark.parametrize(
    ("text", "at", "noted"),
    [
        ("a · b", "a=[1,2],b=[3,4]", True),
        ("a ⋅ b", "a=[1,2],b=[3,4]", True),
        ("a × b", "a=[1,2,0],b=[3,4,0]", True),
        ("sum(A^-1)", "A=[[1,2],[3,4]]", True),
        ("sum(A⁻¹)", "A=[[1,2],[3,4]]", True),
        ("sum(A**(-1))", "A=[[1,2],[3,4]]", True),
        ("a * b", "a=[1,2],b=[3,4]", False),
        ("2 · b", "b=[3,4]", False),
        ("a · b", "a=1,b=2", False),
        ("sum(A^2)", "A=[[1,2],[3,4]]", False),
        ("sum(a^-1)", "a=[1,2]", False),
        ("1/a · b", "a=1,b=2", False),
    ],
)
def test_signs_that_mean_something_else_for_arrays_are_noted(
    text: str, at: str, noted: bool
) -> None:
    assert bool(notes(text, at)) is noted


@pytest.mark.parametrize(
    ("text", "doubtful"),
    [
        ("x^1/2", True),
        ("(x + 1)**1/3", True),
        ("x^(1/2)", False),
        ("x^2/2", False),
        ("x^1", False),
        ("2.0f*x", True),
        ("2f*x", False),
        ("1j*x", True),
        ("j*x", False),
        ("(double)x", True),
        ("(d)x", False),
        ("2xy", True),
        ("2ab", True),
        ("0.5mv^2", True),
        ("2mgh", True),
        ("2mu", False),
        ("2eps", False),
        ("2dx", False),
        ("2lr + lr", False),
        ("x %in% y", True),
        ("x%in%y", True),
        ("x %o% y", True),
        ("x%y%z", False),
        ("x % y % z", False),
        ("2*xy", False),
        ("[x + 1]^2", True),
        ("[x, 1]*2", False),
        ("v[0]^2", False),
        ("sum([x]*2)", False),
    ],
)
def test_signs_with_another_likely_reading_are_noted(text: str, doubtful: bool) -> None:
    assert bool([*doubtful_signs(parse(text), [])]) is doubtful


def test_a_letter_that_the_text_uses_makes_a_call_likely() -> None:
    for name in ("logk", "expk", "2*sqrtk"):
        assert notes(name) == []
        assert len(notes(f"{name} + k")) == 1


def test_what_is_left_out_of_the_notes_is_counted() -> None:
    names = [f"{name}x" for name in UNARY if function(f"{name}x") is None][:9]
    told = notes(" + ".join(names))
    assert len(told) == 6
    assert told[-1].startswith(f"{len(names) - 5} more ")
    assert len(notes(" + ".join(names[:6]))) == 6


def test_a_function_of_the_text_is_no_variable() -> None:
    for text in ("f(x) = x^2; f", "f(x) = x^2; f*x"):
        with pytest.raises(ExpressionError, match="needs arguments in brackets"):
            load(text, "EXPR", [], may_trace=True)


def test_a_product_of_variables_is_noted_where_they_are_given() -> None:
    assert notes("xy + x + y", wrt="x") != []
    assert notes("xy", wrt="xy") == []
    assert notes("xy + x*y", "x=1,y=2,xy=3") == []
    for at, apart in (({"x": 1, "y": 2}, "x*y"), ({"x": 1}, "x*y")):
        with pytest.raises(UsageError) as caught:
            evaluate("xy", at)
        assert apart in (caught.value.hint or "")
    with pytest.raises(UsageError) as caught:
        grad("ax^2 + bx + c", {"a": 1, "b": 2, "c": 3, "x": 4})
    assert "a*x" in (caught.value.hint or "")


def test_a_name_with_a_value_is_not_noted() -> None:
    assert notes("sinx", "sinx=2") == []
    assert notes("PI*x", "x=1,PI=3") == []


# --- functions that are missing -------------------------------------------------------------------


@pytest.mark.parametrize("name", _FORMULAS)
def test_a_missing_function_has_a_formula_that_works(name: str) -> None:
    for arguments in ("x", "x + 1", "x, 2*y", "x > 0, x, y", ""):
        with pytest.raises(ExpressionError) as caught:
            parse(f"{name}({arguments})")
        (text,) = (caught.value.hint or "").split("`")[1::2]
        parse(text)


@pytest.mark.parametrize(
    ("call", "at", "want"),
    [
        ("softsign(x + 1)", {"x": 1}, 2 / 3),
        ("fmod(x + 1, 4)", {"x": 6}, 3),
        ("factorial(x)", {"x": 4}, 24),
        ("log(x*2, 3)", {"x": 4.5}, 2),
        ("relu6(x*2)", {"x": 4.5}, 6),
        ("root(x + 1, 3)", {"x": 7}, 2),
    ],
)
def test_the_formula_has_the_value_of_the_function(
    call: str, at: dict[str, object], want: float
) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(call)
    (text,) = (caught.value.hint or "").split("`")[1::2]
    np.testing.assert_allclose(autodiff_cli.evaluate(text, at), want, rtol=1e-12, atol=1e-14)
