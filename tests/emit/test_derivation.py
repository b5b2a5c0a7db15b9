"""The steps of `adiff explain`: each line is right, and the last one is the answer of `adiff grad`.

Lines are evaluated by Python and NumPy as they are printed: the language reads the same there, but
for the prime of a derivative.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import pairwise
from random import Random
from typing import Any

import mpmath
import numpy as np
import pytest

import autodiff_cli
from autodiff_cli.emit.text.derivation import DerivationLines
from autodiff_cli.emit.text.operation_text import operation_text
from autodiff_cli.engine import Operation, registry
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.engine.rule_names import CONSTANT
from autodiff_cli.errors import AdiffError
from autodiff_cli.explaining import Explanation, explained
from autodiff_cli.language.format import element_names
from autodiff_cli.language.names import functions
from autodiff_cli.language.parser import parse
from autodiff_cli.language.program import Instruction, static_value
from autodiff_cli.problem import load
from autodiff_cli.symbolic.derivation_steps import SUMMARY

# In extended precision, so that cancellation does not hide what is wrong, nor feign it.
Real = np.longdouble
TOLERANCE = 1e-13

NAMES: dict[str, Any] = {
    **{name: getattr(np, name) for name in ("sin", "cos", "tan", "exp", "log", "sqrt", "tanh")},
    **{name: getattr(np, name) for name in ("sinh", "cosh", "where", "hypot")},
    # Of what moves in the complex plane, too.
    "abs": lambda x: x * np.sign(np.real(x)),
    "sign": lambda x: np.sign(np.real(x)),
    "atan": np.arctan,
    "sec": lambda x: 1 / np.cos(x),
    "csc": lambda x: 1 / np.sin(x),
    "cot": lambda x: np.cos(x) / np.sin(x),
    "sech": lambda x: 1 / np.cosh(x),
    "csch": lambda x: 1 / np.sinh(x),
    "coth": lambda x: np.cosh(x) / np.sinh(x),
    "max": lambda *xs: np.max(np.broadcast_arrays(*xs), axis=0),
    "min": lambda *xs: np.min(np.broadcast_arrays(*xs), axis=0),
    "pi": 4 * np.arctan(Real(1)),
    "e": np.exp(Real(1)),
    "inf": np.inf,
    "nan": np.nan,
}
POINTS = {
    "x": np.array([0.625, 0.9375, 1.21875, 1.53125, 1.8125], Real),
    "y": np.array([1.6875, 0.71875, 0.90625, 1.28125, 0.53125], Real),
}


def explain(text: str, wrt: str = "x", order: int = 1, **options: Any) -> Explanation:
    return explained(load(text, "EXPR", (), may_trace=True, wrt=[wrt]), [wrt], order, **options)


def value(text: str, names: Mapping[str, Any], slopes: Mapping[str, Any]) -> Any:
    """Return what a line is at the points.

    Parameters
    ----------
    slopes
        What stands for the derivative of each part with a prime.
    """
    known = dict(names)
    while (place := text.find("'")) >= 0:
        start = _start(text, place)
        part = text[start:place]
        known[f"d{start}_{len(known)}"] = slope(part, names, slopes)
        text = f"{text[:start]}d{start}_{len(known) - 1}{text[place + 1 :]}"
    with np.errstate(all="ignore"):
        return eval(text, {**NAMES, **known}) + 0 * POINTS["x"]


def _start(text: str, place: int) -> int:
    """Return where that begins which has a prime: a name, a call, or what is in brackets."""
    if text[place - 1] == ")":
        depth = 0
        for k in range(place - 1, -1, -1):
            depth += (text[k] == ")") - (text[k] == "(")
            if not depth:
                place = k
                break
    match = re.search(r"\w*(\[[\d, ]*\])?$", text[:place])
    assert match is not None
    return match.start()


def slope(part: str, names: Mapping[str, Any], slopes: Mapping[str, Any]) -> Any:
    """Return the derivative of a part by a name of its own, or as differences would give it."""
    if part in slopes:
        return slopes[part]
    # By the complex step, which has no cancellation.  Source: Squire and Trapp, Using complex
    # variables to estimate derivatives of real functions (SIAM Review 40, 1998).
    variable = slopes["variable"]
    step = Real(1e-25)
    moved = {**names, variable: names[variable] + 1j * step}
    return (eval(part, {**NAMES, **moved}) + 0j).imag / step


def check(block: DerivationLines, variable: str) -> bool:
    """Check each line of a derivation at the points; return whether it has a value there."""
    names: dict[str, Any] = dict(POINTS)
    assert block.function is not None
    whole = value(block.function.right, names, {})
    for line in block.parts:
        names[line.left] = value(line.right, names, {})
    if not all(np.all(np.isfinite(part)) for part in (whole, *names.values())):
        return False
    if block.parts:
        _agree(names[block.function.left], whole, block)
    slopes: dict[str, Any] = {"variable": variable, variable: 1.0}
    left = ""
    for line in block.steps:
        if line.left and not line.left.endswith("'"):
            names[line.left] = value(line.right, names, {})  # a name in the result
            continue
        found = value(line.right, names, slopes)
        if not np.all(np.isfinite(found)):
            return False
        if line.left and line.left != left:
            left = line.left
            slopes[left.removesuffix("'")] = found
        _agree(found, slopes[left.removesuffix("'")], block)
    return True


def _agree(found: Any, wanted: Any, block: DerivationLines) -> None:
    scale = np.maximum(np.abs(wanted), 1)
    assert np.all(np.abs(found - wanted) <= TOLERANCE * scale), block


class Writer:
    """Writes expressions of x and y that are finite at the points more often than not."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)

    def text(self, depth: int) -> str:
        rng = self.rng
        if depth == 0:
            return rng.choice(["x", "x", "x", "y", "2", "3", "0.5", "(x + 1)", "x**2"])
        a = self.text(rng.randrange(depth))
        b = self.text(depth - 1)
        kind = rng.random()
        if kind < 0.45:
            name = rng.choice("sin cos tan exp log sqrt tanh atan sinh cosh abs".split())
            return f"{name}({b})"
        if kind < 0.55:
            return f"({b})**{rng.choice(['2', '3', '-1', '-2', '0.5', '(x)', 'y'])}"
        if kind < 0.6:
            return rng.choice([f"max({a}, {b})", f"where({a} > 1, {b}, x)", f"2**({b})"])
        return f"({a} {rng.choice('+-**//')} {b})"


