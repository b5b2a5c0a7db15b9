"""Tell by which function of the math module a Variable is converted to a number.

``float(v)`` is a plain way to say that only the number is wanted, but ``math.sin(v)`` is not, and
both call ``v.__float__()``.
"""

from __future__ import annotations

import dis
import math
from functools import lru_cache
from types import CodeType, FrameType, ModuleType

__all__ = ["math_function"]


def math_function(frame: FrameType) -> str | None:
    """Return the name of the function of the math module that a frame is calling, or None."""
    path = _callee(frame.f_code, frame.f_lasti)
    if not path:
        return None
    first, *rest = path
    called = frame.f_locals.get(first, frame.f_globals.get(first))
    for name in rest:
        called = getattr(called, name, None) if isinstance(called, ModuleType) else None
    name = getattr(called, "__name__", "")
    return name if called is not None and getattr(math, name, None) is called else None


@lru_cache(maxsize=1024)
def _callee(code: CodeType, offset: int) -> tuple[str, ...]:
    """Return the names, such as ``("math", "sin")``, by which a call gets its function."""
    found = list(dis.get_instructions(code))
    call = next((i for i in found if i.offset == offset), None)
    if call is None or not call.opname.startswith("CALL") or call.positions is None:
        return ()
    start = (call.positions.lineno, call.positions.col_offset)
    path: list[str] = []
    for i in found:
        if i.offset < offset and i.positions is not None and isinstance(i.argval, str):
            at = (i.positions.lineno, i.positions.col_offset)
            loads = i.opname.startswith(("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FAST", "LOAD_DEREF"))
            if at == start and loads:
                path = [i.argval]
            elif at == start and path and i.opname.startswith(("LOAD_ATTR", "LOAD_METHOD")):
                path.append(i.argval)
    return tuple(path)
