"""Derivatives: right, fast and explained.

`autodiff_cli.engine` is the differentiation engine, on which models can be built; the functions
here take expressions as text, as the command line does.

>>> import autodiff_cli
>>> autodiff_cli.grad("x**4 - 2*x**2", {"x": 2})
{'x': array(24.)}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autodiff_cli.errors import AdiffError
from autodiff_cli.version import __version__

if TYPE_CHECKING:
    from autodiff_cli.api import compile, evaluate, formula, grad, hessian, hvp, jacobian, taylor
    from autodiff_cli.derive.differences import numerical_diff
    from autodiff_cli.derive.gradient_check import check_grads
    from autodiff_cli.explaining import explain
    from autodiff_cli.plotting import plot

__all__ = [
    "AdiffError",
    "__version__",
    "check_grads",
    "compile",
    "evaluate",
    "explain",
    "formula",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "numerical_diff",
    "plot",
    "taylor",
]


def __getattr__(name: str) -> Any:
    # The engine needs NumPy, whose import would take most of the time of `adiff --help`.
    if name in ("get_dot_graph", "latex_of", "plot_dot_graph", "svg_of"):
        from autodiff_cli.emit import display

        return getattr(display, name)
    if name == "numerical_diff":
        from autodiff_cli.derive import differences

        return differences.numerical_diff
    if name == "explain":
        from autodiff_cli import explaining

        return explaining.explain
    if name == "check_grads":
        from autodiff_cli.derive import gradient_check

        return gradient_check.check_grads
    if name == "plot":
        from autodiff_cli import plotting

        return plotting.plot
    if name in __all__:
        from autodiff_cli import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
