"""Declare activation functions of neural networks."""

from __future__ import annotations

from typing import Any

from autodiff_cli.engine.composite import composite
from autodiff_cli.engine.ops.elementary import expm1
from autodiff_cli.engine.ops.hyperbolic import tanh
from autodiff_cli.engine.ops.piecewise import minimum, where
from autodiff_cli.engine.ops.reduce import logsumexp
from autodiff_cli.engine.ops.special import sigmoid, softplus


@composite(aliases=("swish",), example="silu(1) = 0.731058578630004879251")
def silu(x: Any) -> Any:
    """Return the number times its sigmoid."""
    return x * sigmoid(x)


@composite(example="mish(1) = 0.865098388267310346116")
def mish(x: Any) -> Any:
    """Return x*tanh(log(1 + exp(x)))."""
    return x * tanh(softplus(x))


@composite(reals=("slope",), example="leaky_relu(-2) = -0.02")
def leaky_relu(x: Any, slope: float = 0.01) -> Any:
    """Return the number if it is positive, else a small multiple of it."""
    return where(x > 0.0, x, slope * x)


@composite(reals=("alpha",), example="elu(-1) = -0.632120558828557678404")
def elu(x: Any, alpha: float = 1.0) -> Any:
    """Return the number if it is positive, else alpha*(exp(x) - 1)."""
    return where(x > 0.0, x, alpha * expm1(minimum(x, 0.0)))


@composite(aliases=("logsigmoid",), example="log_sigmoid(1) = -0.313261687518222834049")
def log_sigmoid(x: Any) -> Any:
    """Return the logarithm of the sigmoid, without overflow."""
    return -softplus(-x)


@composite(
    aliases=("logsoftmax",),
    example="log_softmax([0, 1]) = [-1.31326168751822283405, -0.313261687518222834049]",
)
def log_softmax(x: Any, axis: Any = -1) -> Any:
    """Return the logarithm of the softmax, without overflow."""
    return x - logsumexp(x, axis=axis, keepdims=True)
