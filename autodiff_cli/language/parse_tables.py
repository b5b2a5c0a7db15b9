"""The parse tables of the grammar, which Lark generates and a file beside this module stores.

Lark reads the grammar, checks it and generates the LALR(1) tables.  That takes longer than parsing
any expression, so they are stored in ``parse_tables.json``.  After a change of the grammar they are
generated again, in memory until ``python -m autodiff_cli.language.parse_tables`` writes them.
"""

from __future__ import annotations

import json
import re
import zlib
from collections import deque
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["END", "Rule", "Tables", "grammar", "made", "tables"]

END = "$END"

KEPT = Path(__file__).with_name("parse_tables.json")


class Rule(NamedTuple):
    """A rule of the grammar.

    Attributes
    ----------
    origin
        The nonterminal on its left side.
    length
        The number of symbols on its right side.
    action
        The action to apply to their values; None to pass on the only value, ``+`` to collect the
        values in a list.
    """

    origin: str
    length: int
    action: str | None


class Tables(NamedTuple):
    """The tables of the grammar.

    Attributes
    ----------
    pattern
        A regular expression that matches a token after any ignored text; its only group is the
        token, which is empty at the end of the text.
    fixed_kinds
        The kind of each token that has only one spelling.
    kinds
        The regular expressions of the other kinds.
    states
        For each state the move of each symbol: to another state, or, as ``~k``, a reduction by
        rule ``k``.
    rules
        The rules, in the order of the grammar.
    """

    pattern: str
    fixed_kinds: dict[str, str]
    kinds: list[tuple[str, str]]
    states: list[dict[str, int]]
    rules: list[Rule]


def grammar() -> str:
    """Return the text of the grammar, the reference of the language."""
    package = Path(__file__).parents[1]
    # In a checkout the grammar is beside the package, where people look for it.
    for folder in (package, package.parent):
        file = folder / "grammar" / "expression.lark"
        if file.is_file():
            return file.read_text(encoding="utf-8")
    raise FileNotFoundError("the installation lacks grammar/expression.lark")


@cache
def tables() -> Tables:
    """Return the tables of the grammar."""
    source = grammar()
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    if kept.pop("digest", None) != _digest(source):
        return made(source)
    return Tables(**kept | {"rules": [Rule(*rule) for rule in kept["rules"]]})


def _digest(source: str) -> str:
    return f"{zlib.crc32(source.encode()):08x}"


def made(source: str) -> Tables:
    """Generate the tables of a grammar with Lark."""
    from lark import Lark

    lark = Lark(source, parser="lalr", lexer="basic", maybe_placeholders=False)
    return Tables(*_lexer(lark), *_automaton(lark))


def _lexer(lark: Any) -> tuple[str, dict[str, str], list[tuple[str, str]]]:
    ignored = set(lark.ignore_tokens)
    # This is the order in which Lark tries the terminals.
    ordered = sorted(
        lark.terminals,
        key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name),
    )
    tokens = [t for t in ordered if t.name not in ignored]
    fixed = [t for t in tokens if t.pattern.type == "str"]
    free = [t for t in tokens if t.pattern.type != "str"]
    # Ignored text is matched possessively, so that no text takes quadratic time.
    nothing = "|".join(f"(?:{t.pattern.to_regexp()})" for t in ordered if t.name in ignored)
    fixed_texts = sorted((t.pattern.value for t in fixed), key=len, reverse=True)
    regexps = [re.sub(r"(?<!\\)\((?!\?)", "(?:", t.pattern.to_regexp()) for t in free]
    signs = [word for word in fixed_texts if not any(re.fullmatch(r, word) for r in regexps)]
    single = f"[{''.join(re.escape(sign) for sign in signs if len(sign) == 1)}]"
    longer = [re.escape(sign) for sign in signs if len(sign) > 1]
    anything = "|".join([*regexps, *longer, single, r"[\w.]+", r"\S", r"\Z"])
    return (
        f"(?:{nothing})*+({anything})",
        {t.pattern.value: t.name for t in fixed} | {"": END},
        [(t.name, t.pattern.to_regexp()) for t in free],
    )


def _automaton(lark: Any) -> tuple[list[dict[str, int]], list[Rule]]:
    table = lark.parser.parser._parse_table
    positions = {id(rule): k for k, rule in enumerate(lark.rules)}
    # The states are renumbered, because Lark's numbering changes from run to run.
    start = table.start_states["start"]
    numbers = {start: 0}
    waiting = deque([start])
    states: list[dict[str, int]] = []
    while waiting:
        state = waiting.popleft()
        # Only in the final state may the end of the text follow.
        transitions = {END: 0} if state == table.end_states["start"] else {}
        for symbol, (action, target) in sorted(table.states[state].items()):
            if action.name == "Reduce":
                transitions[symbol] = ~positions[id(target)]
                continue
            if target not in numbers:
                numbers[target] = len(numbers)
                waiting.append(target)
            transitions[symbol] = numbers[target]
        states.append(transitions)
    return states, [_rule(rule) for rule in lark.rules]


def _rule(rule: Any) -> Rule:
    origin, length = str(rule.origin.name), len(rule.expansion)
    if origin.startswith("__"):
        action: str | None = "+"
    elif rule.alias is None and rule.options.expand1:
        assert length == 1, f"a rule of {origin} has no name"
        action = None
    else:
        action = str(rule.alias or origin)
    return Rule(origin, length, action)


def text(source: str) -> str:
    """Return the tables of a grammar as the JSON text that is stored."""
    fields = {"digest": _digest(source), **made(source)._asdict()}
    lines = (f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in fields.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    KEPT.write_text(text(grammar()), encoding="utf-8")
