"""Operations declared for a while: the registry is afterwards what it was before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from autodiff_cli.engine import Variable, registry
from autodiff_cli.engine.registry import names as spellings
from autodiff_cli.symbolic.rules import _rules

__all__ = ["registry_restored"]


@contextmanager
def registry_restored() -> Iterator[None]:
    """Take back what is declared within, methods and operators of Variables too."""
    tables = [(table, dict(table)) for table in (registry, spellings)]
    attributes = dict(vars(Variable))
    try:
        yield
    finally:
        for table, before in tables:
            table.clear()
            table.update(before)
        for name, value in list(vars(Variable).items()):
            if name not in attributes:
                delattr(Variable, name)
            elif value is not attributes[name]:
                setattr(Variable, name, attributes[name])
        _rules.cache_clear()
