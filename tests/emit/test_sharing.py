"""What a picture leaves out, and what it calls what is left: formulas are the measure of both."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from autodiff_cli.emit.picture.call_label import shown_name, spelling
from autodiff_cli.emit.picture.local import local_partials
from autodiff_cli.emit.picture.picture_graph import Known, PictureGraph, picture_graph
from autodiff_cli.emit.picture.sharing import share
from autodiff_cli.engine import Operation, Variable, as_variable, grad, registry
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.engine.variable import reachable
from autodiff_cli.language.names import functions
from emit.graphs import Halves, exp, sin, square


def names(seen: PictureGraph) -> list[str]:
    return sorted(call.name for call in seen.calls)


def written(seen: PictureGraph) -> list[str]:
    return [" ".join(part.text for part in spelling(call)) for call in seen.calls]


def slopes(y: Variable, *xs: Variable) -> PictureGraph:
    found = grad(y, list(xs), create_graph=True)
    outputs = {f"g{i}": g for i, g in enumerate(found)}
    return share(picture_graph(outputs, Known(function={*xs, *reachable([y])})))


def test_equal_parts_are_drawn_once() -> None:
    x = as_variable(0.5, "x")
    y = sin(x) * exp(x) + sin(x)
    assert names(picture_graph({"y": y})).count("sin") == 2
    assert names(share(picture_graph({"y": y}))) == ["add", "exp", "mul", "sin"]


def test_order_of_arguments_counts_where_it_matters() -> None:
    x, y = as_variable(0.5, "x"), as_variable(0.7, "y")
    assert len(share(picture_graph({"f": (x + y) * (y + x)})).calls) == 2
    assert len(share(picture_graph({"f": (x - y) * (y - x)})).calls) == 3


def test_changed_data_is_not_shared() -> None:
    x = as_variable(np.array(0.5), "x")
    a = sin(x)
    x.data = np.array(0.7)
    assert names(share(picture_graph({"f": a + sin(x)}))).count("sin") == 2


def test_own_functions_are_all_kept() -> None:
    x = as_variable(0.5, "x")
    (a, _), (b, _) = Halves()(x), Halves()(x)
    assert names(share(picture_graph({"f": a + b}))).count("Halves") == 2


def test_seeds_are_folded_in_a_derivative() -> None:
    x = as_variable(0.5, "x")
    assert written(slopes(sin(x), x)) == ["cos"]
    assert written(slopes(sin(x) - square(x), x)) == ["-2 ×", "cos", "+"]


def test_derivative_may_be_a_variable_or_a_number() -> None:
    x, y = as_variable(0.5, "x"), as_variable(0.7, "y")
    assert [datum.names for datum in slopes(x * y, x, y).outputs] == [("g0", "y"), ("g1", "x")]
    (slope,) = slopes(4 * x, x).outputs
    assert (slope.names, slope.value, slope.call, slope.literal) == (("g0",), 4.0, None, False)


def test_what_is_written_in_the_function_stays() -> None:
    x = as_variable(0.5, "x")
    y = sin(x * 1.0) + 0.0
    assert len(share(picture_graph({"y": y}, Known(function=set(reachable([y]))))).calls) == 3


def test_calls_of_the_derivative_are_told_apart() -> None:
    x = as_variable(0.5, "x")
    seen = slopes(exp(sin(x)), x)
    assert {call.name: call.derived for call in seen.calls} == {
        "sin": False, "exp": False, "cos": True, "mul": True,
    }  # fmt: skip


def test_adjoint_of_a_shared_call_is_the_sum() -> None:
    x = as_variable(0.5, "x")
    a, b = sin(x), sin(x)
    y = 2 * a + 3 * b
    known = Known(adjoints=dict(zip((a, b), grad(y, [a, b]), strict=True)))
    (shared,) = (
        d for d in share(picture_graph({"y": y}, known)).data if d.call and d.call.name == "sin"
    )
    assert shared.grad == 5.0


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda x: x * 4, "4 ×"),
        (lambda x: x + (-4), "− 4"),
        (lambda x: x - (-4), "+ 4"),
        (lambda x: 4 + x, "+ 4"),
        (lambda x: 4 - x, "4 −"),
        (lambda x: -x, "−"),
        (lambda x: x * -1.0, "−"),
        (lambda x: x**2, "** 2"),
        (lambda x: 2 / x, "2 /"),
    ],
)
def test_numbers_stand_where_formulas_have_them(build: Any, text: str) -> None:
    x = as_variable(0.5, "x")
    assert written(share(picture_graph({"f": build(x)}))) == [text]


INTERNAL = sorted(name for name, op in registry.items() if op.metadata.internal)
WORDS = {"as", "at", "zeros", "with", "cofactors", "float", *functions()}


def call_of(operation: Operation, params: dict[str, Any] | None = None) -> Any:
    y = operation.apply(*(as_variable(0.5, "x") for _ in range(operation.arity)), **(params or {}))
    return picture_graph({"y": y}).calls[0]


@pytest.mark.parametrize("name", INTERNAL)
def test_only_names_of_the_language_are_shown(name: str) -> None:
    operation = registry[name]
    x = as_variable(np.eye(2), "x")
    examples: dict[str, Any] = {
        "getitem": lambda: operation(x, index=0),
        "scatter": lambda: operation(as_variable(1.0), shape=(2,), index=(0,)),
        "astype": lambda: operation(x, dtype="float32"),
        "cofactors": lambda: operation(x, as_variable(np.ones((1, 2, 2)))),
        "total": lambda: operation(x, x, x),
    }
    build = examples.get(name, lambda: operation.apply(*[as_variable(0.5)] * operation.arity))
    text = shown_name(picture_graph({"y": build()}).calls[0])
    assert text == "+" or set(re.findall(r"[a-z_]{2,}", text)) <= WORDS
    assert "{" not in text


@pytest.mark.parametrize(
    ("text", "name"), [("sech(·)**2", "sech_squared"), ("1 − ·**2", "one_minus_square")]
)
def test_notation_of_what_derivatives_are_made_of(text: str, name: str) -> None:
    assert shown_name(call_of(registry[name])) == text


SMOOTH = sorted(
    name
    for name, op in registry.items()
    if isinstance(op, Elementwise)
    and op.arity <= 2
    and not op.metadata.kinks
    and not op.metadata.jumps
)


@pytest.mark.parametrize("name", SMOOTH)
def test_local_partials_are_difference_quotients(name: str) -> None:
    operation = registry[name]
    domain = operation.metadata.domain * operation.arity
    values = [max(d.low, -1.0) * 0.4 + min(d.high, max(d.low, -1.0) + 2.0) * 0.6 for d in domain]
    values = values[: operation.arity]
    xs = [as_variable(value, "x") for value in values]
    found = local_partials(operation.apply(*xs))
    h = 1e-6
    for i, slope in enumerate(found):
        near = [[v + d * h * (k == i) for k, v in enumerate(values)] for d in (1, -1)]
        up, down = (float(operation.compute(*point)) for point in near)
        assert float(slope) == pytest.approx((up - down) / (2 * h), rel=1e-6, abs=1e-7)  # type: ignore[arg-type]


def test_local_partials_of_tensors() -> None:
    a, b = as_variable(np.array([1.0, 2.0]), "a"), as_variable(3.0, "b")
    by_a, by_b = local_partials(a * b)
    assert np.array_equal(by_a, [3.0, 3.0])  # type: ignore[arg-type]
    assert np.array_equal(by_b, [1.0, 2.0])  # type: ignore[arg-type]
    (by_a,) = local_partials(registry["sum"](a))
    assert np.array_equal(by_a, [1.0, 1.0])  # type: ignore[arg-type]
    assert local_partials(registry["transpose"](a)) == []
    assert local_partials(Halves()(b)[0]) == []
