"""Format an error or a note as text: the message, its line with the span marked, and a hint."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from autodiff_cli.errors import AdiffError, Span
from autodiff_cli.results import Note

__all__ = ["brief", "diagnostic", "visible"]

MOST_QUOTED = 60
"""The most characters between backticks that are shown; a single name may have megabytes."""

_QUOTED = re.compile(rf"`([^`]{{{MOST_QUOTED + 10},}})`")


def diagnostic(
    kind: str, style: str, said: AdiffError | Note, width: int
) -> Iterable[tuple[str, str]]:
    """Yield the text of an error or a note in pieces, each with its style."""
    yield kind, style
    yield f": {visible(brief(said.message))}\n", "bold"
    if said.source is not None and said.span is not None:
        for spans in _by_line(said.source, (said.span, *said.more)):
            yield from _place(said.source, spans, said.origin, style, width)
    if said.hint:
        yield "hint", "bold cyan"
        yield f": {visible(brief(said.hint))}\n", ""


def brief(text: str) -> str:
    """Return a message with its quotations shortened if they are too long."""
    return _QUOTED.sub(lambda match: f"`{match[1][:MOST_QUOTED]}…`", text)


def _by_line(source: str, spans: Sequence[Span]) -> Iterable[list[Span]]:
    """Yield groups of consecutive spans that begin on the same line."""
    lines: list[list[Span]] = []
    for span in spans:
        if lines and "\n" not in source[lines[-1][-1].start : span.start]:
            lines[-1].append(span)
        else:
            lines.append([span])
    return lines


def _place(
    source: str, spans: Sequence[Span], origin: str, style: str, width: int
) -> Iterable[tuple[str, str]]:
    """Yield the location of an error: its position, its line, and carets under the spans."""
    start = spans[0].start
    row = source.count("\n", 0, start) + 1
    first = source.rfind("\n", 0, start) + 1
    last = source.find("\n", start)
    line = source[first : last if last >= 0 else len(source)]
    yield f"  --> {visible(origin)}:{row}:{start - first + 1}\n", "dim"
    marks = [
        (s.start - first, max(s.start + 1, min(s.end, first + len(line))) - first) for s in spans
    ]
    begin, end = _window(line, *marks[0], max(20, width - 6))
    text = "…" if begin else ""
    below = " " * len(text)
    for k, character in enumerate(line[begin:end], begin):
        shown = visible(character)
        text += shown
        below += ("^" if any(a <= k < b for a, b in marks) else " ") * _cells(shown)
    if end < len(line):
        text += "…"
    if marks[0][0] >= len(line):
        below += "^"
    gutter = " " * len(str(row))
    yield f" {gutter} |\n", "dim"
    yield f" {row} | ", "dim"
    yield text + "\n", ""
    yield f" {gutter} | ", "dim"
    yield below.rstrip() + "\n", style


def _window(line: str, column: int, end: int, width: int) -> tuple[int, int]:
    """Return the start and end of the part of a long line that shows the marked span."""
    # Characters may take two cells, or six when they are escaped; those that take none are counted
    # too, because there may be any number of them.
    if len(line) <= width and sum(_cells(visible(c)) for c in line) <= width:
        return 0, len(line)
    room = width - 2
    begin = stop = min(column, len(line))
    while stop < min(end, len(line)) and room > width // 2:
        room -= max(1, _cells(visible(line[stop])))
        stop += 1
    while room > 0 and (begin > 0 or stop < len(line)):
        if begin > 0:
            begin -= 1
            room -= max(1, _cells(visible(line[begin])))
        if stop < len(line) and room > 0:
            room -= max(1, _cells(visible(line[stop])))
            stop += 1
    return begin, stop


def visible(text: str, keep: str = "") -> str:
    """Return a text that cannot control a terminal: control characters are escaped."""
    return "".join(
        f"\\u{ord(c):04x}" if unicodedata.category(c) in _ACTING and c not in keep else c
        for c in text
    )


_ACTING = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def _cells(text: str) -> int:
    """Return the number of terminal cells that a text takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
