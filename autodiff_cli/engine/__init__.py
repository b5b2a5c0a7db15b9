"""A define-by-run automatic differentiation engine over NumPy arrays.

>>> from autodiff_cli.engine import Variable, sin
>>> import numpy as np
>>> x = Variable(np.array(1.0))
>>> y = sin(x * x)
>>> y.backward()
>>> x.grad
variable(1.0806046117362795)

Besides the names below, every operation of `registry` is an attribute of this package.
"""

from autodiff_cli.engine.config import Config, no_grad, using_config
from autodiff_cli.engine.derivatives import hessian, hvp, jacobian, jvp, vjp
from autodiff_cli.engine.forward import Derivatives, derivative
from autodiff_cli.engine.function import Function
from autodiff_cli.engine.hash_consing import sharing
from autodiff_cli.engine.nonsmooth import Kink, influences, kinks, one_sided
from autodiff_cli.engine.operation import Operation, operations, registry
from autodiff_cli.engine.ops import *
from autodiff_cli.engine.ops.arrays import add_at, set_at
from autodiff_cli.engine.reverse import grad
from autodiff_cli.engine.rules import value_of
from autodiff_cli.engine.tutorial import get_dot_graph, plot_dot_graph, rdiv, rsub
from autodiff_cli.engine.variable import Variable, as_array, as_variable

__all__ = [
    "Config",
    "Derivatives",
    "Function",
    "Kink",
    "Operation",
    "Variable",
    "add_at",
    "as_array",
    "as_variable",
    "derivative",
    "get_dot_graph",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "influences",
    "kinks",
    "no_grad",
    "one_sided",
    "operations",
    "plot_dot_graph",
    "rdiv",
    "registry",
    "rsub",
    "set_at",
    "sharing",
    "using_config",
    "value_of",
    "vjp",
    *dict.fromkeys(operation.name for operation in operations().values()),
]
