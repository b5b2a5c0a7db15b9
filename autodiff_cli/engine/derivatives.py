"""Derivatives of tensors by tensors, and their products with vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np

from autodiff_cli.engine.config import using_config
from autodiff_cli.engine.ops import mul, reshape, stack, sum
from autodiff_cli.engine.reverse import expect_variable, grad, listed
from autodiff_cli.engine.tangents import Tangents
from autodiff_cli.engine.values import as_value, without_warnings
from autodiff_cli.engine.variable import Operand, Variable, as_variable

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vjp"]


@overload
def vjp(y: Variable, xs: Variable, gy: Operand, create_graph: bool = ...) -> Variable: ...
@overload
def vjp(
    y: Variable, xs: Sequence[Variable], gy: Operand, create_graph: bool = ...
) -> list[Variable]: ...
def vjp(
    y: Variable, xs: Variable | Sequence[Variable], gy: Operand, create_graph: bool = False
) -> Variable | list[Variable]:
    """Return the vector-Jacobian product: for each x, the sum of ``gy * dy/dx``.

    Parameters
    ----------
    gy
        The vector, of the shape of ``y``.

    Returns
    -------
    list of Variable, or Variable
        One product for each of ``xs``, of its shape; a Variable if ``xs`` is a single one.
    """
    return grad(y, xs, create_graph, gy)


def jvp(
    y: Variable,
    xs: Variable | Sequence[Variable],
    tangents: Operand | Sequence[Operand],
    create_graph: bool = False,
) -> Variable:
    """Return the Jacobian-vector product: the directional derivative of ``y``.

    It takes one forward sweep (`autodiff_cli.engine.forward`).

    Parameters
    ----------
    tangents
        One for each of ``xs``, of its shape; a single tangent if ``xs`` is a single Variable.

    Returns
    -------
    Variable
        Of the shape of ``y``.

    Raises
    ------
    ValueError
        If a tangent does not have the shape of its primal.
    """
    expect_variable(y)
    moving: dict[Variable, Any] = {}
    by = listed(xs)
    for x, tangent in zip(by, _parts(xs, by, tangents), strict=True):
        t = tangent if isinstance(tangent, Variable) else as_value(tangent)
        if np.shape(t) != x.shape:
            raise ValueError(f"a tangent has shape {np.shape(t)}, its primal {x.shape}")
        moving[x] = t
    t = _tangent(y, moving, create_graph)
    return as_variable(np.zeros(y.shape, y.dtype) if t is None else t)


@without_warnings
def _tangent(y: Variable, moving: dict[Variable, Any], create_graph: bool) -> Any:
    with using_config("enable_backprop", create_graph):
        return Tangents(moving).of(y)


def _parts(xs: Any, by: Sequence[Variable], vectors: Any) -> Sequence[Any]:
    """Return the part of a vector for each of ``xs``, which is one Variable or several.

    Raises
    ------
    ValueError
        If the number of parts is not the number of Variables.
    """
    parts = [vectors] if isinstance(xs, Variable) else list(vectors)
    if len(parts) != len(by):
        raise ValueError(f"a vector of {len(parts)} parts for {len(by)} Variables: give one each")
    return parts


def jacobian(y: Variable, x: Variable, create_graph: bool = False) -> Variable:
    """Return the derivative of each element of ``y`` by each element of ``x``.

    Returns
    -------
    Variable
        Of the shape of ``y`` followed by the shape of ``x``.
    """
    expect_variable(y, "a Jacobian")
    rows = []
    for i in range(y.size):
        seed = np.zeros(y.size)
        seed[i] = 1.0
        rows.append(grad(y, [x], create_graph, gy=as_variable(seed.reshape(y.shape)))[0])
    if not rows:
        return as_variable(np.zeros(y.shape + x.shape))
    if create_graph:
        return reshape(stack(rows), shape=y.shape + x.shape)  # type: ignore[no-any-return]
    return as_variable(np.reshape([row.data for row in rows], y.shape + x.shape))


def hessian(y: Variable, x: Variable, create_graph: bool = False) -> Variable:
    """Return the second derivatives of a scalar by each pair of elements of ``x``.

    Returns
    -------
    Variable
        Symmetric, of the shape of ``x`` followed by the shape of ``x`` again.

    Raises
    ------
    ValueError
        If ``y`` is not a scalar.
    """
    expect_variable(y, "a Hessian")
    if y.size != 1:
        raise ValueError(f"a Hessian is of a scalar, not of shape {y.shape}")
    return jacobian(grad(y, [x], create_graph=True)[0], x, create_graph)


@overload
def hvp(y: Variable, xs: Variable, vs: Operand, create_graph: bool = ...) -> Variable: ...
@overload
def hvp(
    y: Variable, xs: Sequence[Variable], vs: Sequence[Operand], create_graph: bool = ...
) -> list[Variable]: ...
def hvp(
    y: Variable,
    xs: Variable | Sequence[Variable],
    vs: Operand | Sequence[Operand],
    create_graph: bool = False,
) -> Variable | list[Variable]:
    """Return the Hessian-vector product of a scalar, without computing the Hessian.

    Parameters
    ----------
    xs
        The Variables that the Hessian is taken by jointly, or a single one.
    vs
        The vector: a part for each of ``xs``, of its shape; a single part if ``xs`` is a single
        Variable.

    Returns
    -------
    list of Variable, or Variable
        The part of the product for each of ``xs``; a Variable if ``xs`` is a single one.

    Raises
    ------
    ValueError
        If ``y`` is not a scalar, or a part does not have the shape of its Variable.
    """
    expect_variable(y, "a Hessian")
    if y.size != 1:
        raise ValueError(f"a Hessian is of a scalar, not of shape {y.shape}")
    by = listed(xs)
    vectors = _parts(xs, by, vs)
    for x, v in zip(by, vectors, strict=True):
        if np.shape(v) != x.shape:
            raise ValueError(
                f"a part of the vector has shape {np.shape(v)}, its Variable {x.shape}"
            )
    slopes = zip(grad(y, by, create_graph=True), vectors, strict=True)
    along = sum(stack([sum(mul(gx, v)) for gx, v in slopes]))
    found = grad(as_variable(along), by, create_graph)
    return found[0] if isinstance(xs, Variable) else found
