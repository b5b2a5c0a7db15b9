"""Compute the values of an expression and its derivatives at columns of points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.compiling import components, output_code
from autodiff_cli.derive.partials import derivatives
from autodiff_cli.engine import Variable, as_variable
from autodiff_cli.errors import ComputationError
from autodiff_cli.graph.blocks import BlockProgram
from autodiff_cli.language.binding import bind
from autodiff_cli.language.format import described
from autodiff_cli.problem import Problem

__all__ = ["CurveRows", "scalars"]

Column: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class CurveRows:
    """The values of outputs and their derivatives at columns of points.

    Attributes
    ----------
    problem
        The problem, which has the values of all other variables.
    ys
        The outputs, each one number.
    names
        The variables that have columns.
    order
        The highest order of the derivatives by each of these variables.
    """

    problem: Problem
    ys: Sequence[Variable]
    names: Sequence[str]
    order: int

    def function(self) -> tuple[Callable[[Sequence[Column]], Column], bool]:
        """Return a function from columns to rows, and whether it computes all points at once.

        The rows are, for each output, its value and the derivatives of each order by each name.
        """
        problem = self.problem
        code = output_code(problem, self.ys, self.names, self.order, mixed=False)
        if not code.elementwise:
            return self._one_by_one, False
        program = BlockProgram(code, [k for group in code.groups for k in group.nodes], 1)
        given = {name: np.array([x.data], np.float64) for name, x in problem.env.items()}

        def rows(columns: Sequence[Column]) -> Column:
            values = {**given, **dict(zip(self.names, columns, strict=True))}
            found = np.empty((len(program.results), columns[0].size))
            arguments = [values[one.name] for one in code.arguments]
            program.run(arguments, list(found), columns[0].size)
            return found

        return rows, True

    def _one_by_one(self, columns: Sequence[Column]) -> Column:
        """Return the rows where the expression works on arrays."""
        program, limits = self.problem.program, self.problem.program.limits
        given = {name: x.data for name, x in self.problem.env.items()}
        found = []
        for point in zip(*(column.tolist() for column in columns), strict=True):
            env = bind(program, {**given, **dict(zip(self.names, point, strict=True))})
            numbers: list[Any] = []
            for y in scalars(as_variable(program.results(env)[program.result])):
                numbers.append(y.data)
                for order in range(1, self.order + 1):
                    slopes = derivatives(y, env, self.names, order, False, limits)
                    numbers += [slopes[name].data for name in self.names]
            found.append([float(number) for number in numbers])
        rows = len(self.ys) * (1 + self.order * len(self.names))
        return np.array(found, np.float64).reshape(-1, rows).T


def scalars(y: Variable) -> list[Variable]:
    """Return the outputs of an expression as numbers.

    Raises
    ------
    ComputationError
        If it is a matrix.
    """
    if y.ndim > 1:
        raise ComputationError(
            f"the expression gives {described(y.shape)}, which is no curve",
            code="not-a-scalar",
            hint="take each of its elements by itself",
        )
    parts = components(y)
    # Numbers with commas between them need no arrays.
    return [y[k] for k in range(y.size)] if any(part.shape for part in parts) else parts
