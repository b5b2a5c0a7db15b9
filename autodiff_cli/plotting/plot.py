"""Define plots, which notebooks show and which can be written to files."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from autodiff_cli.derive.curves import Samples
from autodiff_cli.emit.plot.chart import Chart, Contour
from autodiff_cli.emit.plot.figure import FORMATS, Theme, to_picture
from autodiff_cli.errors import UsageError
from autodiff_cli.files.atomic import check_writable, write_atomic

__all__ = ["Plot", "check_format"]


class Plot(NamedTuple):
    """A chart, and the samples that it was drawn from.

    Attributes
    ----------
    samples
        The values drawn; None for a contour.
    names
        The notation of each row of the samples.
    """

    chart: Chart | Contour
    samples: Samples | None = None
    names: Sequence[str] = ()

    def save(self, file: str | PathLike[str], theme: Theme = "light") -> None:
        """Write the plot to a file whose name ends in ``.png``, ``.svg`` or ``.pdf``.

        Raises
        ------
        AdiffError
            If the file cannot be written, has another suffix, or matplotlib is not installed.
        """
        path = Path(file)
        check_format(path)
        write_atomic(path, to_picture(self.chart, path.suffix.lower(), theme))

    def _repr_svg_(self) -> str:
        return to_picture(self.chart, ".svg", "light").decode()


def check_format(path: Path) -> None:
    """Check that a picture can be written to a file, and that its suffix is known.

    Raises
    ------
    AdiffError
        If the suffix is unknown, or the file cannot be written.
    """
    if path.suffix.lower() not in FORMATS:
        raise UsageError(
            f"`{path}` is no picture that can be written",
            code="unknown-format",
            hint="end the file's name in `.png`, `.svg` or `.pdf`",
        )
    check_writable(path)
