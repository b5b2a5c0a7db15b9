"""Every operation by its name: empty until `autodiff_cli.engine.ops` has declared them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autodiff_cli.engine.operation import Operation

__all__ = ["registry"]

registry: dict[str, Operation] = {}
"""Every operation by its name, in order of declaration."""
