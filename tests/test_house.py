"""The rooms of the package; imports between them go down, never up and never in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import autodiff_cli

PACKAGE = Path(autodiff_cli.__file__).parent

# A room may import itself and those on lines below its own.
HOUSE = """
    __main__
    cli
    running help
    options terminal proven
    commands api
    arguments results
    emit
    files
    problem
    symbolic derive graph
    language
    engine
    limits
    progress
    errors version
"""
FLOORS = {
    room: floor
    for floor, line in enumerate(reversed(HOUSE.strip().splitlines()))
    for room in line.split()
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield each module by its name in the package, with its syntax tree."""
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        yield name, ast.parse(file.read_text(encoding="utf-8"))


def imports(tree: ast.Module, deferred: bool = True) -> Iterator[str]:
    """Yield what a module imports from the package, but for types alone.

    Parameters
    ----------
    deferred
        Whether imports in functions count, which are made when those are called.
    """
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.FunctionDef) and not deferred:
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            stack.extend(node.orelse)
            continue
        stack.extend(ast.iter_child_nodes(node))
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name.startswith("autodiff_cli."):
                yield name.removeprefix("autodiff_cli.")


def room(name: str) -> str:
    return name.split(".")[0]


def test_every_module_is_in_a_room() -> None:
    assert {room(name) for name, _ in modules() if name} == FLOORS.keys()


def test_imports_go_down() -> None:
    wrong = [
        f"{name} imports {target}"
        for name, tree in modules()
        if name
        for target in imports(tree)
        if room(target) in FLOORS
        and room(target) != room(name)
        and FLOORS[room(target)] >= FLOORS[room(name)]
    ]
    assert not wrong


def test_modules_make_no_circle() -> None:
    known = {name: tree for name, tree in modules() if name}
    arrows = {}
    for name, tree in known.items():
        targets = [(target, target.rpartition(".")[0]) for target in imports(tree, deferred=False)]
        found = {part for pair in targets for part in pair if part in known}
        # A package imports its modules, and they are no part of it for this.
        arrows[name] = {target for target in found if not name.startswith(f"{target}.")} - {name}
    # Modules that lead nowhere any more are taken away until none is left, or only circles.
    while free := [name for name, targets in arrows.items() if not targets & arrows.keys()]:
        for name in free:
            del arrows[name]
    assert not arrows


# What the engine keeps to itself of a Variable: `operation`, `inputs` and `value_of` read it.
PRIVATE = {"_op", "_x", "_y", "_xs", "_params", "_value", "_grad", "_call", "_notes", "_seen"}


def test_the_insides_of_a_variable_are_the_engines() -> None:
    wrong = [
        f"{name}:{node.lineno} {ast.unparse(node)}"
        for name, tree in modules()
        if room(name) != "engine"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in PRIVATE
        and ast.unparse(node.value) not in ("self", "super()")
    ]
    assert not wrong
