"""The functions of the language, as a terminal shows them."""

from __future__ import annotations

from collections.abc import Iterator

from autodiff_cli.results import Entry

__all__ = ["also", "described"]


def described(entry: Entry, width: int) -> Iterator[tuple[str, str]]:
    """Yield the parts of an entry for a terminal, each with its style, in lines that fit."""
    yield "\n".join(_wrapped(entry.signature, "  ", width)), "bold"
    others = also(entry)
    texts = [entry.doc, *([f"also {others}"] if others else [])]
    for text, style in [*((text, "") for text in texts), (entry.example, "dim")]:
        yield "\n" + "\n".join(_wrapped(text, "      ", width)), style
    if entry.properties:
        yield "\n", ""
    margin = max((len(name) for name, _ in entry.properties), default=0) + 3
    for name, text in entry.properties:
        if len(text) <= width - 6 - margin:
            yield f"\n      {name:{margin}}", "dim"
            yield text, ""
            continue
        yield f"\n      {name}" * bool(name), "dim"
        yield "\n" + "\n".join(_wrapped(text, "        ", width)), ""


def also(entry: Entry) -> str:
    """Return the other names of an entry, without an operator that its signature shows."""
    return ", ".join(name for name in entry.names[1:] if f" {name} " not in entry.signature)


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    """Return a text as indented lines that are no wider than a terminal, if possible."""
    import textwrap

    return textwrap.wrap(
        text,
        max(width, len(indent) + 10),
        initial_indent=indent,
        subsequent_indent=indent + "  " * (indent == "  "),
        break_on_hyphens=False,
    )
