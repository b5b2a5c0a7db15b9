"""Compute Hessians and Jacobians as arrays, with few reverse sweeps by their sparsity pattern."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.derive.element_sparsity import element_dependences
from autodiff_cli.derive.notebooks import matrix_table
from autodiff_cli.derive.sparsity import (
    Coloring,
    bits,
    dependences,
    independent_groups,
    interactions,
)
from autodiff_cli.engine import Variable, as_array, as_variable, grad, registry, value_of
from autodiff_cli.engine import hvp as engine_hvp
from autodiff_cli.engine.symbolic_zeros import MaskedCotangent
from autodiff_cli.errors import ComputationError, NoEntryError, UsageError
from autodiff_cli.language.format import described, element_names
from autodiff_cli.language.given import given_value
from autodiff_cli.limits import Limits
from autodiff_cli.progress import advance

__all__ = [
    "Hessian",
    "Jacobian",
    "elements",
    "hessian",
    "hessian_of",
    "hvp_of",
    "jacobian",
    "jacobian_of",
    "scalar",
]

Array = NDArray[Any]


class Hessian(Mapping[tuple[str, str], Array]):
    """The second derivatives by every pair of variables: blocks of one symmetric matrix.

    The key of a block is the pair of names of its variables, and its shape is their two shapes
    concatenated; the block (y, x) is the transposed block (x, y).  Blocks are views, created on
    access, because a thousand variables have a million blocks.

    Attributes
    ----------
    names
        The variables, in the order of the matrix.
    matrix
        The matrix of all blocks, with the elements of the variables in consecutive rows.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], matrix: Array) -> None:
        self.names = list(shapes)
        self.matrix = matrix
        self._shapes = shapes
        self._places: dict[str, slice] = {}
        start = 0
        for name, shape in shapes.items():
            self._places[name] = slice(start, start := start + math.prod(shape))

    def holding(self, matrix: Array) -> Hessian:
        """Return a Hessian of the same variables with another matrix."""
        return Hessian(self._shapes, matrix)

    def __getitem__(self, names: tuple[str, str]) -> Array:
        match names:
            case (x, y) if x in self._places and y in self._places:
                pass
            case _:
                raise _no_block(names, self.names)
        block = self.matrix[self._places[x], self._places[y]]
        return block.reshape(self._shapes[x] + self._shapes[y])

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((x, y) for x in self.names for y in self.names)

    def __len__(self) -> int:
        return len(self.names) ** 2

    def __repr__(self) -> str:
        return repr(dict(self))

    def _repr_html_(self) -> str | None:
        names = [e for name, shape in self._shapes.items() for e in element_names(name, shape)]
        return matrix_table(self.matrix, names, names)


def _no_block(key: Any, names: Sequence[str]) -> NoEntryError:
    """Return the error of a key that is not a pair of variables of a Hessian."""
    known = [name for name in (key if isinstance(key, tuple) else (key,)) if name in names]
    x, y = (known or [*names[:1], "x"])[0], (known[1:] or known or [*names[-1:], "x"])[0]
    return NoEntryError(
        f"the Hessian has no block `{key!r}`: its variables are {', '.join(names)}",
        code="no-block",
        hint=f"a block is that of two variables: `[{x!r}, {y!r}]`; `.matrix` has all of them",
    )


def hessian(y: Variable, xs: Mapping[str, Variable]) -> Hessian:
    """Return the second derivatives of a scalar by every pair of variables.

    The graph of the gradient determines which of them can be nonzero.  Columns of scalars are
    computed together if their entries can be separated afterwards, and so are rows of a tensor that
    have no column in common.  Only the upper triangle is computed.
    """
    variables = list(xs.values())
    shapes = {name: x.shape for name, x in xs.items()}
    ends = np.cumsum([0, *(x.size for x in variables)]).tolist()
    matrix = np.zeros((ends[-1], ends[-1]))
    gradient = grad(y, variables, create_graph=True)
    done = 0
    for columns, needed in _tasks(interactions(gradient, variables), variables):
        wanted = sorted({a for _, a in needed})
        place = {a: k for k, a in enumerate(wanted)}
        targets = [variables[a] for a in wanted]
        for k, products in enumerate(_sweeps([gradient[c] for c in columns], targets)):
            advance("column", done := done + len(columns), ends[-1])
            for c, a in needed:
                row = slice(ends[a], ends[a + 1])
                matrix[row, ends[c] + k] = np.reshape(products[place[a]], -1)
                if a > c:
                    matrix[ends[c] + k, row] = matrix[row, ends[c] + k]
    upper = np.triu(matrix)
    return Hessian(shapes, upper + np.triu(upper, 1).T)


