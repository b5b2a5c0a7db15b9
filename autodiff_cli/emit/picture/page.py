"""Render a graph as a web page of its own: to zoom, search, collapse, and walk step by step.

Graphviz lays the graph out, once, when the page is written; a script of ours makes the SVG walkable
(`web/page.js`).  The page needs no network and loads nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from autodiff_cli.emit.picture.call_label import is_inlined, shown_name
from autodiff_cli.emit.picture.dot import Drawing, drawing
from autodiff_cli.emit.picture.look import MOST_NODES, Look
from autodiff_cli.emit.picture.picture_graph import CallNode, DataNode, PictureGraph
from autodiff_cli.emit.picture.render import picture
from autodiff_cli.emit.picture.rules import derivative_rule
from autodiff_cli.emit.picture.svg import describe, for_script
from autodiff_cli.emit.picture.themes import THEMES
from autodiff_cli.emit.picture.value_text import brief, exact
from autodiff_cli.emit.text.operation_text import operation_text

__all__ = ["to_page"]


def to_page(seen: PictureGraph, look: Look, source: str, *, timeout: float = 60.0) -> str:
    """Return a graph as an HTML page.

    Parameters
    ----------
    source
        The expression, in which calls have their spans.

    Raises
    ------
    ComputationError
        If the graph is too large (``graph-too-large``).
    OutputError
        If Graphviz is missing or fails: see `autodiff_cli.emit.picture.render`.
    """
    adaptive = look.theme == "auto"
    words = describe(seen, look.title, values=look.values, adaptive=adaptive)
    # The page has a heading of its own.
    drawn = drawing(
        seen, replace(look, title="", max_nodes=look.max_nodes or MOST_NODES), wrap=False
    )
    svg = picture(drawn.dot, ".svg", description=words, timeout=timeout, edit=for_script).decode()
    script = _Script(drawn, look, source)
    page = Template(_file("page.html"))
    return page.substitute(
        title=escape(look.title or "computation graph"),
        heading=_heading(look.title, source),
        theme=look.theme,
        label=escape(words.text),
        style=_file("page.css"),
        script=_file("page.js"),
        svg=svg[svg.index("<svg") :],
        # Nothing in it may end the element that holds it.
        data=json.dumps(script.data(), ensure_ascii=False).replace("<", "\\u003c"),
    )


def _file(name: str) -> str:
    return (files("autodiff_cli.emit.picture") / "web" / name).read_text(encoding="utf-8").strip()


def _heading(title: str, source: str) -> str:
    """Return the title, in which the expression can be marked if it stands there."""
    if not source or not title.endswith(source):
        source_line = f'<br><code id="source" class="source">{escape(source)}</code>'
        return escape(title) + source_line * bool(source)
    before = escape(title.removesuffix(source))
    return f'{before}<code id="source" class="source">{escape(source)}</code>'


@dataclass(frozen=True)
class _ScriptStep:
    """A step of the computation: the nodes that it reaches, and what is computed."""

    text: str
    nodes: Sequence[str]
    backward: bool = False
    derivative: bool = False


class _Script:
    """What the script of a page has to know about a drawn graph."""

    def __init__(self, drawn: Drawing, look: Look, source: str) -> None:
        self.look = look
        self.source = source
        self.nodes = drawn.nodes
        self.calls = [call for call in drawn.nodes.values() if isinstance(call, CallNode)]
        self.homes: dict[DataNode, list[str]] = {}
        self.call_nodes: dict[CallNode, str] = {}
        for name, meaning in drawn.nodes.items():
            if isinstance(meaning, CallNode):
                self.call_nodes[meaning] = name
            else:
                for datum in meaning:
                    self.homes.setdefault(datum, []).append(name)
        for call in self.calls:
            for datum in call.results:
                self.homes.setdefault(datum, [self.call_nodes[call]])
        # Details that several nodes have, such as the rule of an operation, are there once.
        self.rows: dict[tuple[str, str, str], int] = {}
        self.names: dict[DataNode, str] = {}
        for k, call in enumerate(self.calls, start=1):
            for datum in call.results:
                self.names[datum] = datum.names[0] if datum.names else f"v{k}"

    def data(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        steps = [*self._forward(), *self._backward()]
        nodes = {name: self._node(meaning) for name, meaning in self.nodes.items()}
        return {
            "source": self.source,
            "adjoint": THEMES[self.look.theme].grad,
            "nodes": nodes,
            "rows": list(self.rows),
            "steps": [
                {
                    "text": step.text,
                    "nodes": step.nodes,
                    "backward": step.backward,
                    "derivative": step.derivative,
                }
                for step in steps
            ],
        }

    def name(self, datum: DataNode) -> str:
        """Return what a value is called in the text of steps."""
        if is_inlined(datum) or (datum.call is None and not datum.names):
            return " ".join(brief(datum.value)) or "·"
        return self.names.get(datum) or datum.names[0]

    def formula(self, call: CallNode) -> str:
        """Return a call in the names of its arguments."""
        operands = [self.name(x) for x in call.arguments]
        if call.members:
            return f"{call.title}, of {', '.join(operands)}" if operands else call.title
        if call.operation is None or call.operation.metadata.internal:
            return f"{shown_name(call)} of {', '.join(operands)}"
        return operation_text(call.operation, operands, call.statics)

    # --- steps ---

    def _forward(self) -> Iterator[_ScriptStep]:
        leaves = [x for x in self.homes if x.call is None and not x.literal]
        if leaves:
            values = [self._equation(x) for x in leaves]
            yield _ScriptStep(", ".join(values), [name for x in leaves for name in self.homes[x]])
        for call in self.calls:
            text = ", ".join(
                f"{self.name(y)} = {self.formula(call)}{self._shown(y.value)}" for y in call.results
            )
            homes = [name for y in call.results for name in self.homes[y]]
            nodes = dict.fromkeys([self.call_nodes[call], *homes])
            yield _ScriptStep(text, list(nodes), derivative=bool(call.derived))

    def _backward(self) -> Iterator[_ScriptStep]:
        """Yield a step for each call, last first, by which its arguments have their adjoints."""
        users: dict[DataNode, CallNode] = {}
        for call in reversed(self.calls):
            users.update(dict.fromkeys(call.arguments, call))
        outputs = [y for call in self.calls for y in call.results if y.output]
        seeds = [y for y in outputs if y.grad is not None and y not in users]
        if not seeds:
            return
        text = ", ".join(f"∂f/∂{self.name(y)}{self._shown(y.grad)}" for y in seeds)
        yield _ScriptStep(text, [name for y in seeds for name in self.homes[y]], backward=True)
        for call in reversed(self.calls):
            ready = [x for x in dict.fromkeys(call.arguments) if users.get(x) is call]
            ready = [x for x in ready if x.grad is not None and x in self.homes]
            nodes = [self.call_nodes[call], *(name for x in ready for name in self.homes[x])]
            yield _ScriptStep(self._handed_on(call), list(dict.fromkeys(nodes)), backward=True)

    def _handed_on(self, call: CallNode) -> str:
        """Return what a call adds to the adjoints of its arguments."""
        adjoint = call.results[0].grad if call.results else None
        parts = []
        for k, x in enumerate(call.arguments):
            if x.grad is None:
                continue
            partial = call.partials[k] if call.partials else None
            text = f"∂f/∂{self.name(x)}"
            if partial is not None and adjoint is not None:
                parts.append(f"{text} += {_brief(adjoint)} · {_brief(partial)}")
            else:
                parts.append(text)
        return f"{self.formula(call)}: {', '.join(parts) or 'nothing to hand on'}"

    def _equation(self, x: DataNode) -> str:
        return f"{self.name(x)}{self._shown(x.value)}"

    def _shown(self, value: Any) -> str:
        return f" = {_brief(value)}" if self.look.values and value is not None else ""

    # --- details ---

    def _node(self, meaning: CallNode | Sequence[DataNode]) -> Mapping[str, Any]:
        """Return the heading, the rows and the span of the details of a node."""
        if isinstance(meaning, CallNode):
            rows = [*self._call_rows(meaning), *self._results(meaning)]
            name, span = meaning.title or shown_name(meaning), meaning.span
        else:
            rows = [row for datum in meaning for row in self._data_rows(datum)]
            name = ", ".join(" = ".join(datum.names) or self.name(datum) for datum in meaning)
            maker = meaning[0].call
            span = maker.span if maker is not None else None
            if maker is not None:
                rows.insert(0, ("computed as", self.formula(maker), ""))
        numbers = [self.rows.setdefault(row, len(self.rows)) for row in rows]
        return {"name": name, "rows": numbers, "span": list(span) if span else None}

    def _call_rows(self, call: CallNode) -> Iterator[tuple[str, str, str]]:
        yield "operation", f"{call.name}: {call.doc}", ""
        if call.results:
            name = ", ".join(map(self.name, call.results))
            yield "formula", f"{name} = {self.formula(call)}", ""
        if call.kink:
            yield "note", f"evaluated at a {call.kink}", "alarm"
        if call.operation is not None and (rule := derivative_rule(call.operation)):
            yield "rule", "\n".join(rule), ""
        partials = [
            f"by {self.name(x)}: {_brief(partial)}"
            for x, partial in zip(call.arguments, call.partials, strict=False)
            if partial is not None
        ]
        if partials and self.look.values:
            yield "local derivatives", "\n".join(partials), ""

    def _results(self, call: CallNode) -> Iterator[tuple[str, str, str]]:
        for datum in call.results:
            yield from self._data_rows(datum)

    def _data_rows(self, datum: DataNode) -> Iterator[tuple[str, str, str]]:
        if self.look.values or datum.constant:
            if datum.value is not None:
                yield "value", exact(datum.value), "alarm" if datum.fault else ""
            if datum.origin:
                yield "note", f"{datum.fault} begins here", "alarm"
        if datum.grad is not None:
            yield "adjoint: derivative of the output by it", exact(datum.grad), "adjoint"


def _brief(value: Any) -> str:
    return " ".join(row.strip() for row in brief(value))
