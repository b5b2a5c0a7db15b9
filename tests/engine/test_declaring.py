"""Declaring an operation: what follows from a declaration, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from autodiff_cli.engine import Operation, Variable, grad, operations, registry
from autodiff_cli.engine.elementwise import elementwise
from declaring import registry_restored


@pytest.fixture(autouse=True)
def _registry_restored() -> Iterator[None]:
    with registry_restored():
        yield


def cube(**changes: Any) -> Operation:
    declaration = {
        "name": "cube",
        "forward": lambda x: x * x * x,
        "doc": "third power",
        "example": "cube(2) = 8",
    } | changes
    name, forward = declaration.pop("name"), declaration.pop("forward")
    return elementwise(name, forward, lambda gy, y, x: gy * (3.0 * x * x), **declaration)


def shift(**changes: Any) -> Operation:
    def forward(x: Any, step: float = 1.0, times: int = 1) -> Any:
        return x + step * times

    declaration = {"doc": "moved by steps", "example": "shift(2) = 3", "method": True} | changes
    return Operation("shift", forward, lambda gy, y, x, **params: gy, **declaration)


def test_a_declared_operation_is_known_by_all_its_names() -> None:
    op = cube(aliases=("third", "kubus"))
    assert registry["cube"] is op
    assert list(registry)[-1] == "cube"
    assert [operations()[name] for name in ("cube", "third", "kubus")] == [op] * 3
    assert not {"third", "kubus"} & registry.keys()
    assert op.name == "cube"
    assert op.arity == 1
    assert op.metadata.doc == op.__doc__ == "third power"
    assert "cube" in repr(op)


@pytest.mark.parametrize("data", [2.0, [2.0, -1.0]], ids=["scalar", "vector"])
def test_a_declared_operation_computes_and_differentiates(data: Any) -> None:
    op, x = cube(), Variable(np.array(data))
    y = op(x)
    for expected in (x.data**3, 3 * x.data**2, 6 * x.data, 6 + 0 * x.data, 0 * x.data):
        assert y.data.tolist() == expected.tolist()
        (y,) = grad(y, [x], create_graph=True)
    assert op(2.0) == 8.0
    assert op([1, 2]).tolist() == [1.0, 8.0]
    assert op(x).creator.inputs == (x,)


def test_a_faster_way_for_scalars_may_raise_where_ieee_has_an_answer() -> None:
    def scalar(x: float) -> float:
        if x > 100.0:
            raise OverflowError
        return x * x * x

    op = cube(scalar=scalar)
    assert op(Variable(np.array(2.0))).data == 8.0
    assert op(Variable(np.array(1e200))).data == np.inf


def test_a_rule_may_raise_where_ieee_has_an_answer() -> None:
    op = elementwise(
        "inverse",
        np.reciprocal,
        lambda gy, y, x: -gy / (x * x),
        doc="1/x",
        example="inverse(2) = 0.5",
    )
    for create_graph in (False, True):
        x = Variable(np.array(0.0))
        assert grad(op(x), [x], create_graph)[0].data == -np.inf


@pytest.mark.parametrize("create_graph", [False, True], ids=["values", "graph"])
@pytest.mark.parametrize("n", [3.0, [3.0, 3.0]], ids=["scalar", "vector"])
def test_an_argument_without_a_rule_has_no_derivative(n: Any, create_graph: bool) -> None:
    right = elementwise(
        "right", np.multiply, lambda gy, y, x, n: gy * n, None, doc="x n", example="right(2, 3) = 6"
    )
    left = elementwise(
        "left", np.multiply, None, lambda gy, y, n, x: gy * n, doc="n x", example="left(3, 2) = 6"
    )
    x, steps = Variable(np.array(2.0)), Variable(np.array(n))
    for y in (right(x, steps), left(steps, x)):
        gx, gn = grad(y, [x, steps], create_graph)
        assert gx.data == 3.0 * steps.size
        assert gn.data.tolist() == np.zeros(steps.shape).tolist()
    for y in (right(2.0, steps), left(steps, 2.0)):
        assert grad(y, [steps], create_graph)[0].data.tolist() == np.zeros(steps.shape).tolist()


def test_an_operation_is_a_method_if_declared_so() -> None:
    shift()
    cube()
    x = Variable(np.array([1.0, 2.0]))
    assert x.shift().data.tolist() == [2.0, 3.0]
    assert x.shift(2.0).data.tolist() == [3.0, 4.0]
    assert x.shift(times=3).data.tolist() == [4.0, 5.0]
    assert not hasattr(x, "cube")


def test_static_parameters_go_by_position_and_by_name() -> None:
    op = shift()
    assert op.statics == ("step", "times")
    x = Variable(np.array(1.0))
    for y in (op(x, 2.0, 3), op(x, 2.0, times=3), op(x, times=3, step=2.0)):
        assert y.data == 7.0
        assert grad(y, [x])[0].data == 1.0
    with pytest.raises(TypeError, match="shift"):
        op(x, 1.0, 2, 3)
    with pytest.raises(TypeError, match="shift"):
        op()
    with pytest.raises(TypeError, match="none_such"):
        op(x, none_such=1)


def test_a_static_parameter_given_twice_is_an_error() -> None:
    with pytest.raises(TypeError, match="step"):
        shift()(Variable(np.array(1.0)), 2.0, step=3.0)


def test_an_operator_calls_the_operation_that_declares_its_symbol() -> None:
    for symbol, op in ((op.metadata.symbol, op) for op in registry.values()):
        # Variables are told apart by identity, so == and != are not theirs to define, and Python
        # keeps `and` and `or` for itself.
        if symbol in ("", "==", "!=", "and", "or"):
            continue
        left, right = Variable(np.array([2.0, 3.0])), Variable(np.array([4.0, 5.0]))
        y = eval(f"left {symbol} right")
        assert np.array_equal(y.data, op(left, right).data)
        assert y.creator.op is op
        assert eval(f"left {symbol} [4.0, 5.0]").creator.op is op
        # Python may turn round what compares: 2 < x is x > 2.
        y = eval(f"[2.0, 3.0] {symbol} right")
        assert isinstance(y, Variable)
        assert np.array_equal(y.data, op(left, right).data)


@pytest.mark.parametrize(
    ("changes", "taken"),
    [
        ({"name": "sin"}, "sin"),
        ({"aliases": ("sin",)}, "sin"),
        ({"aliases": ("third", "ln")}, "ln"),
        ({"name": "ln"}, "ln"),
        ({"aliases": ("third", "third")}, "third"),
        ({"aliases": ("cube",)}, "cube"),
    ],
    ids=["name", "alias", "second alias", "name like alias", "alias twice", "alias like name"],
)
def test_a_name_that_is_taken_is_refused_and_nothing_is_changed(
    changes: dict[str, Any], taken: str
) -> None:
    before, spellings = dict(registry), dict(operations())
    with pytest.raises(ValueError, match=f"'{taken}'"):
        cube(**changes)
    assert registry == before
    assert operations() == spellings


def test_an_operator_that_is_taken_is_refused_and_not_stolen() -> None:
    with pytest.raises(ValueError, match=r"\+"):
        elementwise(
            "plus",
            np.subtract,
            lambda gy, y, a, b: gy,
            lambda gy, y, a, b: -gy,
            doc="not a sum",
            example="2 + 3 = -1",
            symbol="+",
        )
    assert (Variable(np.array(2.0)) + 3.0).data == 5.0


def test_a_method_that_is_taken_is_refused_and_not_stolen() -> None:
    with pytest.raises(ValueError, match="backward"):
        Operation(
            "backward",
            np.negative,
            lambda gy, y, x: -gy,
            doc="not a sweep",
            example="backward(2) = -2",
            method=True,
        )
    x = Variable(np.array(2.0))
    (x * x).backward()
    assert x.grad.data == 4.0


def test_scattering_what_does_not_fit_its_place_is_an_error() -> None:
    """NumPy repeats elements to fit, which is not the adjoint of getitem; 2.5 may even crash."""
    code = (
        "import numpy as np; from autodiff_cli.engine import scatter\n"
        "for x, shape, index in (((), 3, slice(None)), ((2, 1, 3), 1, (None, 0))):\n"
        "    try: scatter(np.ones(x), shape=(shape,), index=index)\n"
        "    except ValueError: print('refused')"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.stdout.split() == ["refused"] * 2, run
