"""The rooms of the package, and what they import from each other."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import autodiff_cli

PACKAGE = Path(autodiff_cli.__file__).parent

# A room may import itself and those on lines below its own.
HOUSE = """
    __main__
    cli
    terminal proven
    commands api
    plotting sweeps
    compiling explaining
    arguments results
    emit
    files
    problem
    symbolic derive
    graph
    language
    engine
    limits
    progress
    errors version
"""
ROOMS = [line.split() for line in HOUSE.strip().splitlines()]
FLOORS = {room: floor for floor, line in enumerate(reversed(ROOMS)) for room in line}


@cache
def modules() -> list[tuple[str, ast.Module]]:
    """Return each module by its name in the package, with its syntax tree."""
    found = []
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        found.append((name, ast.parse(file.read_text(encoding="utf-8"))))
    return found


@cache
def imports(tree: ast.Module) -> list[str]:
    """Return what a module imports from the package: at its top, in functions, and for types."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    package = "autodiff_cli."
    return [name.removeprefix(package) for name in found if name.startswith(package)]


def room(name: str) -> str:
    return name.split(".")[0]


def arrows() -> dict[str, set[str]]:
    """Return for each room, from the top down, those that it imports."""
    found: dict[str, set[str]] = {name: set() for line in ROOMS for name in line}
    for name, tree in modules():
        for target in imports(tree) if name else ():
            if room(target) in found and room(target) != room(name):
                found[room(name)].add(room(target))
    return found


def mermaid() -> str:
    """Return a picture of the rooms, with the arrows that do not follow from others."""
    found = arrows()

    def reach(name: str) -> set[str]:
        return found[name].union(*map(reach, found[name]))

    lines = ["```mermaid", "flowchart TD"]
    for name, targets in found.items():
        file = PACKAGE / name / "__init__.py"
        source = file if file.exists() else PACKAGE / f"{name}.py"
        summary = (ast.get_docstring(ast.parse(source.read_text("utf-8"))) or "").splitlines()[0]
        lines.append(f'    {name}["<b>{name}</b><br/>{summary.rstrip(".").replace("`", "")}"]')
        follow = set().union(*map(reach, targets))
        lines += [f"    {name} --> {target}" for target in found if target in targets - follow]
    return "\n".join([*lines, "```"])