@pytest.mark.parametrize("seed", range(10))
def test_lines_are_right_and_end_with_the_answer_of_grad(seed: int) -> None:
    writer = Writer(seed)
    checked = 0
    for k in range(100):
        text = writer.text(1 + k % 3)
        variable = "y" if k % 5 == 0 else "x"
        if not re.search(rf"\b{variable}\b", text):
            text = f"{variable}*{text}"
        found = explain(text, variable)
        (section,) = found.sections
        block = section.block(False)
        checked += check(block, variable)
        answer = found.formulas[variable]
        if k % 8 == 0:
            assert answer == autodiff_cli.formula(text, wrt=variable, order=1)
        # A line before one that begins with a sign ends with a semicolon.
        *names, last = answer.replace(";", "").splitlines()
        assert block.steps[-1].right == last
        shown = [f"{line.left} = {line.right}" for line in block.steps[:-1]]
        assert shown[len(shown) - len(names) :] == names
    # The others have no value at some of the points.
    assert checked >= 85


@pytest.mark.parametrize("order", [2, 3])
def test_higher_orders_begin_with_the_formula_before(order: int) -> None:
    for text in ("sin(x**2)*exp(-x)", "x/(1 + x**2)", "log(x)*y + x**y"):
        found = explain(text, "x", order)
        blocks = found.blocks
        assert len(blocks) == order
        for before, after in pairwise(blocks):
            assert after.function is not None
            assert after.function.right == before.steps[-1].right
        assert found.formulas["x"] == autodiff_cli.formula(text, wrt="x", order=order)
        for block in blocks:
            assert check(block, "x")


DIFFERENTIABLE = [
    operation
    for name, operation in registry.items()
    if isinstance(operation, Elementwise)
    and name in functions()
    and not operation.metadata.internal
    and any(operation.vjps)
]


