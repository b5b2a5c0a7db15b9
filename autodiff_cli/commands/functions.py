"""`adiff functions`: the functions and constants of the language, from their declarations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from autodiff_cli.engine import Operation
from autodiff_cli.errors import UsageError
from autodiff_cli.language.format import number
from autodiff_cli.language.names import CONSTANTS, did_you_mean, functions, signature
from autodiff_cli.results import Catalog, Entry

__all__ = ["run"]

MARGIN = " " * 4
"""What is left of a plot."""

WIDEST = 64
"""The most columns of a plot."""

_CONSTANT_DOCS = {
    "pi": "circumference of a circle over its diameter",
    "e": "base of the natural logarithm",
    "tau": "a full turn in radians, two pi",
    "inf": "infinity",
    "nan": "not a number, as 0/0 is",
}


def run(words: Sequence[str], columns: int | None = None, *, colored: bool = False) -> Catalog:
    """Return all functions and constants, or those that match words.

    A word is a name, or a part of a name, of a description or of a family.  A single function comes
    with its derivatives.

    Parameters
    ----------
    columns
        The columns of the terminal that shows it; None if it goes into a pipe.
    colored
        Whether there are colors.

    Raises
    ------
    UsageError
        If nothing matches.
    """
    entries = [*_constants(), *_functions()]
    wanted = " ".join(words).strip().casefold()
    found = [entry for entry in entries if wanted in map(str.casefold, entry.names)]
    parts = wanted.split()
    if not found:
        # Without words everything is listed, with blank words nothing.
        listed = bool(parts) or not words
        found = [e for e in entries if listed and all(part in _haystack(e) for part in parts)]
    if not found:
        # If all words are names, the function of each is listed.
        names = {name.casefold(): entry for entry in entries for name in entry.names}
        found = [names[part] for part in parts] if names.keys() >= set(parts) else []
    if not found:
        known = [*functions(), *CONSTANTS, *(entry.family for entry in entries)]
        raise UsageError(
            f"there is no function `{' '.join(words)}`",
            code="unknown-function",
            hint=did_you_mean(wanted, dict.fromkeys(known)) or "`adiff functions` lists them all",
        )
    fields = {
        "command": "functions",
        "functions": [_fields(entry) for entry in found if entry.names[0] not in CONSTANTS],
        "constants": [
            {
                "name": name,
                "aliases": also,
                "value": CONSTANTS[name],
                "doc": entry.doc,
                "example": entry.example,
            }
            for entry in found
            for name, *also in [entry.names]
            if name in CONSTANTS
        ],
    }
    if len(found) == 1 and found[0].names[0] not in CONSTANTS:
        operation: Operation = functions()[found[0].names[0]]
        fields["functions"] = [_fields(found[0]) | _details(operation)]
        if columns is not None:
            found = [_in_detail(found[0], operation, columns, colored)]
    return Catalog(found, fields)


def _details(operation: Operation) -> dict[str, object]:
    """Return what JSON has of a single function beside the fields of all functions."""
    from autodiff_cli.commands.function_details import derivatives, domains, places, rule_name

    return {
        "rule": rule_name(operation),
        "derivatives": derivatives(operation),
        "domain": domains(operation),
        **places(operation),
    }


def _in_detail(entry: Entry, operation: Operation, columns: int, colored: bool) -> Entry:
    """Return an entry with what a terminal shows of a single function."""
    from autodiff_cli.commands.function_details import drawing, properties

    picture = drawing(operation, min(columns - len(MARGIN), WIDEST), colored=colored)
    shown = "\n".join(MARGIN + line for line in picture.splitlines())
    return replace(entry, properties=list(properties(operation)), drawing=shown)


def _constants() -> Iterator[Entry]:
    """Yield the constants, each with its other names."""
    for name, doc in _CONSTANT_DOCS.items():
        value = CONSTANTS[name]
        also = [other for other, v in CONSTANTS.items() if v == value and other != name]
        example = f"{name} = {number(value)}"
        yield Entry((name, *also), name, doc, example, "constants")


def _functions() -> Iterator[Entry]:
    """Yield the functions by family, and in each family by name."""
    declared = set(functions().values())
    for operation in sorted(declared, key=lambda operation: (operation.family, operation.name)):
        symbol = (operation.metadata.symbol,) * bool(operation.metadata.symbol)
        yield Entry(
            (operation.name, *operation.metadata.aliases, *symbol),
            signature(operation),
            operation.metadata.doc,
            operation.metadata.example,
            operation.family,
        )


def _haystack(entry: Entry) -> str:
    return " ".join([*entry.names, entry.doc, entry.family]).casefold()


def _fields(entry: Entry) -> dict[str, object]:
    operation: Operation = functions()[entry.names[0]]
    return {
        "name": operation.name,
        "aliases": operation.metadata.aliases,
        "symbol": operation.metadata.symbol or None,
        "family": entry.family,
        "signature": entry.signature,
        "doc": entry.doc,
        "example": entry.example,
    }