def _tasks(
    pattern: Sequence[int], variables: Sequence[Variable]
) -> Iterator[tuple[list[int], list[tuple[int, int]]]]:
    """Yield the columns to compute together, and the blocks to read from them.

    A block is a pair of a column and a row.
    """
    coloring = Coloring(pattern, [bool(x.shape) for x in variables])
    needed: list[list[tuple[int, int]]] = [[] for _ in coloring.classes]
    sizes = [x.size for x in variables]
    for a, members in enumerate(pattern):
        for b in bits(members >> a):
            b += a
            # A color of scalars takes one sweep, a tensor takes one for each element.
            c, r = (a, b) if sizes[a] <= sizes[b] else (b, a)
            if not coloring.tells(c, r):
                c, r = r, c
            needed[coloring.colors[c]].append((c, r))
    for members, blocks in zip(coloring.classes, needed, strict=True):
        if blocks:
            yield list(bits(members)), blocks


def _sweeps(ys: Sequence[Variable], xs: Sequence[Variable]) -> Iterator[list[Any]]:
    """Yield the gradient by ``xs`` of a sum of scalars, or of each element of a single tensor."""
    if len(ys) > 1 or not ys[0].shape:
        y = as_variable(registry["total"].apply(*ys)) if len(ys) > 1 else ys[0]
        yield [value_of(gx) for gx in grad(y, xs)]
        return
    (y,) = ys
    rows = element_dependences(y, xs)
    if rows is None:
        for k in range(y.size):
            yield _seeded(y, xs, [k])
        return
    found = np.zeros((y.size, sum(x.size for x in xs)))
    for group in independent_groups(rows):
        products = _seeded(y, xs, group)
        together = np.concatenate([np.ravel(gx) for gx in products])
        for k in group:
            columns = list(bits(rows[k]))
            found[k, columns] = together[columns]
    ends = np.cumsum([x.size for x in xs])[:-1]
    for row in found:
        parts = np.split(row, ends)
        yield [part.reshape(x.shape) for part, x in zip(parts, xs, strict=True)]


def _seeded(y: Variable, xs: Sequence[Variable], places: Sequence[int]) -> list[Any]:
    """Return the gradient by ``xs`` of the sum of the elements of ``y`` at some places."""
    seed = np.zeros(y.size)
    seed[places] = 1.0
    seed = seed.reshape(y.shape)
    products = [value_of(gx) for gx in grad(y, xs, gy=as_variable(seed))]
    if any(np.isnan(gx).any() for gx in products):
        # A zero of the seed was multiplied by an infinite slope: repeat with structural zeros,
        # which cost a mask at each step.
        apart = MaskedCotangent(registry["where"], seed, seed)
        products = [value_of(gx) for gx in grad(y, xs, gy=apart)]
    return products


def elements(y: Variable) -> list[Variable] | None:
    """Return the scalars that ``y`` was stacked from; None if it was computed otherwise.

    The graph of a scalar shows what it depends on; that of a tensor shows it for all elements only.
    """
    if not y.shape:
        return [y]
    if y.operation is not registry["stack"] or (y.params).get("axis", 0) != 0:
        return None
    found: list[Variable] = []
    for x in y.inputs:
        inner = elements(as_variable(x))
        if inner is None:
            return None
        found += inner
    return found


def jacobian(y: Variable, xs: Mapping[str, Variable]) -> dict[str, Array]:
    """Return the derivatives of each element of ``y`` by each element of some variables.

    Returns
    -------
    dict
        For each variable an array of the shape of ``y`` followed by that of the variable.
    """
    variables = list(xs.values())
    found = [np.zeros((y.size, x.size)) for x in variables]
    outputs = elements(y)
    if outputs is not None:
        _fill_by_groups(found, outputs, variables)
    elif sum(x.size for x in variables) < y.size:
        _fill_by_columns(found, y, variables)
    else:
        for k, products in enumerate(_sweeps([y], variables)):
            advance("row", k + 1, y.size)
            for block, gx in zip(found, products, strict=True):
                block[k] = np.reshape(gx, -1)
    return {
        name: block.reshape(y.shape + x.shape)
        for (name, x), block in zip(xs.items(), found, strict=True)
    }


