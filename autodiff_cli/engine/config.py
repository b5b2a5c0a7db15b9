"""Switches of the engine: context variables, so that a thread or task never sees another's."""

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
"""Whether operations leave a graph behind: a bool, or what keeps each call to be made only once
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
    """The switches by name: ``Config.enable_backprop`` is True while operations leave a graph.

    Reading and setting act on the current thread or task only.
    """


def _turned(switch: ContextVar[Any], value: object) -> Any:
    """Return what a switch is set to; one that is on already may be more than on, and stays so."""
    return bool(value) and (switch.get() or True)


def _unknown(name: str) -> str:
    return f"no switch is named {name!r}; the switches are: {', '.join(_SWITCHES)}"


class Scope(io.IOBase, ContextDecorator):
    """A ``with`` block whose end is one call into C, so that no interrupt comes between.

    Python looks for interrupts where a function of Python begins: in an ``__exit__`` written in it
    before anything is restored.  That of `io.IOBase` calls the attribute ``close``, which is a
    function of C here.  It may be entered again, from within too, and serve as a decorator.
    """

    # For the finalizer of IOBase, which is not to call `close` a second time.
    closed = True

    if TYPE_CHECKING:
        close: Any


class setting(Scope):  # noqa: N801 - used like a function
    """Set a context variable inside a ``with`` block.

    Parameters
    ----------
    switch
        The variable.
    value
        What it is set to, and what ``as`` gives.
    """

    def __init__(self, switch: ContextVar[Any], value: Any) -> None:
        self.switch, self.value = switch, value
        self._before: list[Any] = []
        # Each call restores what the latest entry has found, and returns False.
        found = iter(self._before.pop, object())
        self.close = partial(next, map(not_, map(switch.set, found)))

    def __enter__(self) -> Any:
        depth, before, value = len(self._before), self.switch.get(), self._wanted()
        try:
            self._before.append(before)
            self.switch.set(value)
        except BaseException:
            # An interrupt that has waited for one of the calls to end.
            del self._before[depth:]
            self.switch.set(before)
            raise
        return value

    def _wanted(self) -> Any:
        """Return what the variable is to be set to on entry."""
        return self.value

    def _recreate_cm(self) -> setting:
        """Return what a decorated function enters: one of its own, for it may run in threads."""
        copy = type(self).__new__(type(self))
        setting.__init__(copy, self.switch, self.value)
        return copy


class using_config(setting):  # noqa: N801 - used like a function
    """Set one switch inside a ``with`` block; it is restored however the block ends.

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
    """Compute values only: inside the block no operation remembers its inputs."""

    def __init__(self) -> None:
        super().__init__("enable_backprop", False)


class paused_collector(Scope):  # noqa: N801 - used like a function
    """Keep the cyclic garbage collector from scanning a graph that is being built.

    Graphs hold no cycles, so the collector can find nothing in them; without this it walks every
    node again each time the graph has grown by a quarter.
    """

    def __enter__(self) -> Self:
        # What is paused already stays so: to ask whether it runs does nothing.
        self.close = gc.enable if gc.isenabled() else gc.isenabled
        try:
            gc.disable()
        except BaseException:
            # An interrupt that has waited for this call to end.
            self.close()
            raise
        return self
