"""Exported code made to run, and how far what it computes is from what the engine computes."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autodiff_cli.emit.source.c import to_c
from autodiff_cli.emit.source.python import to_python
from autodiff_cli.graph.straight_line import StraightLine

COMPILER = shutil.which("cc")
FLAGS = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-Wshadow", "-O2"]

needs_compiler = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler on PATH")

Numbers = list[np.ndarray]


def python_function(code: StraightLine) -> Callable[..., Numbers]:
    """Return exported Python code as a function that returns all its numbers in one list."""
    namespace: dict[str, Any] = {}
    exec(compile(to_python(code), "exported", "exec"), namespace)

    def call(*arguments: Any) -> Numbers:
        returned = namespace["f"](*arguments)
        return _flat(returned if len(code.groups) > 1 else (returned,))

    return call


def _flat(values: Any) -> Numbers:
    flat: list[np.ndarray] = []
    for value in values:
        flat += _flat(value) if isinstance(value, tuple) else [np.asarray(value)]
    return flat


def c_functions(
    codes: Mapping[str, StraightLine], folder: Path
) -> dict[str, Callable[..., Numbers]]:
    """Return exported C code, compiled and loaded, as functions of numbers."""
    files = []
    for name, code in codes.items():
        files.append(folder / f"{name}.c")
        files[-1].write_text(to_c(code, name), encoding="utf-8")
    target = folder / "exported.so"
    command = [str(COMPILER), *FLAGS, "-shared", "-fPIC", "-o", target, *files, "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    library = ctypes.CDLL(str(target))
    return {name: _caller(getattr(library, name), code) for name, code in codes.items()}


def _caller(function: Any, code: StraightLine) -> Callable[..., Numbers]:
    function.restype = ctypes.c_double

    def call(*arguments: float) -> Numbers:
        # One element more, to see that nothing is written behind the end.
        arrays = [(ctypes.c_double * (len(group.nodes) + 1))() for group in code.groups[1:]]
        for array in arrays:
            array[-1] = 12345.0
        value = function(*map(ctypes.c_double, arguments), *arrays)
        assert all(array[-1] == 12345.0 for array in arrays)
        return [np.asarray(number) for number in (value, *(x for a in arrays for x in a[:-1]))]

    return call


def deviation(got: Sequence[Any], want: Sequence[Any]) -> tuple[float, float]:
    """Return the largest distance between two lists of numbers, in ulps and relatively."""
    ulps, relative = 0.0, 0.0
    for a, b in zip(got, want, strict=True):
        a, b = np.broadcast_arrays(np.asarray(a, dtype=float), np.asarray(b, dtype=float))
        assert np.array_equal(np.isnan(a), np.isnan(b)), (a, b)
        assert np.array_equal(np.isinf(a), np.isinf(b)), (a, b)
        same = (a == b) | np.isnan(a)
        assert np.all(same | np.isfinite(b)), (a, b)
        distance = np.abs(np.where(same, 0.0, a - np.where(same, 0.0, b)))
        if distance.size:
            size = np.where(np.isfinite(b), np.abs(b), 1.0)
            ulps = max(ulps, float(np.max(distance / np.spacing(size))))
            relative = max(relative, float(np.max(distance / np.maximum(size, 5e-324))))
    return ulps, relative


def check(got: Sequence[Any], want: Sequence[Any], ulps: float = 2.0, rtol: float = 1e-15) -> None:
    """See to it that numbers are the same to some ulps, or to a relative error."""
    for a, b in zip(got, want, strict=True):
        off, relative = deviation([a], [b])
        assert off <= ulps or relative <= rtol, (a, b, off)
