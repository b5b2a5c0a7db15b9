"""Call compiled expressions on columns of numbers, by position or by name."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.errors import UsageError
from autodiff_cli.graph.blocks import BlockProgram
from autodiff_cli.graph.straight_line import StraightLine
from autodiff_cli.language.format import described
from autodiff_cli.language.given import given_value
from autodiff_cli.language.names import nearest

__all__ = ["CompiledExpression"]

OutputPlaces: TypeAlias = Mapping[str, Mapping[Hashable, int]]
"""For each output the places of its entries by name; the place of a value has the key None."""


class CompiledExpression:
    """An expression and derivatives, to be called on columns: a number or array for each variable.

    Columns are given in the order of `variables`, by name, or as one mapping from names.  They
    broadcast together, and may hold any real numbers, which are converted to float64.  The results
    are new: an array of float64 for the value, and a dict of such arrays for each other
    output; in a tuple if there are several outputs.  It may be called from several threads at once.

    Parameters
    ----------
    code
        A program of single numbers: `StraightLine.elementwise` is true.
    layout
        The outputs to return.
    single
        Whether one output is returned without a tuple around it.
    threads
        The largest number of threads.
    """

    def __init__(
        self, code: StraightLine, layout: OutputPlaces, single: bool, threads: int
    ) -> None:
        self.expression = code.expression
        self.outputs = tuple(layout)
        self.variables = tuple(argument.name for argument in code.arguments)
        self._layout = layout
        self._single = single
        places = [place for entries in layout.values() for place in entries.values()]
        self._program = BlockProgram(code, places, threads)

    def __repr__(self) -> str:
        return f"<{', '.join(self.outputs)} of {self.expression!r} by {', '.join(self.variables)}>"

    def __call__(self, /, *columns: Any, **named: Any) -> Any:
        """Return the outputs for each point.

        Raises
        ------
        UsageError
            If a column is missing, has no variable, is not numeric, or is not as long as another.
        """
        given = self._by_name(columns, named)
        arrays = {name: _array(name, given[name]) for name in self.variables}
        shape = _common_shape(arrays)
        size = math.prod(shape)
        flat = [
            array.reshape(-1) if array.size == 1 else np.broadcast_to(array, shape).reshape(-1)
            for array in arrays.values()
        ]
        outputs = [{key: np.empty(shape) for key in keys} for keys in self._layout.values()]
        results = [result.reshape(-1) for output in outputs for result in output.values()]
        self._program.run(flat, results, size)
        found = [output.get(None, output) for output in outputs]
        return found[0] if self._single else tuple(found)

    def _by_name(self, columns: Sequence[Any], named: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the columns by the names of their variables."""
        if len(columns) == 1 and isinstance(columns[0], Mapping):
            given = {**columns[0]}
            columns = ()
        else:
            given = {}
        if len(columns) > len(self.variables):
            raise UsageError(
                f"{len(columns)} columns are given for {len(self.variables)} variables",
                code="unknown-variable",
                hint=self._hint(),
            )
        for found in (dict(zip(self.variables, columns, strict=False)), named):
            for name, column in found.items():
                if name in given:
                    raise UsageError(
                        f"`{name}` is given twice", code="repeated-variable", hint=self._hint()
                    )
                given[name] = column
        for name in given:
            if name not in self.variables:
                close = nearest(name, self.variables) if isinstance(name, str) else []
                raise UsageError(
                    f"the expression has no variable `{name}`",
                    code="unknown-variable",
                    hint=f"did you mean `{close[0]}`?" if close else self._hint(),
                )
        if missing := [name for name in self.variables if name not in given]:
            raise UsageError(
                f"no column is given for {', '.join(f'`{name}`' for name in missing)}",
                code="missing-value",
                hint=self._hint(),
            )
        return given

    def _hint(self) -> str:
        if not self.variables:
            return "it has no variables at all: call it as `f()`"
        return f"give one for each variable: `f({', '.join(f'{n}={n}' for n in self.variables)})`"


def _array(name: str, column: Any) -> NDArray[Any]:
    """Return a column as an array of real numbers, of the type it has."""
    if not isinstance(column, np.ma.MaskedArray):
        with suppress(TypeError, ValueError, OverflowError):
            array = np.asarray(column)
            if array.dtype.kind in "fbiu":
                return array
    # For any other type, such as objects, each element is checked.
    return np.asarray(given_value(name, column))


def _common_shape(arrays: Mapping[str, NDArray[Any]]) -> tuple[int, ...]:
    """Return the shape to which columns broadcast.

    Raises
    ------
    UsageError
        If there is none.
    """
    try:
        return np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError:
        pass
    first, *rest = [(name, array.shape) for name, array in arrays.items() if array.shape]
    other = next((pair for pair in rest if not _fit(first[1], pair[1])), rest[-1])
    raise UsageError(
        f"the columns do not fit together: `{first[0]}` is {described(first[1])},"
        f" `{other[0]}` {described(other[1])}",
        code="bad-shape",
        hint="give columns of one length; a single number is the same for all points",
    )


def _fit(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    pairs = zip(reversed(a), reversed(b), strict=False)
    return all(n == m or 1 in (n, m) for n, m in pairs)
