"""What an operation is declared with is all that readers know of it.

Every trait is compared with what the operation computes, and every reader that follows from traits
is run on every operation: one that lacks a trait fails here by itself.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autodiff_cli
from autodiff_cli.derive import element_sparsity
from autodiff_cli.derive.element_sparsity import element_dependences
from autodiff_cli.emit.text.formula import formula
from autodiff_cli.emit.text.latex import latex
from autodiff_cli.emit.text.operation_text import operation_latex, operation_text
from autodiff_cli.engine import Operation, Variable, grad, operations, registry
from autodiff_cli.errors import ComputationError
from autodiff_cli.language.parser import parse
from autodiff_cli.symbolic.elements import applied_to_elements, symbols
from autodiff_cli.symbolic.from_graph import terms_of
from autodiff_cli.symbolic.rewrite import new_algebra
from declaring import registry_restored
from engine.outside import ELEMENTWISE, OTHERS, Case, cases, ordinary_samples

PACKAGE = Path(autodiff_cli.__file__).parent

# --- no tables -----------------------------------------------------------------------------------

# Lists that name operations but are about something else, with what that is.
ALLOWED = {
    "emit/source/c.py": "the functions of <math.h>, which are a fact about C",
    "language/foreign.py": "words that have a meaning in other languages",
    "language/foreign_calls.py": "functions to which other tools give a second argument",
}

MOST_NAMES = 2
"""How many operations a list outside the declarations may name."""


def named(node: ast.AST | None) -> str | None:
    """Return the operation that an expression or a pattern names."""
    if isinstance(node, ast.MatchValue):
        node = node.value
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value if node.value in operations() else None
    if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "ops":
        return node.attr
    return None


def listed(node: ast.AST) -> list[Any]:
    """Return the entries of a list of any kind: a display, the cases of a match, words in text."""
    match node:
        case ast.List() | ast.Tuple() | ast.Set():
            return node.elts
        case ast.Dict():
            return node.keys
        case ast.Match():
            patterns = [case.pattern for case in node.cases]
            return [inner for pattern in patterns for inner in ast.walk(pattern)]
        case ast.Constant(value=str(text)) if text.split() and set(text.split()) <= set(
            operations()
        ):
            return [ast.Constant(word) for word in text.split()]
    return []


def tables() -> Iterator[tuple[str, int, list[str]]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        place = file.relative_to(PACKAGE).as_posix()
        if not place.startswith("engine/ops/"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                names = [name for entry in listed(node) if (name := named(entry))]
                if len(names) > MOST_NAMES:
                    yield place, getattr(node, "lineno", 0), names


def test_operations_are_listed_nowhere_but_in_their_declarations() -> None:
    assert not [table for table in tables() if table[0] not in ALLOWED]


def test_a_list_that_is_allowed_is_there() -> None:
    assert {place for place, *_ in tables()} == ALLOWED.keys()


def test_a_table_would_be_found() -> None:
    text = '("sin", "cos", "tan"); {ops.add: 1, ops.sub: 2}\nmatch x:\n case "log" | "exp": pass'
    found = [[named(entry) for entry in listed(node)] for node in ast.walk(ast.parse(text))]
    assert ["sin", "cos", "tan"] in found
    assert ["add", "sub"] in found
    assert any({"log", "exp"} <= set(names) for names in found)


# --- traits are true -----------------------------------------------------------------------------


def sampled(op: Operation, most: int = 4) -> list[Case]:
    """Return the example of an operation and a few calls on other shapes, none of them empty."""
    every = [case for case in cases(op) if all(map(math.prod, case.shapes))]
    return [every[0], *every[1 :: max(1, len(every) // most)]]


every_case = pytest.mark.parametrize(
    "case", [case for op in OTHERS for case in sampled(op)], ids=str
)


def is_linear(op: Operation, where: Sequence[int]) -> bool:
    """Return whether an operation is linear in some of its arguments together."""
    if op in ELEMENTWISE:
        rng = np.random.default_rng(1)
        # Of few numbers some are 0, and some the same.
        numbers = [rng.integers(-4, 5, 60) / 2.0 for _ in range(op.arity)]
        calls = [(numbers, ordinary_samples(op).params)]
    else:
        calls = [(case.tensors(), case.params) for case in sampled(op, 12)]
    for xs, params in calls:
        others = [x[..., ::-1] if x.ndim else 0.7 * x for x in xs]
        places = range(len(xs)) if op.variadic else where
        ys = [y if k in places else x for k, (x, y) in enumerate(zip(xs, others, strict=True))]
        pairs = enumerate(zip(xs, ys, strict=True))
        sums = [x + 2.0 * y if k in places else x for k, (x, y) in pairs]
        with np.errstate(all="ignore"):
            a, b, c = (np.asarray(op.forward(*given, **params)) for given in (xs, ys, sums))
            if not np.allclose(a + 2.0 * b, c, rtol=1e-9, atol=1e-9):
                return False
    return True


@pytest.mark.parametrize("op", registry.values(), ids=registry)
def test_what_is_linear_is_declared_so(op: Operation) -> None:
    assert is_linear(op, range(op.arity)) == op.linear or op.metadata.by_elements
    if op.metadata.bilinear:
        assert op.arity == 2
        assert all(is_linear(op, [k]) for k in range(2))


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_what_is_a_product_or_a_truth_is_declared_so(op: Operation) -> None:
    columns = np.array(ordinary_samples(op).points).T
    values = op.forward(*columns, **ordinary_samples(op).params)
    if op.metadata.exponents:
        powers = [x ** float(n) for x, n in zip(columns, op.metadata.exponents, strict=True)]
        assert values == pytest.approx(math.prod(powers), rel=1e-14)
    ties = np.array([0.25, 1.0, 2.0])
    with np.errstate(all="ignore"):
        of_ties = op.forward(*[ties] * op.arity, **ordinary_samples(op).params)
    assert bool(op.metadata.truth) == ({*values.tolist(), *of_ties.tolist()} <= {0.0, 1.0})


# --- formulas of tensors -------------------------------------------------------------------------

REPR = re.compile(r"None|True|False|slice\(|array\(|dtype|Ellipsis|<|'|\(\d+,\)|nan")


def read_back(text: str, values: dict[str, Any]) -> Any:
    """Return what a formula computes."""
    program = parse(text)
    found = program.run({name: np.asarray(values[name]) for name in program.names})
    return found.data if isinstance(found, Variable) else found


def check_latex(text: str) -> None:
    """See to it that brackets are closed, no script follows another, and no Python is in it."""
    assert not REPR.search(text), text
    assert text.count("{") == text.count("}"), text
    assert text.count(r"\left") == text.count(r"\right"), text
    assert not re.search(r"[_^](\w|\{[^{}]*\})[_^](\w|\{[^{}]*\})[_^]", text), text
    assert not re.search(r"_(\w|\{[^{}]*\})_|\^(\w|\{[^{}]*\})\^", text), text


def is_said(case: Case) -> bool:
    """Return whether the language can say the static parameters of a call."""
    index = case.params.get("index", 0)
    parts = index if isinstance(index, tuple) else (index,)
    given = [value for name, value in case.params.items() if value != case.op.defaults.get(name)]
    return all(isinstance(part, int | slice) for part in parts) and not any(
        value is None or value == () for value in given if not isinstance(value, np.ndarray)
    )


def has_no_name(op: Operation) -> bool:
    """Return whether the language has no word, sign or list for an operation."""
    metadata = op.metadata
    said = metadata.spelling or metadata.given_shape or metadata.definition or metadata.signs
    return metadata.internal and not said


@every_case
def test_a_formula_of_tensors_reads_back(case: Case) -> None:
    values = {f"a{k}": x for k, x in enumerate(case.tensors())}
    y = case([Variable(x, name) for name, x in values.items()])
    algebra = new_algebra()
    (term,) = terms_of(algebra, [y])
    if has_no_name(case.op):
        # By elements there is a formula, and the exported code calls it.
        with pytest.raises(ComputationError, match="no name for an operation"):
            formula(algebra, term)
        return
    text = formula(algebra, term)
    check_latex(latex(algebra, term))
    if is_said(case):
        found = read_back(text, values)
        assert np.shape(found) == y.shape, text
        np.testing.assert_allclose(found, y.data, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("op", registry.values(), ids=registry)
def test_a_single_call_reads_back_as_itself(op: Operation) -> None:
    if op.metadata.internal:
        return
    for case in sampled(op) if op in OTHERS else [None]:
        params = case.params if case else ordinary_samples(op).params
        values = case.tensors() if case else map(np.asarray, ordinary_samples(op).points[0])
        given = {f"a{k}": x for k, x in enumerate(values)}
        # A sign of LaTeX, and one of Python's.
        latex_ = operation_latex(op, [f"a_{{{k}}}" for k in range(len(given))], params)
        check_latex(latex_.replace(" < ", r" \lt "))
        if case is None or is_said(case):
            text = operation_text(op, list(given), params)
            assert len(parse(text).calls) == 1, text
            want = op.compute(*given.values(), **params)
            np.testing.assert_allclose(read_back(text, given), want, rtol=1e-15, atol=1e-15)


@every_case
def test_every_operation_on_tensors_has_a_formula_by_elements(case: Case) -> None:
    values = {f"a{k}": x for k, x in enumerate(case.tensors())}
    algebra = new_algebra()
    arrays = [symbols(algebra, name, x.shape) for name, x in values.items()]
    found = applied_to_elements(algebra, case.op, arrays, case.params)
    assert found is not None, f"{case.op.name} is neither linear nor declared by elements"
    want = case.forward(list(values.values()))
    assert found.shape == want.shape
    for element, number in list(zip(found.flat, want.flat, strict=True))[:4]:
        check_latex(latex(algebra, element.term))
        got = read_back(formula(algebra, element.term), values)
        assert float(got) == pytest.approx(float(number), rel=1e-12, abs=1e-12)


def test_without_a_trait_there_is_no_formula_by_elements() -> None:
    algebra = new_algebra()
    with registry_restored():
        op = Operation("turned", np.flip, lambda gy, y, x: gy, doc="", example="turned([1]) = [1]")
    assert applied_to_elements(algebra, op, [symbols(algebra, "x", (3,))], {}) is None


# --- sparsity ------------------------------------------------------------------------------------


@every_case
def test_elements_depend_on_what_they_are_said_to(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(element_sparsity, "FEWEST", 0)
    leaves = [Variable(x) for x in case.tensors()]
    y = case(leaves)
    # Beside so many others there is none that depends on most.
    rows = element_dependences(y, [*leaves, Variable(np.zeros(500))])
    assert rows is not None
    for k, members in enumerate(rows):
        unit = np.zeros(y.size)
        unit[k] = 1.0
        gradient = grad(y, leaves, gy=unit.reshape(y.shape))
        slopes = np.concatenate([gx.data.ravel() for gx in gradient])
        said = np.array([bool(members >> i & 1) for i in range(slopes.size)])
        assert np.all(said | (slopes == 0.0))
        if case.op.linear:
            assert np.array_equal(said, slopes != 0.0)


@pytest.mark.parametrize("op", registry.values(), ids=lambda op: op.name)
def test_a_notation_in_latex_has_places_for_arguments_of_the_operation_only(op: Any) -> None:
    places = set(re.findall(r"<(\w+)>", op.metadata.latex))
    assert places <= {*op.arguments, *op.statics}
