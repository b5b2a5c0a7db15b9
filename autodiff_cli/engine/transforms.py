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

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from functools import wraps
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autodiff_cli.engine import derivatives
from autodiff_cli.engine.checkpointing import checkpoint
from autodiff_cli.engine.config import setting, using_config
from autodiff_cli.engine.containers import leaves, like, mapped
from autodiff_cli.engine.ops import add, mul, sum
from autodiff_cli.engine.reverse import grad as gradient
from autodiff_cli.engine.rules import value_of
from autodiff_cli.engine.values import as_value
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

Fun: TypeAlias = Callable[..., Any]
Argnum: TypeAlias = int | Sequence[int]

_inside: ContextVar[bool] = ContextVar("inside", default=False)
"""Whether a function that is being differentiated is running."""


def _plain(tree: Any) -> Any:
    return mapped(lambda x: value_of(x) if isinstance(x, Variable) else x, tree)


# --- calls ---------------------------------------------------------------------------------------


class _RecordedCall(NamedTuple):
    """A recorded call of a function on Variables.

    Attributes
    ----------
    y
        The result of the function.
    x
        The argument, or a tuple of several, with Variables as leaves.
    graph
        Whether derivatives are recorded in a graph too.
    """

    y: Any
    x: Any
    graph: bool

    @property
    def variables(self) -> list[Variable]:
        """The Variables that the function is differentiated by."""
        return leaves(self.x)

    def returned(self, tree: Any) -> Any:
        """Return results as Variables if they are part of a graph, else as arrays."""
        return tree if self.graph else _plain(tree)


def _called(
    fun: Fun, argnum: Argnum, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> _RecordedCall:
    """Call a function with new Variables in the place of the arguments to differentiate by."""
    graph = _inside.get() or any(isinstance(x, Variable) for x in leaves([*args]))
    chosen = [argnum] if isinstance(argnum, int) else [*argnum]
    new = list(args)
    with using_config("enable_backprop", True), setting(_inside, True):
        for k in chosen:
            new[k] = mapped(_fresh, args[k])
        y = fun(*new, **kwargs)
    return _RecordedCall(
        y, new[argnum] if isinstance(argnum, int) else tuple(new[k] for k in chosen), graph
    )


def _fresh(x: Any) -> Variable:
    """Return a new Variable of the same value, which no other graph contains."""
    return x.copy() if isinstance(x, Variable) else as_variable(np.array(as_value(x)))


def _transform(named: str) -> Callable[[Fun], Fun]:
    """Return a decorator for transforms, which names their results after the function."""

    def decorate(transform: Fun) -> Fun:
        @wraps(transform)
        def transformed(fun: Fun, argnum: Argnum = 0, *more: Any, **options: Any) -> Any:
            if not callable(fun):
                raise TypeError(
                    f"{transform.__name__}() takes a function, not {type(fun).__name__}:"
                    " of a Variable there is `autodiff_cli.engine.grad(y, x)`"
                )
            made = transform(fun, argnum, *more, **options)
            made.__name__ = f"{named}_of_{getattr(fun, '__name__', 'function')}"
            made.__doc__ = getattr(fun, "__doc__", None)
            return made

        return transformed

    return decorate


def _scalar(y: Any, call: str) -> Variable:
    """Return a result as a Variable; raise TypeError if it is not a single number."""
    if np.size(value_of(y) if isinstance(y, Variable) else y) != 1:
        shape = y.shape if isinstance(y, Variable) else np.shape(y)
        raise TypeError(
            f"{call} is of functions whose value is a single number, and this one has shape"
            f" {shape}: take `jacobian` or `elementwise_grad`"
        )
    return as_variable(y)


def _pulled_back(call: _RecordedCall, y: Variable, gy: Any) -> Any:
    return call.returned(like(call.x, gradient(y, call.variables, call.graph, gy)))


# --- gradients -----------------------------------------------------------------------------------


@_transform("grad")
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


@_transform("value_and_grad")
def value_and_grad(fun: Fun, argnum: Argnum = 0) -> Fun:
    """Return a function that computes the value and the gradient of a function.

    Parameters
    ----------
    fun, argnum
        As for `grad`.
    """

    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        call = _called(fun, argnum, args, kwargs)
        y = _scalar(call.y, "a gradient")
        return call.returned(y), _pulled_back(call, y, np.ones(y.shape))

    return value_and_gradient


@_transform("grad_and_aux")
def grad_and_aux(fun: Fun, argnum: Argnum = 0) -> Fun:
    """Return a function that computes the gradient of the first result, and returns the second.

    Parameters
    ----------
    fun, argnum
        As for `grad`.
    """

    def gradient_and_aux(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        call = _called(fun, argnum, args, kwargs)
        first, aux = call.y
        y = _scalar(first, "a gradient")
        return _pulled_back(call, y, np.ones(y.shape)), call.returned(aux)

    return gradient_and_aux


@_transform("elementwise_grad")
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
        call = _called(fun, argnum, args, kwargs)
        y = as_variable(call.y)
        return _pulled_back(call, y, np.ones(y.shape))

    return elementwise_gradient


# --- matrices ------------------------------------------------------------------------------------


@_transform("jacobian")
def jacobian(fun: Fun, argnum: Argnum = 0) -> Fun:
    """Return a function that computes the Jacobian.

    Its shape is that of the result, followed by that of the argument.

    Parameters
    ----------
    fun, argnum
        As for `grad`.
    """

    def jacobian_of(*args: Any, **kwargs: Any) -> Any:
        call = _called(fun, argnum, args, kwargs)
        y = as_variable(call.y)
        parts = [derivatives.jacobian(y, x, call.graph) for x in call.variables]
        return call.returned(like(call.x, parts))

    return jacobian_of


@_transform("hessian")
def hessian(fun: Fun, argnum: int = 0) -> Fun:
    """Return a function that computes the second derivatives, the Jacobian of the Jacobian.

    Parameters
    ----------
    fun, argnum
        As for `grad`.
    """
    return jacobian(jacobian(fun, argnum), argnum)  # type: ignore[no-any-return]


# --- products with vectors -----------------------------------------------------------------------


@_transform("vjp")
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
        call = _called(fun, argnum, args, kwargs)

        def vjp(gy: Any) -> Any:
            graph = call.graph or _inside.get() or any(isinstance(g, Variable) for g in leaves(gy))
            pairs = zip(leaves(call.y), leaves(gy), strict=True)
            ys = [(as_variable(y), g) for y, g in pairs]
            again = call._replace(graph=graph)
            if len(ys) == 1:
                return _pulled_back(again, *ys[0])
            total = as_variable(0.0)
            for y, g in ys:
                total = add(total, sum(mul(y, g)))
            return _pulled_back(again, total, np.ones(()))

        return vjp, call.returned(call.y)

    return vjp_maker


@_transform("jvp")
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
        call = _called(fun, argnum, args, kwargs)

        def jvp(v: Any) -> tuple[Any, Any]:
            graph = call.graph or _inside.get() or any(isinstance(t, Variable) for t in leaves(v))
            again = call._replace(graph=graph)

            def along(y: Any) -> Variable:
                return derivatives.jvp(as_variable(y), again.variables, leaves(v), graph)

            return again.returned(call.y), again.returned(mapped(along, call.y))

        return jvp

    return jvp_maker


@_transform("hvp")
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


@_transform("hvp")
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
