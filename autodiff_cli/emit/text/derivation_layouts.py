"""Lay out derivations as text in columns, as LaTeX, and as a page of HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import chain
from typing import NamedTuple

from autodiff_cli.emit.text.derivation import DerivationLines, Equation
from autodiff_cli.emit.text.mathml import mathml

__all__ = ["as_html", "as_latex", "as_text"]

GAP = "   "

NARROWEST = 20
"""The fewest columns of formulas that have rules and numbers beside them."""

WIDEST = 60
"""The most columns of formulas in a pipe that have rules in a column beside them."""


def as_text(
    blocks: Sequence[DerivationLines],
    width: int | None = None,
    values: Mapping[str, str] | None = None,
    *,
    colored: bool = False,
) -> str:
    """Return derivations as text.

    Rules are to the right of the lines, or above them if there is no room.

    Parameters
    ----------
    width
        The number of columns; as many as needed if not given.
    values
        The numbers that formulas stand for.
    colored
        Whether ANSI codes make rules faint and results bold.
    """
    return "\n\n".join(
        "\n".join(_block(block, width, values or {}, _TextStyle(colored))) for block in blocks
    )


class _TextStyle(NamedTuple):
    colored: bool

    def faint(self, text: str) -> str:
        return f"\x1b[2m{text}\x1b[22m" if self.colored and text else text

    def bold(self, text: str) -> str:
        return f"\x1b[1m{text}\x1b[22m" if self.colored and text else text


def _block(
    block: DerivationLines, width: int | None, values: Mapping[str, str], style: _TextStyle
) -> Iterator[str]:
    groups = block.groups
    lines = list(chain(*groups))
    margin = max(len(line.left) for line in lines)
    numbers = {id(line): values.get(line.formula, "") for line in lines}
    digits = max(map(len, numbers.values()))
    beside = digits + max(len(_rules(line)) for line in lines) + 2 * len(GAP)
    room = WIDEST if width is None else width - beside
    if block.title:
        yield style.bold(block.title)
        yield ""
    texts = {id(line): f"{line.left:{margin}} = {line.right}" for line in lines}
    marked = [len(texts[id(line)]) for line in lines if line.rules or numbers[id(line)]]
    column = max((size for size in marked if size <= room), default=room)
    for k, group in enumerate(groups):
        if k:
            yield ""
        for line in group:
            text, number = texts[id(line)], numbers[id(line)]
            shown = style.bold if line is block.steps[-1] else str
            rows = [text] if width is None else list(_folded(text, margin + 3, width))
            if width is not None and room < NARROWEST:
                if line.rules:
                    yield style.faint(f"({_rules(line)})")
                yield from map(shown, rows)
                if number:
                    yield f"{'':{margin}} = {number}"
                continue
            # What has no number beside it may extend into their column.
            far = column + (len(GAP) + digits) * bool(digits and not number)
            numbered = f"{GAP}{number.ljust(digits)}" if number else ""
            if len(text) > far and width is not None and (numbered or line.rules):
                rows.append("")
            yield from map(shown, rows[:-1])
            rules = style.faint(_rules(line))
            said = f"{numbered}{GAP}{rules}" if rules else numbered.rstrip()
            gap = " " * (far - len(rows[-1])) if said else ""
            yield f"{shown(rows[-1])}{gap}{said}"


def _rules(line: Equation) -> str:
    return ", ".join(line.rules)


_BREAKS = (r" [-+] ", r" and | or |, |(?<!\*)[*/](?!\*)")
"""Where a line is broken: before a sign rather than elsewhere."""


def _folded(text: str, indent: int, width: int) -> Iterator[str]:
    """Yield a text in lines of a width, the others indented."""
    room = max(width, indent + NARROWEST)
    first, second = (rf".+?(?=(?:{where})|$)" for where in _BREAKS)
    row = ""
    for piece in re.findall(first, text):
        fits = len(piece) <= room - indent
        for part in [piece] if fits else re.findall(second, piece):
            if row and len(row) + len(part) > room:
                yield row.rstrip()
                row = " " * indent + part.lstrip()
            else:
                row += part
    yield row


def as_latex(blocks: Iterable[DerivationLines], values: Mapping[str, str] | None = None) -> str:
    """Return derivations as equations, one below the other, for amsmath.

    Parameters
    ----------
    blocks
        The lines of each derivation, in LaTeX.
    """
    values = values or {}
    return "\n".join(_equations(block, values) for block in blocks)


def _equations(block: DerivationLines, values: Mapping[str, str]) -> str:
    lines = [f"& {block.title}"] if block.title else []
    for line in chain(*block.groups):
        number = values.get(line.formula, "")
        shown = f" = {_number(number)}" if number and line.formula else ""
        rules = rf" && \text{{{_rules(line)}}}" if line.rules else ""
        lines.append(f"{line.left} &= {line.right}{shown}{rules}")
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}\n"


def _number(text: str) -> str:
    size, e, exponent = text.partition("e")
    return rf"{size} \cdot 10^{{{int(exponent)}}}" if e else text


STYLE = """\
table.derivation { border-collapse: collapse; margin: 1rem 0; }
table.derivation td { border: none; padding: 0.2rem 0.4rem; text-align: left;
  vertical-align: baseline; }
table.derivation td.left { text-align: right; white-space: nowrap; }
table.derivation td.number { font-variant-numeric: tabular-nums; padding-left: 2rem; }
table.derivation td.rule { font-style: italic; opacity: 0.75; padding-left: 2rem; }
table.derivation tr.first td { padding-top: 1rem; }
table.derivation tr.last td.right { font-weight: bold; }
table.derivation math { font-size: 1.15em; }
table.derivation mtd { text-align: left; }
"""
"""The style of a table, on a page of its own and in a notebook."""

PAGE = """\
body { background: Canvas; color: CanvasText; color-scheme: light dark;
  font: 1rem/1.6 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem;
  overflow-x: auto; padding: 0 1rem; }
"""


def as_html(
    blocks: Iterable[DerivationLines],
    expression: str,
    values: Mapping[str, str] | None = None,
    page: bool = True,
) -> str:
    """Return derivations as tables, on a page of their own or for a page that contains them.

    Parameters
    ----------
    blocks
        The lines of each derivation, in LaTeX.
    """
    tables = "\n".join(_table(block, values or {}) for block in blocks)
    if not page:
        return f"<style>\n{STYLE}</style>\n{tables}"
    name = escape(" ".join(expression.split()))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>The derivative of {name}</title>\n<style>\n{PAGE}{STYLE}</style>\n</head>\n"
        f"<body>\n<h1>The derivative of <code>{name}</code></h1>\n{tables}\n</body>\n</html>\n"
    )


def _table(block: DerivationLines, values: Mapping[str, str]) -> str:
    rows = []
    for group in block.groups:
        for k, line in enumerate(group):
            kind = " ".join(["first"] * (k == 0) + ["last"] * (line is block.steps[-1]))
            rows.append(
                f'<tr class="{kind}"><td class="left">{line.left and mathml(line.left)}</td>'
                f'<td>=</td><td class="right">{mathml(line.right, line.plain)}</td>'
                f'<td class="number">{escape(values.get(line.formula, ""))}</td>'
                f'<td class="rule">{escape(_rules(line))}</td></tr>'
            )
    title = f"<h2>{mathml(block.title)}</h2>\n" if block.title else ""
    return f'{title}<table class="derivation">\n' + "\n".join(rows) + "\n</table>"
