"""Derivations laid out: as text in columns, as LaTeX, and as a page of HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import chain

from autodiff_cli.emit.text.derivation import Block, Equation

__all__ = ["as_html", "as_latex", "as_text"]

GAP = "   "

NARROWEST = 20
"""The fewest columns of formulas that have rules and numbers beside them."""

WIDEST = 60
"""The most columns of formulas in a pipe that have rules in a column beside them."""


def as_text(
    blocks: Sequence[Block], width: int | None = None, values: Mapping[str, str] | None = None
) -> str:
    """Return derivations as text.

    Rules stand to the right of the lines, or where there is no room for this, above them.

    Parameters
    ----------
    width
        How many columns there are; as many as needed if not given.
    values
        The numbers that formulas stand for.
    """
    return "\n\n".join("\n".join(_block(block, width, values or {})) for block in blocks)


def _block(block: Block, width: int | None, values: Mapping[str, str]) -> Iterator[str]:
    groups = block.groups
    lines = list(chain(*groups))
    margin = max(len(line.left) for line in lines)
    numbers = {id(line): values.get(line.formula, "") for line in lines}
    digits = max(map(len, numbers.values()))
    beside = digits + max(len(_rules(line)) for line in lines) + 2 * len(GAP)
    room = WIDEST if width is None else width - beside
    if block.title:
        yield block.title
        yield ""
    texts = {id(line): f"{line.left:{margin}} = {line.right}" for line in lines}
    marked = [len(texts[id(line)]) for line in lines if line.rules or numbers[id(line)]]
    column = max((size for size in marked if size <= room), default=room)
    for k, group in enumerate(groups):
        if k:
            yield ""
        for line in group:
            text, number = texts[id(line)], numbers[id(line)]
            if width is not None and room < NARROWEST:
                yield from _above_and_below(line, text, number, margin, width)
                continue
            # What has no number beside it may extend into their column.
            far = column + (len(GAP) + digits) * bool(digits and not number)
            numbered = [number.ljust(digits)] * bool(number)
            said = GAP.join(["", *numbered, *filter(None, [_rules(line)])]).rstrip()
            rows = [text] if width is None else list(_folded(text, margin + 3, width))
            if len(text) > far and width is not None and said:
                rows.append("")
            yield from rows[:-1]
            yield f"{rows[-1]:{far}}{said}".rstrip()


def _above_and_below(
    line: Equation, text: str, number: str, margin: int, width: int
) -> Iterator[str]:
    """Yield a line for a narrow terminal: the rules above it, and the number below."""
    if line.rules:
        yield f"({_rules(line)})"
    yield from _folded(text, margin + 3, width)
    if number:
        yield f"{'':{margin}} = {number}"


def _rules(line: Equation) -> str:
    return ", ".join(line.rules)


def _folded(text: str, indent: int, width: int) -> Iterator[str]:
    """Yield a text in lines of a width, the others indented, broken before operators."""
    room = max(width, indent + NARROWEST)
    pieces = re.findall(r".+?(?=(?: [-+] |[*/](?!\*)| and | or |, )|$)", text)
    row = ""
    for piece in pieces:
        if row and len(row) + len(piece) > room:
            yield row.rstrip()
            row = " " * indent + piece.lstrip()
        else:
            row += piece
    yield row


def as_latex(blocks: Iterable[tuple[Block, Block]], values: Mapping[str, str] | None = None) -> str:
    """Return derivations as equations, one below the other, for amsmath.

    Parameters
    ----------
    blocks
        Each in the language and in LaTeX.
    """
    values = values or {}
    return "\n".join(_equations(block, values) for _, block in blocks)


def _equations(block: Block, values: Mapping[str, str]) -> str:
    lines = []
    for line in chain(*block.groups):
        number = values.get(line.formula, "")
        shown = f" = {_number(number)}" if number and line.formula else ""
        rules = rf" && \text{{{_rules(line)}}}" if line.rules else ""
        lines.append(f"{line.left} &= {line.right}{shown}{rules}")
    head = f"% {block.title}\n" if block.title else ""
    return head + "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}\n"


def _number(text: str) -> str:
    size, e, exponent = text.partition("e")
    return rf"{size} \cdot 10^{{{int(exponent)}}}" if e else text


STYLE = """\
body { font: 1rem/1.6 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem;
  color: CanvasText; background: Canvas; color-scheme: light dark; }
table.derivation { border-collapse: collapse; margin: 1rem 0; }
table.derivation td { padding: 0.15rem 0.5rem; vertical-align: baseline; border: none; }
table.derivation td.left, table.derivation td.equals { white-space: nowrap; text-align: right; }
table.derivation td.rule { opacity: 0.7; font-style: italic; text-align: left; }
table.derivation td.number { font-variant-numeric: tabular-nums; text-align: left; }
table.derivation td.right { text-align: left; }
table.derivation tr.first td { padding-top: 0.9rem; }
table.derivation tr.last td.right { font-weight: bold; }
table.derivation code { font-family: ui-monospace, monospace; }
"""


def as_html(
    blocks: Iterable[tuple[Block, Block]],
    expression: str,
    values: Mapping[str, str] | None = None,
    page: bool = True,
) -> str:
    """Return derivations as tables, on a page of their own or for one that is there."""
    tables = "\n".join(_table(block, values or {}) for block, _ in blocks)
    if not page:
        return f"<style>{STYLE.partition('}')[2].lstrip()}</style>\n{tables}"
    name = escape(" ".join(expression.split()))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>The derivative of {name}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>The derivative of <code>{name}</code></h1>\n{tables}\n</body>\n</html>\n"
    )


def _table(block: Block, values: Mapping[str, str]) -> str:
    rows = []
    for group in block.groups:
        for k, line in enumerate(group):
            kind = " ".join(["first"] * (k == 0) + ["last"] * (line is block.steps[-1]))
            rows.append(
                f'<tr class="{kind}"><td class="left"><code>{escape(line.left)}</code></td>'
                f'<td class="equals">=</td><td class="right"><code>{escape(line.right)}</code></td>'
                f'<td class="number">{escape(values.get(line.formula, ""))}</td>'
                f'<td class="rule">{escape(_rules(line))}</td></tr>'
            )
    title = f"<h2>{escape(block.title)}</h2>\n" if block.title else ""
    return f'{title}<table class="derivation">\n' + "\n".join(rows) + "\n</table>"