@pytest.mark.parametrize("operation", DIFFERENTIABLE, ids=lambda operation: operation.name)
def test_every_operation_has_its_line(operation: Operation) -> None:
    arguments = ["x", "y", "z"][: operation.arity]
    text = call(operation, arguments)
    for name, vjp in zip(arguments, operation.vjps, strict=True):
        if vjp is None:
            continue
        for inside in (name, f"({name}**2 + 2)"):
            whole = call(operation, [inside if a == name else a for a in arguments])
            found = explain(whole, name)
            lines = found.blocks[0].steps
            assert any(line.rules for line in lines), whole
            assert all(SUMMARY not in line.rules for line in lines), whole
            if inside == name:
                assert found.formulas[name] == autodiff_cli.formula(whole, wrt=name, order=1)
    assert explain(text).blocks[0].function is not None


def call(operation: Operation, arguments: list[str]) -> str:
    """Return a call as the language writes it."""
    symbol = operation.metadata.symbol
    if symbol and len(arguments) == 2:
        return f"{arguments[0]} {symbol} {arguments[1]}"
    if operation.metadata.leading:
        return f"{operation.name}({', '.join([*['1'] * len(operation.statics), *arguments])})"
    name = next(name for name, found in functions().items() if found is operation)
    return f"{name}({', '.join(arguments)})"


RULES = {
    "x**4 - 2*x**2": ["sum rule", "power rule"],
    "sin(x**2)*exp(-x)": ["power rule", "chain rule", "exponential rule", "product rule"],
    "x/(1+x**2)": ["power rule", "quotient rule"],
    "log(x)**x": ["derivative of log", "power rule", "exponential rule", "chain rule"],
    "abs(x-1)*x": ["chain rule", "product rule"],
    "max(x**2, y)": ["case by case", "power rule"],
    "tanh(x)": ["derivative of tanh"],
    "3*x + 1": ["sum rule", "constant factor"],
    "floor(x)": [CONSTANT],
}


@pytest.mark.parametrize("text", RULES)
def test_rules_are_those_of_a_textbook(text: str) -> None:
    steps = explain(text).blocks[0].steps
    assert list(dict.fromkeys(rule for line in steps for rule in line.rules)) == RULES[text]


def test_definitions_keep_their_names() -> None:
    (block,) = explain("u = sin(x)\nq = u**2 + 1\nexp(q)*u").blocks
    assert [(line.left, line.right) for line in block.parts] == [
        ("u", "sin(x)"),
        ("q", "u**2 + 1"),
        ("v", "exp(q)"),
        ("f", "u*v"),
    ]
    assert check(block, "x")


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
def test_depth_leaves_out_what_is_deeper(depth: int) -> None:
    found = explain("exp(sin(cos(tan(x**2))))", depth=depth)
    (block,) = found.blocks
    assert len(block.parts) == (depth + 2 if depth < 3 else 5)
    assert check(block, "x")
    assert (SUMMARY in block.steps[0].rules) == (depth < 3)


def test_long_ones_are_not_too_long() -> None:
    text = "x"
    for name in ("sin", "exp", "tanh", "cos") * 11:
        text = f"{name}({text}) + 1"
    (block,) = explain(text).blocks
    assert len(block.parts) <= 41


def test_library_has_the_derivation_in_every_notation() -> None:
    found = autodiff_cli.explain("x**4 - 2*x**2", at={"x": 2})
    assert str(found).splitlines()[-1].split() == ["=", "4*x**3", "-", "4*x", "24"]
    assert found._repr_latex_().startswith("\\begin{align*}")
    assert "<table" in found._repr_html_()
    assert found.formulas == {"x": "4*x**3 - 4*x"}
    json.dumps([line.right for block in found.blocks for line in block.steps])


def test_numbers_beside_the_lines_are_right() -> None:
    found = autodiff_cli.explain("sin(x**2)*exp(-x)", at={"x": 2})
    with mpmath.workdps(30):
        wanted = {
            "x**2": mpmath.mpf(4),
            "sin(x**2)": mpmath.sin(4),
            "exp(-x)": mpmath.exp(-2),
            "2*x*cos(x**2)": 4 * mpmath.cos(4),
            "(2*x*cos(x**2) - sin(x**2))*exp(-x)": mpmath.diff(
                lambda x: mpmath.sin(x**2) * mpmath.exp(-x), 2
            ),
        }
        for text, number in wanted.items():
            assert float(found.values[text]) == pytest.approx(float(number), rel=1e-14)


