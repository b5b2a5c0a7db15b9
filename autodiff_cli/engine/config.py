"""Define the switches of the engine, context variables that are local to a thread or task."""

from __future__ import annotations

import gc
import io
from contextlib import ContextDecorator
from contextvars import ContextVar
from functools import partial
from operator import not_
from typing import TYPE_CHECKING, Any, Self

__all__ = ["Config", "no_grad", "paused_collector", "recording", "setting", "using_config"]

recording: ContextVar[Any] = ContextVar("recording", default=True)
"""Whether operations record a graph: a bool, or the cache in which each call is recorded once
(`autodiff_cli.engine.hash_consing`).

Read it as ``Config.enable_backprop``.
"""

_SWITCHES: dict[str, ContextVar[Any]] = {"enable_backprop": recording}


class _ConfigType(type):
    def __getattr__(cls, name: str) -> bool:
        if name in _SWITCHES:
            return bool(_SWITCHES[name].get())
        raise AttributeError(_unknown(name))

    def __setattr__(cls, name: str, value: object) -> None:
        if name not in _SWITCHES:
            raise AttributeError(_unknown(name))
        switch = _SWITCHES[name]
        switch.set(_turned(switch, value))


class Config(metaclass=_ConfigType):
    """The switches by name: ``Config.enable_backprop`` is True while operations record a graph.

    Reading and setting affect the current thread or task only.
    """


def _turned(switch: ContextVar[Any], value: object) -> Any:
    """Return the new value of a switch; one that is on keeps its value, which may be a cache."""
    return bool(value) and (switch.get() or True)


def _unknown(name: str) -> str:
    return f"no switch is named {name!r}; the switches are: {', '.join(_SWITCHES)}"


class Scope(io.IOBase, ContextDecorator):
    """A ``with`` block whose exit is a single call into C, which no interrupt can split.

    Python checks for interrupts at the start of each Python function: in an ``__exit__`` written in
    Python, that is before anything is restored.  The ``__exit__`` of `io.IOBase` calls the
    attribute ``close``, which is a C function here.  The block is reentrant and works as a
    decorator.
    """

    # Keeps the finalizer of IOBase from calling `close` a second time.
    closed = True

    if TYPE_CHECKING:
        close: Any


class setting(Scope):  # noqa: N801 - used like a function
    """Set a context variable inside a ``with`` block.

    Parameters
    ----------
    switch
        The context variable.
    value
        The value inside the block, which is also bound by ``as``.
    """

    def __init__(self, switch: ContextVar[Any], value: Any) -> None:
        self.switch, self.value = switch, value
        self._before: list[Any] = []
        # Each call restores the value found by the latest entry, and returns False.
        found = iter(self._before.pop, object())
        self.close = partial(next, map(not_, map(switch.set, found)))

    def __enter__(self) -> Any:
        depth, before, value = len(self._before), self.switch.get(), self._wanted()
        try:
            self._before.append(before)
            self.switch.set(value)
        except BaseException:
            # An interrupt was delivered at the end of one of the calls.
            del self._before[depth:]
            self.switch.set(before)
            raise
        return value

    def _wanted(self) -> Any:
        """Return the value that the variable is set to on entry."""
        return self.value

    def _recreate_cm(self) -> setting:
        """Return a new scope for each call of a decorated function, which may run in threads."""
        copy = type(self).__new__(type(self))
        setting.__init__(copy, self.switch, self.value)
        return copy


class using_config(setting):  # noqa: N801 - used like a function
    """Set one switch inside a ``with`` block, and restore it however the block ends.

    Raises
    ------
    AttributeError
        If no switch has that name.
    """

    def __init__(self, name: str, value: bool) -> None:
        if name not in _SWITCHES:
            raise AttributeError(_unknown(name))
        super().__init__(_SWITCHES[name], value)

    def _wanted(self) -> Any:
        return _turned(self.switch, self.value)


class no_grad(using_config):  # noqa: N801 - used like a function
    """Compute values only: inside the block no operation records a graph."""

    def __init__(self) -> None:
        super().__init__("enable_backprop", False)


class paused_collector(Scope):  # noqa: N801 - used like a function
    """Keep the cyclic garbage collector from scanning a graph under construction.

    Graphs contain no cycles, so the collector finds nothing in them; but it would scan every node
    again each time the graph has grown by a quarter.
    """

    def __enter__(self) -> Self:
        # If the collector is off already it stays off; `gc.isenabled` serves as a no-op.
        self.close = gc.enable if gc.isenabled() else gc.isenabled
        try:
            gc.disable()
        except BaseException:
            # An interrupt was delivered at the end of this call.
            self.close()
            raise
        return self
