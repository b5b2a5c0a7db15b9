"""Derivatives of programs at random: forward mode against nested reverse sweeps."""

from __future__ import annotations

from random import Random

import numpy as np

from autodiff_cli.engine import Variable, as_variable, derivative, grad
from autodiff_cli.errors import AdiffError
from autodiff_cli.language.binding import bind
from autodiff_cli.language.parser import parse
from texts import POINT, SCALARS, Writer

PROGRAMS = 500


def number(y: Variable) -> float:
    return float(np.asarray(y.data).item())


def test_forward_and_reverse_mode_agree() -> None:
    compared = 0
    for seed in range(PROGRAMS):
        text = Writer(Random(seed)).program()
        try:
            program = parse(text)
            env = bind(program, {name: POINT[name] for name in program.names})
            y = as_variable(program.run(env))
        except AdiffError:
            continue
        if y.size != 1:
            continue
        for name in env.keys() & set(SCALARS):
            nested, x = y, env[name]
            for order in (1, 2, 3):
                (nested,) = grad(nested, [x], create_graph=True)
                wanted, found = number(nested), number(derivative(y, [x] * order))
                if not np.isfinite(wanted):
                    break
                # The terms of a sum come in another order.
                assert abs(found - wanted) <= 1e-10 * max(1.0, abs(wanted)), (seed, name, order)
                compared += 1
    assert compared > PROGRAMS
