"""Operations that are new: declared here in one place each, and known to every reader at once.

What is expected are closed forms, worked out by hand beside each.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flint import fmpq

import autodiff_cli
from autodiff_cli.derive.element_sparsity import element_dependences
from autodiff_cli.emit.picture.dot import to_dot
from autodiff_cli.emit.picture.tree import to_tree
from autodiff_cli.emit.text.formula import formula
from autodiff_cli.emit.text.latex import latex
from autodiff_cli.engine import Operation, Variable, as_variable, grad, operations, registry
from autodiff_cli.engine.elementwise import elementwise
from autodiff_cli.graph import balls
from autodiff_cli.graph.straight_line import StraightLine, linearize
from autodiff_cli.symbolic.from_graph import terms_of
from autodiff_cli.symbolic.rewrite import new_algebra
from declaring import registry_restored
from emit.exported import c_functions, needs_compiler, python_function

NEW = ("softsign", "mirrored", "running")


def declare() -> None:
    ops = registry
    elementwise(
        "softsign",
        lambda x: x / (1.0 + np.abs(x)),
        lambda gy, y, x: gy / ops["square"](1.0 + ops["abs"](x)),
        doc="x/(1 + |x|), a sigmoid with heavy tails",
        example="softsign(3) = 0.75",
        reference="x / (1 + abs(x))",
        numpy="{x} / (1.0 + np.abs({x}))",
        c="{x} / (1.0 + fabs({x}))",
        latex=r"\operatorname{ssgn}\left(<x>\right)",
    )
    Operation(
        "mirrored",
        lambda x: np.flip(x, -1),
        lambda gy, y, x: ops["mirrored"](gy),
        linear=True,
        doc="the elements along the last axis in reverse",
        example="mirrored([1, 2]) = [2, 1]",
        numpy="np.flip({x}, -1)",
    )
    Operation(
        "running",
        lambda x: np.cumsum(x, -1),
        lambda gy, y, x: ops["mirrored"](ops["running"](ops["mirrored"](gy))),
        linear=True,
        doc="the sums of the first elements along the last axis",
        example="running([1, 2]) = [1, 3]",
        numpy="np.cumsum({x}, -1)",
    )


@pytest.fixture(autouse=True, scope="module")
def _declared() -> Iterator[None]:
    with registry_restored():
        declare()
        yield


X = {"x": [1.0, 2.0, 3.0]}


@pytest.mark.parametrize(
    ("text", "at", "value", "gradient", "hessian"),
    [
        # Of x > 0 it is 1 - 1/(1 + x), with derivatives 1/(1 + x)² and -2/(1 + x)³.
        ("softsign(x)", {"x": 3.0}, 0.75, 0.0625, -0.03125),
        ("sum(mirrored(x)*x)", X, 10, [6, 4, 2], [[0, 0, 2], [0, 2, 0], [2, 0, 0]]),
        # With c = (1, 3, 6): 2(c0 + c1 + c2), 2(c1 + c2), 2 c2; twice how many sums have both.
        ("sum(running(x)**2)", X, 46, [20, 18, 12], [[6, 4, 2], [4, 4, 2], [2, 2, 2]]),
    ],
)
def test_value_gradient_and_hessian(
    text: str, at: dict[str, Any], value: Any, gradient: Any, hessian: Any
) -> None:
    assert autodiff_cli.evaluate(text, at).tolist() == value
    assert autodiff_cli.grad(text, at)["x"].tolist() == gradient
    assert autodiff_cli.hessian(text, at)["x", "x"].tolist() == hessian


@pytest.mark.parametrize(
    ("text", "order", "want"),
    [
        ("softsign(x)", 0, "softsign(x)"),
        ("softsign(x)", 1, "1/(1 + abs(x))**2"),
        ("mirrored([x, sin(x), 1])[1]", 1, "cos(x)"),
        ("mirrored([x, sin(x)])[0]", 0, "sin(x)"),
        ("running([x, x**2, x**3])[1]", 0, "x**2 + x"),
        ("running([x, x**2, x**3])[2]", 1, "3*x**2 + 2*x + 1"),
    ],
)
def test_formula(text: str, order: int, want: str) -> None:
    found = autodiff_cli.formula(text, order=order)
    assert found == want or autodiff_cli.evaluate(f"({found}) - ({want})", {"x": 0.5}) == 0.0
    assert len(found) == len(want)


def vector() -> Variable:
    return Variable(np.linspace(0.5, 1.4, 10), "x")


def test_formula_and_latex_of_tensors() -> None:
    x, algebra = vector(), new_algebra()
    outputs = [registry[name](x) for name in NEW]
    terms = terms_of(algebra, outputs)
    assert [formula(algebra, term) for term in terms] == [f"{name}(x)" for name in NEW]
    assert [latex(algebra, term) for term in terms] == [
        r"\operatorname{ssgn}\left(x\right)",
        r"\operatorname{mirrored}\left(x\right)",
        r"\operatorname{running}\left(x\right)",
    ]


def exported(name: str, x: Variable) -> StraightLine:
    y = registry[name](x)
    (gradient,) = grad(y, [x], create_graph=True)
    return linearize([("value", {"f": y}, 0), ("gradient", {"by x": gradient}, 1)], {"x": x}, name)


def slopes(name: str, x: Any) -> Any:
    """Return the derivative of the sum of all elements of the result."""
    if name == "softsign":
        return 1.0 / (1.0 + np.abs(x)) ** 2
    return np.ones(10) if name == "mirrored" else np.arange(10.0, 0.0, -1.0)


@pytest.mark.parametrize("name", NEW)
def test_python(name: str) -> None:
    x = vector().data
    value, gradient = python_function(exported(name, vector()))(x)
    want = {
        "softsign": x / (1.0 + x),
        "mirrored": x[::-1],
        "running": np.array([x[: k + 1].sum() for k in range(10)]),
    }
    np.testing.assert_allclose(value, want[name], rtol=1e-15)
    np.testing.assert_allclose(gradient, slopes(name, x), rtol=1e-15)


@needs_compiler
def test_c(tmp_path: Path) -> None:
    function = c_functions({"ssgn": exported("softsign", as_variable(1.0, "x"))}, tmp_path)["ssgn"]
    assert [float(number) for number in function(-3.0)] == [-0.75, 0.0625]


@pytest.mark.parametrize(
    ("text", "at", "want"),
    [
        ("softsign(x)", 3.0, [0.75, 0.0625, -0.015625]),
        # 2x + x² and x² + 2x³.
        ("sum(running([x, x**2]))", 1.0, [3.0, 4.0, 1.0]),
        ("sum(mirrored([x, x**2]) * [x**2, 1]) - x", 1.0, [1.0, 4.0, 6.0]),
    ],
)
def test_taylor(text: str, at: float, want: list[float]) -> None:
    assert autodiff_cli.taylor(text, {"x": at}, order=2).tolist() == want


def test_sparsity() -> None:
    x = vector()
    found = {name: element_dependences(registry[name](x), [x]) for name in NEW[:2]}
    assert found == {
        "softsign": [1 << k for k in range(10)],
        "mirrored": [1 << k for k in reversed(range(10))],
    }
    # Half of all pairs is most of them, unless there are others.
    rows = element_dependences(registry["running"](x), [x, vector(), vector()])
    assert rows == [(1 << k + 1) - 1 for k in range(10)]


def test_balls() -> None:
    numbers = np.array([fmpq(1, 3), fmpq(1, 6), fmpq(-1, 2)], object)
    found = {name: balls.call(registry[name], [numbers], {}).tolist() for name in NEW}
    assert found == {
        "softsign": [fmpq(1, 4), fmpq(1, 7), fmpq(-1, 3)],
        "mirrored": [fmpq(-1, 2), fmpq(1, 6), fmpq(1, 3)],
        "running": [fmpq(1, 3), fmpq(1, 2), fmpq(0)],
    }


@pytest.mark.parametrize("name", NEW)
def test_picture(name: str) -> None:
    y = registry[name](vector())
    assert name in to_dot({"f": y})
    assert name in to_tree({"f": y})


def test_it_is_gone_afterwards() -> None:
    before = set(operations())
    with registry_restored():
        elementwise("gone", np.exp, lambda gy, y, x: gy * y, doc="", example="gone(0) = 1")
        assert autodiff_cli.evaluate("gone(0)") == 1.0
    assert set(operations()) == before
    with pytest.raises(autodiff_cli.AdiffError, match="gone"):
        autodiff_cli.evaluate("gone(0)")
