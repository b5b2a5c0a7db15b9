"""Patterns seen from the graph, and colorings of them: what is left out must be nothing."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiff_cli.derive import matrices as second
from autodiff_cli.derive.sparsity import (
    Coloring,
    bits,
    dependences,
    independent_groups,
    interactions,
)
from autodiff_cli.engine import Variable, as_variable, grad, registry
from autodiff_cli.language.binding import bind
from autodiff_cli.language.parser import parse

N = 6

symmetric = st.lists(
    st.tuples(st.integers(0, 11), st.integers(0, 11)), min_size=0, max_size=40
).map(
    lambda pairs: [
        sum(1 << b for b in range(12) if (a, b) in pairs or (b, a) in pairs) for a in range(12)
    ]
)


def function(draw: st.DrawFn) -> tuple[Variable, dict[str, Variable]]:
    """Return a graph in which calls are shared, and what it is of."""
    values = draw(st.lists(st.floats(-2, 2), min_size=N, max_size=N))
    xs = {f"x{i}": as_variable(value, f"x{i}") for i, value in enumerate(values)}
    made = list(xs.values())
    for _ in range(draw(st.integers(1, 20))):
        x, y = draw(st.sampled_from(made)), draw(st.sampled_from(made[-4:]))
        op = draw(st.sampled_from(["add", "sub", "mul", "sin", "tanh", "where", "floor"]))
        operation = registry[op]
        if op == "where":
            made.append(operation(x > y, x * y, y))
        else:
            made.append(operation(*(x, y)[: operation.arity]))
    total = as_variable(made[-1])
    for y in made[N:-1:3]:
        total = total + y
    return total, xs


functions = st.composite(function)()


@settings(max_examples=150, deadline=None)
@given(functions)
def test_a_hessian_from_few_products_is_the_one_from_all(
    asked: tuple[Variable, dict[str, Variable]],
) -> None:
    y, xs = asked
    variables = list(xs.values())
    rows = [grad(g, variables) for g in grad(y, variables, create_graph=True)]
    dense = [[float(entry) for entry in row] for row in rows]
    found = second.hessian(y, xs).matrix
    np.testing.assert_allclose(found, dense, rtol=1e-9, atol=1e-9)
    assert (found == found.T).all()


@settings(max_examples=100, deadline=None)
@given(functions)
def test_what_is_not_in_the_pattern_is_zero(asked: tuple[Variable, dict[str, Variable]]) -> None:
    y, xs = asked
    variables = list(xs.values())
    gradient = grad(y, variables, create_graph=True)
    for g, members in zip(gradient, interactions(gradient, variables), strict=True):
        row = grad(g, variables)
        assert all(members >> k & 1 for k, entry in enumerate(row) if float(entry) != 0)


def pattern(text: str) -> list[set[str]]:
    program = parse(text)
    env = bind(program, dict.fromkeys(program.names, 0.5))
    xs = list(env.values())
    gradient = grad(as_variable(program.run(env)), xs, create_graph=True)
    names = list(env)
    return [{names[k] for k in bits(members)} for members in interactions(gradient, xs)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2*x + y - 3", [set(), set()]),
        ("x*y", [{"y"}, {"x"}]),
        ("x**2 + sin(y)", [{"x"}, {"y"}]),
        ("x/y", [{"y"}, {"x", "y"}]),
        ("where(x > y, x**2, y)", [{"x"}, set()]),
        ("floor(x)*y", [set(), set()]),
        ("sum([x, y, z]**2)", [{"x", "y", "z"}] * 3),
    ],
)
def test_only_what_interacts_is_in_the_pattern(text: str, expected: list[set[str]]) -> None:
    assert pattern(text) == expected


@settings(deadline=None)
@given(symmetric)
def test_a_star_coloring_is_one(neighbors: list[int]) -> None:
    coloring = Coloring(neighbors)
    near = [set(bits(members)) - {v} for v, members in enumerate(neighbors)]
    colors = coloring.colors
    for v, others in enumerate(near):
        assert all(colors[v] != colors[w] for w in others)
        for w, x in itertools.product(others, repeat=2):
            for u in near[x] - {v, w}:
                if w != x:
                    assert len({colors[w], colors[v], colors[x], colors[u]}) > 2
            assert coloring.tells(v, w) or coloring.tells(w, v)


@given(st.lists(st.integers(0, 2**8 - 1), max_size=20))
def test_rows_of_a_group_have_no_column_in_common(rows: list[int]) -> None:
    groups = independent_groups(rows)
    assert sorted(row for group in groups for row in group) == list(range(len(rows)))
    for group in groups:
        for a, b in itertools.combinations(group, 2):
            assert not rows[a] & rows[b]


@pytest.mark.parametrize(
    ("name", "edges", "most"),
    [
        ("path", [(i, i + 1) for i in range(99)], 3),
        ("arrow", [(99, i) for i in range(99)], 2),
        ("arrow with a path", [*((99, i) for i in range(99)), *((i, i + 1) for i in range(98))], 4),
        ("nothing", [], 1),
    ],
)
def test_known_patterns_take_few_colors(name: str, edges: list[tuple[int, int]], most: int) -> None:
    members = [0] * 100
    for v, w in edges:
        members[v] |= 1 << w
        members[w] |= 1 << v
    assert len(Coloring(members).classes) <= most


def test_where_all_interact_every_column_has_its_own_color() -> None:
    assert len(Coloring([2**20 - 1] * 20).classes) == 20


def test_a_condition_is_no_dependence() -> None:
    x, y = as_variable(1.0), as_variable(2.0)
    chosen = registry["where"](x > y, x, y)
    assert dependences([chosen], [x, y]) == [0b11]
    assert dependences([registry["where"](x > y, y, 1.0)], [x, y]) == [0b10]


def test_a_thousand_variables_take_a_few_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:

    n, sweeps = 1000, 0

    def counted(*args: object, **params: object) -> object:
        nonlocal sweeps
        sweeps += 1
        return grad(*args, **params)  # type: ignore[arg-type]

    monkeypatch.setattr(second, "grad", counted)
    xs = {f"x{i}": as_variable(0.1 + i / n, f"x{i}") for i in range(n)}
    v = list(xs.values())
    y = sum(
        (100.0 * (b - a**2) ** 2 + (1.0 - a) ** 2 for a, b in itertools.pairwise(v)), v[0] * 0.0
    )
    second.hessian(y, xs)
    assert sweeps <= 4


# --- elements of tensors --------------------------------------------------------------------------

VECTORS = [
    "sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)",
    "sum(sin(x)) + x[3]*x[7]**2",
    "sum(x)**2 / 100 + sum(x**3)",
    "sum(reshape(x, [4, 3]).T @ [1, 2, 3, 4]) + sum(exp(reshape(x, [4, 3])[:, 1]))",
    "sum(where(x > 0, x**2, 3*x) * [x[0], x[1], x[2], x[3], x[4], x[5], 1, 1, 1, 1, 1, 1])",
    "sum(concatenate(x[6:], x[:6]) * x**2) + s*x[2]",
    "sum(sum(reshape(x, [3, 4]), axis=1)**3)",
    "sum(broadcast_to(x, [2, 12]) * [[s], [2]] * sin(x))",
    "max(x)*x[0] + mean(x**2)*s",
    "prod(x[:3]) + norm(x[4:9])",
    "sum((reshape(x, [3, 4]) @ A)**2) + sum(A**3) + x[2]*A[1, 5]",
]


@pytest.mark.parametrize("text", VECTORS)
def test_rows_taken_together_are_those_taken_one_by_one(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:

    program = parse(text)
    at = {"x": np.linspace(-0.9, 1.3, 12), "s": 0.4, "A": np.linspace(1, 2, 80).reshape(4, 20)}
    env = bind(program, {name: at[name] for name in program.names})
    y = as_variable(program.run(env))
    packed = second.hessian(y, env).matrix
    gradient = grad(y, [env["x"]], create_graph=True)[0]
    rows = second.jacobian(gradient, env)
    monkeypatch.setattr(second, "element_dependences", lambda y, xs: None)
    np.testing.assert_allclose(packed, second.hessian(y, env).matrix, rtol=1e-13, atol=1e-13)
    for name, block in second.jacobian(gradient, env).items():
        np.testing.assert_allclose(rows[name], block, rtol=1e-13, atol=1e-13)


def test_neighbors_in_a_vector_take_three_sweeps_and_the_gradients(
    monkeypatch: pytest.MonkeyPatch,
) -> None:

    sweeps = 0

    def counted(*args: object, **params: object) -> object:
        nonlocal sweeps
        sweeps += 1
        return grad(*args, **params)  # type: ignore[arg-type]

    monkeypatch.setattr(second, "grad", counted)
    program = parse(VECTORS[0])
    env = bind(program, {"x": np.linspace(-1, 1, 1000)})
    second.hessian(as_variable(program.run(env)), env)
    assert sweeps == 4
