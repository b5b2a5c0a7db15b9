"""Functions of statistics and learning that no operator or calculator key spells."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_cli.engine.elementwise import elementwise
from autodiff_cli.engine.operation import Operation
from autodiff_cli.engine.ops.elementary import exp
from autodiff_cli.engine.values import Array

TWO_OVER_SQRT_PI = 2.0 / math.sqrt(math.pi)


def _each(function: Callable[[float], float]) -> Callable[[Any], Array]:
    """Return a function of floats as one of arrays, for what NumPy does not have."""
    loop = np.frompyfunc(function, 1, 1)

    def forward(x: Any) -> Array:
        x = np.asarray(x)
        return np.asarray(loop(x), dtype=x.dtype)

    return forward


erf = elementwise(
    "erf",
    _each(math.erf),
    lambda gy, y, x: gy * (TWO_OVER_SQRT_PI * exp(-(x * x))),
    scalar=math.erf,
    doc="error function",
    example="erf(1) = 0.842700792949714869341",
)

erfc = elementwise(
    "erfc",
    _each(math.erfc),
    lambda gy, y, x: gy * (-TWO_OVER_SQRT_PI * exp(-(x * x))),
    scalar=math.erfc,
    doc="1 - erf(x), exact where that is small",
    example="erfc(2) = 0.00467773498104726583794",
)

sigmoid: Operation = elementwise(
    "sigmoid",
    lambda x: 1.0 / (1.0 + np.exp(-x)),
    # y(1 - y) would lose its digits where y is near 1.
    lambda gy, y, x: gy * (y * sigmoid(-x)),
    scalar=lambda x: 1.0 / (1.0 + math.exp(-x)),
    doc="logistic function, 1/(1 + exp(-x))",
    example="sigmoid(1) = 0.731058578630004879251",
    aliases=("logistic", "expit"),
    reference="1 / (1 + exp(-x))",
)

softplus = elementwise(
    "softplus",
    lambda x: np.logaddexp(0.0, x),
    lambda gy, y, x: gy * sigmoid(x),
    doc="log(1 + exp(x)), without overflow",
    example="softplus(1) = 1.31326168751822283405",
    reference="log(1 + exp(x))",
)
