"""Transform functions of arrays into functions that compute their derivatives.

The names and conventions are those of HIPS autograd: ``grad(f)`` is a function of the arguments of
``f``; ``argnum`` selects the arguments to differentiate by, one or several.  Arguments may be
numbers, arrays, and lists, tuples and dictionaries of these, nested in any way.

>>> import numpy as np
>>> from autodiff_cli.engine.transforms import grad
>>> grad(lambda x: np.sum(np.sin(x) ** 2))(np.array([0.0, np.pi / 4]))
array([0., 1.])
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff_cli.engine import derivatives
from autodiff_cli.engine.checkpointing import checkpoint
from autodiff_cli.engine.containers import leaves, like, mapped
from autodiff_cli.engine.ops import add, mul, sum
from autodiff_cli.engine.recorded_calls import (
    Argnum,
    Fun,
    as_scalar,
    inside,
    names_result,
    pulled_back,
    recorded_call,
)
from autodiff_cli.engine.variable import Variable, as_variable

__all__ = [
    "checkpoint",
    "elementwise_grad",
    "grad",
    "grad_and_aux",
    "hessian",
    "hessian_tensor_product",
    "hessian_vector_product",
    "hvp",
    "jacobian",
    "make_ggnvp",
    "make_hvp",
    "make_jvp",
    "make_vjp",
    "tensor_jacobian_product",
    "value_and_grad",
    "vector_jacobian_product",
]

# --- gradients -----------------------------------------------------------------------------------


@names_result("grad")
def grad(fun: Fun, argnum: Argnum = 0) -> Fun:
    """Return a function that computes the gradient of a function whose value is a number.

    Parameters
    ----------
    fun
        A function of numbers, arrays and containers of these.
    argnum
        The index of the argument to differentiate by; for several, the result is a tuple.

    Raises
    ------
    TypeError
        If ``fun`` is not a function, or, in a call of the gradient, its value is not one number.

    Examples
    --------
    >>> grad(grad(np.sin))(0.5)
    -0.479425538604203
    """
    both = value_and_grad(fun, argnum)
    return lambda *args, **kwargs: both(*args, **kwargs)[1]


@names_result("value_and_grad")
def value_and_grad(fun: Fun, argnum: Argnum = 0) -> Fun:
    """Return a function that computes the value and the gradient of a function.

    Parameters
    ----------
    fun, argnum
        As for `grad`.
    """

    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        call = recorded_call(fun, argnum, args, kwargs)
        y = as_scalar(call.y, "a gradient")
        return call.returned(y), pulled_back(call, y)

    return value_and_gradient


@names_result("grad_and_aux")
def grad_and_aux(fun: Fun, argnum: Argnum = 0) -> Fun:
    """Return a function that computes the gradient of the first result, and returns the second.

    Parameters
    ----------
    fun, argnum
        As for `grad`.
    """

    def gradient_and_aux(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        call = recorded_call(fun, argnum, args, kwargs)
        first, aux = call.y
        y = as_scalar(first, "a gradient")
        return pulled_back(call, y), call.returned(aux)

    return gradient_and_aux


@names_result("elementwise_grad")
def elementwise_grad(fun: Fun, argnum: Argnum = 0) -> Fun:
    """Return a function that computes the gradient of the sum of all elements of the result.

    If each element of the result depends on one element of the argument, these are the derivatives
    of each.

    Parameters
    ----------
    fun, argnum
        As for `grad`.
    """

    def elementwise_gradient(*args: Any, **kwargs: Any) -> Any:
        call = recorded_call(fun, argnum, args, kwargs)
        y = as_variable(call.y)
        return pulled_back(call, y)

    return elementwise_gradient


# --- matrices ------------------------------------------------------------------------------------


@names_result("jacobian")
def jacobian(fun: Fun, argnum: Argnum = 0) -> Fun:
    """Return a function that computes the Jacobian.

    Its shape is that of the result, followed by that of the argument.

    Parameters
    ----------
    fun, argnum
        As for `grad`.
    """

    def jacobian_of(*args: Any, **kwargs: Any) -> Any:
        call = recorded_call(fun, argnum, args, kwargs)
        y = as_variable(call.y)
        parts = [derivatives.jacobian(y, x, call.graph) for x in call.variables]
        return call.returned(like(call.x, parts))

    return jacobian_of


@names_result("hessian")
def hessian(fun: Fun, argnum: int = 0) -> Fun:
    """Return a function that computes the second derivatives, the Jacobian of the Jacobian.

    Parameters
    ----------
    fun, argnum
        As for `grad`.
    """
    return jacobian(jacobian(fun, argnum), argnum)  # type: ignore[no-any-return]


# --- products with vectors -----------------------------------------------------------------------


@names_result("vjp")
def make_vjp(fun: Fun, argnum: Argnum = 0) -> Fun:
    """Return a function that returns the vector-Jacobian product at its arguments, and the value.

    Parameters
    ----------
    fun, argnum
        As for `grad`.

    Examples
    --------
    >>> vjp, y = make_vjp(np.sin)(0.0)
    >>> vjp(3.0), y
    (3.0, 0.0)
    """

    def vjp_maker(*args: Any, **kwargs: Any) -> tuple[Fun, Any]:
        call = recorded_call(fun, argnum, args, kwargs)

        def vjp(gy: Any) -> Any:
            graph = call.graph or inside.get() or any(isinstance(g, Variable) for g in leaves(gy))
            pairs = zip(leaves(call.y), leaves(gy), strict=True)
            ys = [(as_variable(y), g) for y, g in pairs]
            again = call._replace(graph=graph)
            if len(ys) == 1:
                return pulled_back(again, *ys[0])
            total = as_variable(0.0)
            for y, g in ys:
                total = add(total, sum(mul(y, g)))
            return pulled_back(again, total)

        return vjp, call.returned(call.y)

    return vjp_maker


@names_result("jvp")
def make_jvp(fun: Fun, argnum: Argnum = 0) -> Fun:
    """Return a function of arguments that returns a function of a tangent.

    That one returns the value and the Jacobian-vector product, by one forward sweep.

    Parameters
    ----------
    fun, argnum
        As for `grad`.

    Examples
    --------
    >>> make_jvp(np.sin)(0.0)(3.0)
    (0.0, 3.0)
    """

    def jvp_maker(*args: Any, **kwargs: Any) -> Fun:
        call = recorded_call(fun, argnum, args, kwargs)

        def jvp(v: Any) -> tuple[Any, Any]:
            graph = call.graph or inside.get() or any(isinstance(t, Variable) for t in leaves(v))
            again = call._replace(graph=graph)

            def along(y: Any) -> Variable:
                return derivatives.jvp(as_variable(y), again.variables, leaves(v), graph)

            return again.returned(call.y), again.returned(mapped(along, call.y))

        return jvp

    return jvp_maker


@names_result("hvp")
def make_hvp(fun: Fun, argnum: Argnum = 0) -> Fun:
    """Return a function that returns the Hessian-vector product at its arguments, and the gradient.

    Parameters
    ----------
    fun, argnum
        As for `grad`.

    Examples
    --------
    >>> product, slope = make_hvp(lambda x: x**3)(2.0)
    >>> product(1.0), slope
    (12.0, 12.0)
    """
    return make_vjp(grad(fun, argnum), argnum)  # type: ignore[no-any-return]


@names_result("hvp")
def hessian_vector_product(fun: Fun, argnum: int = 0) -> Fun:
    """Return a function of the arguments and a vector: the Hessian times the vector."""

    def product(*args: Any, **kwargs: Any) -> Any:
        *others, v = args
        return make_vjp(grad(fun, argnum), argnum)(*others, **kwargs)[0](v)

    return product


def tensor_jacobian_product(fun: Fun, argnum: int = 0) -> Fun:
    """Return a function of the arguments and a tensor: sums of the tensor times the Jacobian.

    The axes of the tensor are the first axes of the result of the function.
    """

    def product(*args: Any, **kwargs: Any) -> Any:
        *others, v = args

        def contracted(*inner: Any) -> Any:
            return np.tensordot(v, fun(*inner, **kwargs), np.ndim(v))

        return jacobian(contracted, argnum)(*others)

    return product


hvp = hessian_vector_product
hessian_tensor_product = hessian_vector_product
vector_jacobian_product = tensor_jacobian_product


def _half_square(x: Any) -> Any:
    return 0.5 * sum(mul(x, x))


def make_ggnvp(f: Fun, g: Fun = _half_square, f_argnum: int = 0) -> Fun:
    """Return a function that returns a generalized Gauss-Newton vector product at its arguments.

    The matrix is that of ``g(f(x))`` with ``f`` replaced by its linearization: J^T H J, with the
    Jacobian J of f and the Hessian H of g.

    Parameters
    ----------
    f, f_argnum
        The inner function, and the index of its argument.
    g
        The outer function, whose value is a number; half the sum of squares if not given.
    """

    def maker(*args: Any, **kwargs: Any) -> Fun:
        vjp, y = make_vjp(f, f_argnum)(*args, **kwargs)
        jvp = make_jvp(f, f_argnum)(*args, **kwargs)
        hessian_product, _ = make_hvp(g)(y)
        return lambda v: vjp(hessian_product(jvp(v)[1]))

    return maker
