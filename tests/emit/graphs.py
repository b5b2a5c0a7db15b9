"""Small graphs to draw, each built afresh, and the files that say how they are drawn.

Their values are exact, so that the files are the same on every machine.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from autodiff_cli.emit.picture.look import Look
from autodiff_cli.emit.picture.picture_graph import Known
from autodiff_cli.engine import Function, Variable, as_variable, grad, kinks, registry
from autodiff_cli.engine.variable import reachable

GOLDEN = Path(__file__).parent / "golden"
NASTY = [
    "<b>",
    "</B></FONT>",
    '"',
    "'",
    "&",
    "&lt;",
    "a\\",
    "\\N\\G\\n",
    "a\nb\tc",
    "\x00\x1b[31m\x7f\x9b",
    "\ud800",
    "\u202e\ufffe",
    '"]; evil [label="',
    "-->",
    "]]>",
    "{a|b}",
    "%s",
    "n0:p:n",
    " ",
    "θ₁",
]

sin, exp, log = registry["sin"], registry["exp"], registry["log"]
sqrt, square = registry["sqrt"], registry["square"]


class Halves(Function):
    """Two results."""

    def forward(self, x: Any) -> Any:
        return x / 2, x / 4

    def backward(self, gy: Variable, gz: Variable) -> Variable:
        return gy / 2 + gz / 4


def chain(length: int) -> Variable:
    y = as_variable(1.0, "x")
    for _ in range(length):
        y = sin(y)
    return y


def composed() -> dict[str, Any]:
    f = sqrt(as_variable(4.0, "x") ** 2 + 9)
    return {"outputs": {"f": f}, "look": Look(title="sqrt(x**2 + 9)")}


def with_adjoints() -> dict[str, Any]:
    x, y = as_variable(2.0, "x"), as_variable(1.0, "y")
    u = y - x**2
    f = (1 - x) ** 2 + 100 * u**2
    f.backward(retain_grad=True)
    adjoints = {v: v.grad for v in (x, y, u, f)}
    known = Known(adjoints=adjoints, local=True)
    return {"outputs": {"f": f}, "look": Look(title="Rosenbrock"), "known": known}


def shared() -> dict[str, Any]:
    x = as_variable(3.0, "x")
    u = x - 1
    u.name = "u"
    v = square(u)
    return {"outputs": {"f": v + u / v, "g": v, "h": v, "x": x, "0": as_variable(0.0)}}


def tensors() -> dict[str, Any]:
    a = as_variable(np.arange(6.0).reshape(2, 3) / 4, "A")
    x = as_variable(np.array([0.5, 0.25, -1]), "x")
    b = as_variable(np.linspace(-1, 1, 2, dtype=np.float32), "b")
    y = registry["abs"](a @ x + b) * np.array([2.0, 3.0])
    return {"outputs": {"f": registry["sum"](y, axis=0)}}


def broken() -> dict[str, Any]:
    x = as_variable(-1.0, "x")
    return {"outputs": {"f": square(sqrt(x)) * x + log(x + 1)}}


def several_results() -> dict[str, Any]:
    first, second = Halves()(as_variable(8.0, "x"))
    return {"outputs": {"f": first / second + second}}


def without_values() -> dict[str, Any]:
    return composed() | {"look": Look(title="sqrt(x**2 + 9)", values=False)}


def derivative() -> dict[str, Any]:
    x = as_variable(0.5, "x")
    y = exp(x) * square(x)
    slope = grad(y, x, create_graph=True)
    return {"outputs": {"dy/dx": slope}, "known": Known(function={x, *reachable([y])})}


def kinked() -> dict[str, Any]:
    x = as_variable(0.0, "x")
    y = registry["abs"](x) + 1
    known = Known(kinks={kink.call: "kink" for kink in kinks(y)})
    return {"outputs": {"y": y}, "known": known, "look": Look(theme="print", legend=False)}


def loop() -> dict[str, Any]:
    x = as_variable(0.0, "x")
    y = x
    for k in range(60):
        y = y + k * x
    return {"outputs": {"y": y}, "look": Look(theme="dark")}


BUILDERS: list[Callable[[], dict[str, Any]]] = [
    composed,
    with_adjoints,
    shared,
    tensors,
    broken,
    several_results,
    without_values,
    derivative,
    kinked,
    loop,
]


def same_as_golden(text: str, name: str) -> bool:
    """Compare with a file; after a change run the tests with ADIFF_GOLDEN=write and look at it."""
    file = GOLDEN / name
    if os.environ.get("ADIFF_GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    return file.read_text(encoding="utf-8") == text
