"""Hold the registry of operations, which `autodiff_cli.engine.ops` fills."""

from __future__ import annotations

from typing import Any

__all__ = ["names", "registry"]

registry: dict[str, Any] = {}
"""All operations by name, in order of declaration; `operation` exports it with its type."""

names: dict[str, Any] = {}
"""All operations by each of their names, including aliases."""
