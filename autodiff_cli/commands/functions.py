"""`adiff functions`: what the language knows, from the declarations."""

from __future__ import annotations

from autodiff_cli.errors import UsageError
from autodiff_cli.language.names import did_you_mean, function, functions, signature
from autodiff_cli.results import Listing

__all__ = ["run"]


def run(name: str | None) -> Listing:
    """Return every function, or the one of a name, with what it is and an example.

    Raises
    ------
    UsageError
        If there is no function of that name.
    """
    if name is None:
        listed = list(dict.fromkeys(functions().values()))
    elif (found := function(name)) is not None:
        listed = [found]
    else:
        raise UsageError(
            f"there is no function `{name}`",
            code="unknown-function",
            hint=did_you_mean(name, functions()) or "`adiff functions` lists them all",
        )
    listed.sort(key=lambda operation: operation.name)
    return Listing(
        rows=[
            (signature(operation), operation.facts.doc, ", ".join(operation.facts.aliases))
            for operation in listed
        ],
        fields={
            "command": "functions",
            "functions": [
                {
                    "name": operation.name,
                    "aliases": operation.facts.aliases,
                    "symbol": operation.facts.symbol or None,
                    "signature": signature(operation),
                    "doc": operation.facts.doc,
                    "example": operation.facts.example,
                }
                for operation in listed
            ],
        },
        headings=("function", "what it is", "also"),
    )
