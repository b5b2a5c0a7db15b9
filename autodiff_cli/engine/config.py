"""Switches of the engine: context variables, so that a thread or task never sees another's."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

__all__ = ["Config", "no_grad", "paused_collector", "recording", "setting", "using_config"]

recording: ContextVar[Any] = ContextVar("recording", default=True)
"""Whether operations leave a graph behind: a bool, or what keeps each call to be made only once
(`autodiff_cli.engine.sharing`).

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


@contextmanager
def setting(switch: ContextVar[Any], value: Any) -> Iterator[None]:
    """Set a context variable inside a ``with`` block.

    It is set inside of what restores it, so that an interrupt finds it restored at any moment.
    """
    before = switch.get()
    try:
        switch.set(value)
        yield
    finally:
        switch.set(before)


@contextmanager
def using_config(name: str, value: bool) -> Iterator[None]:
    """Set one switch inside a ``with`` block; it is restored however the block ends.

    Raises
    ------
    AttributeError
        If no switch has that name.
    """
    if name not in _SWITCHES:
        raise AttributeError(_unknown(name))
    switch = _SWITCHES[name]
    with setting(switch, _turned(switch, value)):
        yield


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute values only: inside the block no operation remembers its inputs."""
    with using_config("enable_backprop", False):
        yield


class paused_collector:  # noqa: N801 - used like the functions above
    """Keep the cyclic garbage collector from scanning a graph that is being built.

    Graphs hold no cycles, so the collector can find nothing in them; without this it walks every
    node again each time the graph has grown by a quarter.
    """

    def __enter__(self) -> None:
        self.was_enabled = gc.isenabled()
        try:
            gc.disable()
        except BaseException:
            # An interrupt that has waited for this call to end.
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        if self.was_enabled:
            gc.enable()
