"""Declare NumPy's elementwise functions that are not in the language, as operations on Variables.

The language has other spellings for them, or none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autodiff_cli.engine.numpy_protocols import numpy_function, operand
from autodiff_cli.engine.ops import arithmetic, piecewise
from autodiff_cli.engine.ops.numpy_shapes import tensor
from autodiff_cli.engine.ops.special import logaddexp
from autodiff_cli.engine.ops.trigonometric import sinc

__all__: list[str] = []

for _name in ("real", "conj", "conjugate", "real_if_close", "ascontiguousarray", "asfortranarray"):
    numpy_function(lambda x: tensor(x), name=_name)
numpy_function(lambda x: x * 0.0, name="imag")
numpy_function(lambda a, order="K", subok=False: tensor(a).copy(), name="copy")
numpy_function(lambda x: x, name="positive")


numpy_function(lambda z: piecewise.where(z < 0.0, np.pi, 0.0), name="angle")


@numpy_function(name="round")
def _round(a: Any, decimals: int = 0) -> Any:
    return round(tensor(a), decimals)


numpy_function(_round, name="around")


@numpy_function(name="clip")
def _clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    low = a_min if a_min is not None else min
    high = a_max if a_max is not None else max
    return piecewise.clip(
        operand(a), -np.inf if low is None else low, np.inf if high is None else high
    )


@numpy_function(name="divmod")
def _divmod(x: Any, y: Any) -> Any:
    return _floor_divide(x, y), arithmetic.mod(x, y)


@numpy_function(name="floor_divide")
def _floor_divide(x: Any, y: Any) -> Any:
    return piecewise.round((x - arithmetic.mod(x, y)) / y)


numpy_function(
    lambda x: piecewise.where(x < 0.0, piecewise.ceil(x), piecewise.floor(x)), name="trunc"
)
numpy_function(
    lambda x: piecewise.where(x < 0.0, piecewise.ceil(x), piecewise.floor(x)), name="fix"
)
numpy_function(lambda x: sinc(np.pi * x), name="sinc")
numpy_function(lambda x: arithmetic.div(1.0, x), name="reciprocal")
numpy_function(lambda x, y: arithmetic.pow(x, y), name="float_power")
numpy_function(lambda x: x * (np.pi / 180.0), name="deg2rad")
numpy_function(lambda x: x * (np.pi / 180.0), name="radians")
numpy_function(lambda x: x * (180.0 / np.pi), name="rad2deg")
numpy_function(lambda x: x * (180.0 / np.pi), name="degrees")
numpy_function(
    lambda x, y: piecewise.where(x != x, y, piecewise.where(y != y, x, piecewise.maximum(x, y))),
    name="fmax",
)
numpy_function(
    lambda x, y: piecewise.where(x != x, y, piecewise.where(y != y, x, piecewise.minimum(x, y))),
    name="fmin",
)
numpy_function(lambda x, y: abs(x) * piecewise.where(y < 0.0, -1.0, 1.0), name="copysign")


@numpy_function(name="nan_to_num")
def _nan_to_num(x: Any, copy: bool = True, nan: float = 0.0) -> Any:
    big = np.finfo(float).max
    return piecewise.where(x != x, nan, piecewise.clip(x, -big, big))


@numpy_function(name="select")
def _select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    y = default
    for condition, choice in list(zip(condlist, choicelist, strict=True))[::-1]:
        y = piecewise.where(condition, choice, y)
    return y


@numpy_function(name="logaddexp2")
def _logaddexp2(x: Any, y: Any) -> Any:
    factor = float(np.log(2.0))
    return logaddexp(x * factor, y * factor) / factor
