"""Graphs as straight lines: each node once, nothing needless, and no number changed."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from autodiff_cli.emit.source.python import to_python
from autodiff_cli.engine import Variable, as_variable, grad, registry
from autodiff_cli.graph.json_graph import to_json
from autodiff_cli.graph.straight_line import Argument, Assignment, Constant, StraightLine, linearize
from autodiff_cli.problem import pose
from emit.exported import python_function

sin, where, neg = (registry[name] for name in ("sin", "where", "neg"))


def code(y: Variable, **variables: Variable) -> StraightLine:
    return linearize([("value", {"f": y}, 0)], variables)


def shown(found: StraightLine) -> list[str]:
    """Return the calls of a straight line as text."""
    texts: list[str] = []
    for node in found.nodes:
        match node:
            case Argument():
                texts.append(node.name)
            case Constant():
                texts.append(str(node.value))
            case Assignment():
                inside = ", ".join(texts[k] for k in node.inputs)
                texts.append(f"{node.operation.name}({inside})")
    return [texts[group.nodes[0]] for group in found.groups]


@pytest.fixture
def x() -> Variable:
    return as_variable(math.nan, "x")


@pytest.fixture
def z() -> Variable:
    return as_variable(math.nan, "z")


class TestSharing:
    def test_same_calls_are_one(self, x: Variable, z: Variable) -> None:
        found = code(sin(x * z) + sin(x * z), x=x, z=z)
        assert [call.operation.name for call in found.calls] == ["mul", "sin", "add"]

    def test_order_of_factors_and_terms_does_not_matter(self, x: Variable, z: Variable) -> None:
        assert len(code((x * z) - (z * x), x=x, z=z).calls) == 2
        assert len(code((x + z) - (z + x), x=x, z=z).calls) == 2
        assert len(code((x - z) - (z - x), x=x, z=z).calls) == 3

    def test_static_parameters_tell_calls_apart(self) -> None:
        a = as_variable(np.ones((2, 2)), "a")
        y = a.sum(axis=0) + a.sum(axis=1) + a.sum(axis=0)
        sums = [call for call in code(y, a=a).calls if call.operation.name == "sum"]
        assert len(sums) == 2

    def test_zeros_of_different_sign_are_two_constants(self, x: Variable) -> None:
        y = where(x, 0.0, -0.0) + where(x, -0.0, 0.0)
        assert sum(isinstance(node, Constant) for node in code(y, x=x).nodes) == 2

    def test_what_has_a_name_keeps_it(self, x: Variable) -> None:
        y = sin(x)
        y.name = "u"
        (call, *_) = code(y * sin(x), x=x).calls
        assert call.name == "u"


class TestIdentities:
    def test_what_changes_nothing_is_left_out(self, x: Variable, z: Variable) -> None:
        same = [x * 1.0, 1.0 * x, x / 1.0, x + -0.0, -0.0 + x, x - 0.0, neg(neg(x)), x**1.0]
        for y in same:
            assert shown(code(y, x=x)) == ["x"], y
        assert shown(code(x + (-z), x=x, z=z)) == ["sub(x, z)"]
        assert shown(code(x - (-z), x=x, z=z)) == ["add(x, z)"]
        assert shown(code(x * -1.0, x=x)) == ["neg(x)"]
        assert shown(code(x**2.0, x=x)) == ["square(x)"]
        assert shown(code(x**0.0, x=x)) == ["1.0"]

    def test_what_may_change_something_stays(self, x: Variable) -> None:
        # -0 + 0 is 0, 0 * inf is nan, and so is inf - inf.
        for y in (x + 0.0, 0.0 + x, x * 0.0, 0.0 * x, x - x, x / x, 0.0 - x, x - -0.0, 0.0 / x):
            assert len(code(y, x=x).calls) == 1, shown(code(y, x=x))

    def test_a_factor_of_1_that_gives_the_shape_stays(self) -> None:
        ones, a = as_variable(np.ones(3)), as_variable(np.ones(()), "a")
        assert len(code(ones * a, a=a).calls) == 1

    def test_plain_numbers_are_computed(self, x: Variable) -> None:
        two = as_variable(2.0)
        assert shown(code(x + sin(two * 3.0), x=x)) == [f"add(x, {math.sin(6.0)})"]

    @pytest.mark.parametrize("number", [0.0, -0.0, 1.5, math.inf, -math.inf, math.nan])
    def test_no_number_is_changed(self, number: float) -> None:
        x = as_variable(number, "x")
        ones = [
            x * 1.0,
            x / 1.0,
            x + -0.0,
            x - 0.0,
            neg(neg(x)),
            x**1.0,
            x + (-x),
            x - (-x),
            x * -1.0,
        ]
        for y in ones:
            (got,) = python_function(code(y, x=x))(number)
            np.testing.assert_array_equal(got, y.data)
            assert np.isnan(got) or np.signbit(got) == np.signbit(y.data)


class TestLines:
    def test_what_no_output_needs_is_dropped(self, x: Variable, z: Variable) -> None:
        found = code((sin(x) * 2.0) ** 0.0 * z, x=x, z=z)
        assert shown(found) == ["z"]
        assert [argument.name for argument in found.arguments] == ["x", "z"]

    def test_nodes_stand_behind_what_they_need(self, x: Variable, z: Variable) -> None:
        gx = grad(sin(x * z) / z, [x, z], create_graph=True)
        found = linearize([("value", {"f": gx[0]}, 0), ("more", {"g": gx[1]}, 1)], {"x": x, "z": z})
        for k, node in enumerate(found.nodes):
            assert all(i < k for i in getattr(node, "inputs", ()))

    def test_long_and_doubling_graphs(self, x: Variable) -> None:
        begin, y, w = time.monotonic(), x, x
        for _ in range(50_000):
            y = sin(y)
        for _ in range(200):
            w = w + w
        found = code(y * w, x=x)
        assert len(found.calls) == 50_201
        assert to_python(found).count("\n") > 3_000
        assert to_json(found).count("\n") > 50_000
        assert time.monotonic() - begin < 20


def test_a_call_says_where_it_stands_in_the_text() -> None:
    text = "u = x*y; sin(u) + u**2"
    problem = pose(text, {"x": 2.0, "y": 3.0})
    code = linearize([("value", {"f": problem.y}, 0)], problem.env, text, problem.spans)
    found = {call.operation.name: text[slice(*call.span)] for call in code.calls if call.span}
    assert found == {
        "mul": "x*y",
        "sin": "sin(u)",
        "square": "u**2",
        "add": "sin(u) + u**2",
    }
    assert [call.name for call in code.calls] == ["u", "", "", ""]
