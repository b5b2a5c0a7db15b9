"""Imports between the rooms of the package go down, never up and never in a circle."""

from __future__ import annotations

import ast

from house import FLOORS, PACKAGE, imports, modules, room

MOST_LINES = 400
"""The most lines of a module: a longer one has more than one reason to change."""


def test_every_module_is_in_a_room() -> None:
    assert {room(name) for name, _ in modules() if name} == FLOORS.keys()


def test_nothing_imports_the_face_of_the_package() -> None:
    wrong = [
        f"{name} imports {target}"
        for name, tree in modules()
        if name
        for target in imports(tree)
        if room(target) not in FLOORS
    ]
    assert not wrong


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


def arrows_of_modules() -> dict[str, set[str]]:
    """Return for each module those that it imports."""
    known = {name: tree for name, tree in modules() if name}
    arrows = {}
    for name, tree in known.items():
        targets = [(target, target.rpartition(".")[0]) for target in imports(tree)]
        found = {part for pair in targets for part in pair if part in known}
        # A package imports its modules, and they are no part of it for this.
        arrows[name] = {target for target in found if not name.startswith(f"{target}.")} - {name}
    return arrows


def reach(name: str, arrows: dict[str, set[str]]) -> set[str]:
    """Return the modules that a module imports, and those that these import, and so on."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = arrows[waiting.pop()] - found
        found |= new
        waiting += new
    return found


# A syntax error has a hint that is itself a line that works, for which it has to be parsed; the
# germ of a quotient may need that of a function and the other way round.
ROOMS_WITH_CIRCLES = {"language", "derive.germs"}


def test_modules_make_no_circle() -> None:
    arrows = arrows_of_modules()
    found = {name for name in arrows if name in reach(name, arrows)}
    assert {name.rpartition(".")[0] for name in found} <= ROOMS_WITH_CIRCLES


def test_no_module_is_long() -> None:
    lengths = {
        str(file.relative_to(PACKAGE)): len(file.read_text(encoding="utf-8").splitlines())
        for file in PACKAGE.rglob("*.py")
    }
    assert lengths
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


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