def _fill_by_groups(
    found: Sequence[Array], outputs: Sequence[Variable], variables: Sequence[Variable]
) -> None:
    """Fill in the rows of scalar outputs, computing rows without a common variable together."""
    pattern = dependences(outputs, variables)
    for group in independent_groups(pattern):
        members = [(row, i) for row in group for i in bits(pattern[row])]
        targets = [variables[i] for _, i in members]
        advance("row", group[-1] + 1, len(outputs))
        for products in _sweeps([outputs[row] for row in group], targets):
            for (row, i), gx in zip(members, products, strict=True):
                found[i][row] = np.reshape(gx, -1)


def _fill_by_columns(found: Sequence[Array], y: Variable, variables: Sequence[Variable]) -> None:
    """Fill in columns: the VJP is linear in its seed, so the VJP of the VJP is a column."""
    seed = as_variable(np.ones(y.shape))
    for block, gx in zip(found, grad(y, variables, True, gy=seed), strict=True):
        for k, (column,) in enumerate(_sweeps([gx], [seed])):
            advance("column", k + 1, gx.size)
            block[:, k] = np.reshape(column, -1)


class Jacobian(dict[str, NDArray[Any]]):
    """The derivatives of each element of a value by each variable, by the name of the variable.

    Attributes
    ----------
    size
        The number of elements of the value.
    """

    def __init__(self, blocks: Mapping[str, NDArray[Any]], size: int) -> None:
        super().__init__(blocks)
        self.size = size

    @property
    def matrix(self) -> NDArray[Any]:
        """The Jacobian matrix: a row for each output, a column for each element of a variable."""
        flat = [block.reshape(self.size, -1) for block in self.values() if block.size]
        return np.hstack([np.zeros((self.size, 0)), *flat])

    def _repr_html_(self) -> str | None:
        columns = [e for name, x in self.items() for e in element_names(name, self._shape(x.shape))]
        return matrix_table(self.matrix, element_names("f", (self.size,)), columns)

    def _shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of a variable, given that of its block."""
        value = next(k for k in range(len(shape) + 1) if math.prod(shape[:k]) == self.size)
        return shape[value:]


def scalar(y: Variable) -> None:
    """Check that a value has a Hessian.

    Raises
    ------
    ComputationError
        If the value is not a single number.
    """
    if y.size != 1:
        raise ComputationError(
            f"a Hessian needs a single number, but the expression gives {described(y.shape)}",
            code="not-a-scalar",
            hint="make it one number, for example with `sum`, or ask `adiff jacobian`",
        )


def hessian_of(y: Variable, xs: Mapping[str, Variable], limits: Limits | None = None) -> Hessian:
    """Return the Hessian of a value by some of its variables.

    Raises
    ------
    ComputationError
        If the value is not a single number, or the matrix is too large.
    """
    scalar(y)
    size = sum(x.size for x in xs.values())
    (limits or Limits()).check("elements", size**2, "the Hessian is too large")
    return hessian(y, xs)


def jacobian_of(y: Variable, xs: Mapping[str, Variable], limits: Limits | None = None) -> Jacobian:
    """Return the Jacobian of a value by some of its variables.

    Raises
    ------
    ComputationError
        If the matrix is too large.
    """
    size = y.size * sum(x.size for x in xs.values())
    (limits or Limits()).check("elements", size, "the Jacobian is too large")
    return Jacobian(jacobian(y, xs), y.size)


def hvp_of(
    y: Variable, xs: Mapping[str, Variable], v: Mapping[str, Any]
) -> dict[str, NDArray[Any]]:
    """Return the Hessian-vector product of a value.

    Raises
    ------
    ComputationError
        If the value is not a single number.
    UsageError
        If a part of the vector is missing, has the wrong shape, or belongs to no variable.
    """
    scalar(y)
    for name in v:
        if name not in xs:
            raise UsageError(
                f"the vector has a part for `{name}`, by which nothing is differentiated",
                code="unknown-variable",
                hint="the variables are " + ", ".join(f"`{x}`" for x in xs),
            )
    if missing := [name for name in xs if name not in v]:
        raise UsageError(
            f"the vector has no part for {', '.join(f'`{name}`' for name in missing)}",
            code="missing-value",
            hint="every variable has one, 0 perhaps: add "
            + ", ".join(f"`{name}=0`" for name in missing),
        )
    vector = {name: as_variable(given_value(name, v[name]), name) for name in xs}
    for name, x in xs.items():
        if vector[name].shape != x.shape:
            raise UsageError(
                f"the part of the vector for `{name}` is {described(vector[name].shape)},"
                f" but `{name}` is {described(x.shape)}",
                code="bad-value",
            )
    products = engine_hvp(y, list(xs.values()), list(vector.values())) if xs else []
    return {name: as_array(p.data) for name, p in zip(xs, products, strict=True)}