VECTORS = {
    "sum(v*w)": "w",
    "v @ w": "w",
    "logsumexp(v)": "softmax(v)",
    "sum(v**2)/2 + w[0]": "v",
}


@pytest.mark.parametrize("text", VECTORS)
def test_derivatives_by_vectors_are_explained_by_elements(text: str) -> None:
    point = {"v": [0.625, 1.25], "w": [1.75, -0.5]}
    at = {name: values for name, values in point.items() if re.search(rf"\b{name}\b", text)}
    found = autodiff_cli.explain(text, at, wrt="v")
    *elements, whole = found.blocks
    for k, block in enumerate(elements):
        wanted = autodiff_cli.grad(text, at, wrt="v")["v"][k]
        assert block.steps[-1].formula
        shown = found.values[block.steps[-1].formula]
        assert float(shown) == pytest.approx(wanted, rel=1e-14)
    assert [line.right for line in whole.steps] == [VECTORS[text]]


@pytest.mark.parametrize(
    ("text", "code"),
    [("5", "no-variable"), ("[x, 2*x]", "not-a-scalar"), ("sni(x)", "unknown-function")],
)
def test_what_cannot_be_explained_is_said(text: str, code: str) -> None:
    with pytest.raises(AdiffError) as raised:
        autodiff_cli.explain(text)
    assert raised.value.code == code


def test_notebooks_show_results_as_tables_and_formulas() -> None:
    assert autodiff_cli.formula("sqrt(x)", order=1)._repr_latex_() == r"$\frac{1}{2 \sqrt{x}}$"  # type: ignore[attr-defined]
    gradient = autodiff_cli.grad("x*y", {"x": 2, "y": 3})
    assert "<th>x</th><td>3</td>" in gradient._repr_html_()  # type: ignore[attr-defined]
    assert repr(gradient) == "{'x': array(3.), 'y': array(2.)}"
    hessian = autodiff_cli.hessian("x**2*y", {"x": 3, "y": 5})
    rows = re.findall(r"<tr>(.*?)</tr>", hessian._repr_html_() or "")
    assert [re.findall(r"<t[hd]>(.*?)</t[hd]>", row) for row in rows] == [
        ["", "x", "y"],
        ["x", "10", "6"],
        ["y", "6", "0"],
    ]
    jacobian = autodiff_cli.jacobian("x*v", {"x": 2, "v": [1, 3]})
    rows = re.findall(r"<tr>(.*?)</tr>", jacobian._repr_html_() or "")
    assert [re.findall(r"<t[hd]>(.*?)</t[hd]>", row) for row in rows] == [
        ["", "x", "v[0]", "v[1]"],
        ["f[0]", "1", "2", "0"],
        ["f[1]", "3", "0", "2"],
    ]
    large = autodiff_cli.hessian("sum(v**2)", {"v": np.ones(40)})
    assert large._repr_html_() is None


TENSORS = [
    operation
    for operation in dict.fromkeys(functions().values())
    # A list of numbers is a leaf.
    if not isinstance(operation, Elementwise) and operation.name != "stack"
]


@pytest.mark.parametrize("operation", TENSORS, ids=lambda operation: operation.name)
def test_every_operation_on_tensors_is_explained_by_elements(operation: Operation) -> None:
    """Take the call of the example in the declaration, with a variable for each array."""
    program = parse(operation.metadata.example.rpartition(" = ")[0])
    results = program.results({})
    call = next(Instruction(*one) for one in program.calls if one[0] is operation)
    # Not at a place where two elements tie.
    values = [np.asarray(results[slot], float) for slot in call.slots]
    values = [x + 0.0078125 * np.arange(x.size).reshape(x.shape) for x in values]
    at = {f"a{k}": value.tolist() for k, value in enumerate(values)}
    params = {name: static_value(name, s, results) for name, s in (call.statics or {}).items()}
    text = f"sum({operation_text(operation, list(at), params)}**2)"
    found = autodiff_cli.explain(text, at)
    wanted = autodiff_cli.grad(text, at)
    last = {
        section.variable: section.block(False).steps[-1].formula
        for section in found.sections
        if section.derivation is not None
    }
    for name, gradient in wanted.items():
        for element, slope in zip(element_names(name, gradient.shape), gradient.flat, strict=True):
            shown = float(found.values[last[element]])
            assert shown == pytest.approx(slope, rel=1e-12, abs=1e-13)
