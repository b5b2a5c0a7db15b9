"""Define the version of the package, which its build reads."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
