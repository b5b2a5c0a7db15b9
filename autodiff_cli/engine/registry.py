"""Every operation by its name: empty until `autodiff_cli.engine.ops` has declared them."""

from __future__ import annotations

from typing import Any

__all__ = ["names", "registry"]

registry: dict[str, Any] = {}
"""Every operation by its name, in order of declaration; `operation` knows its type."""

names: dict[str, Any] = {}
"""Every operation by each of its names, aliases included."""
