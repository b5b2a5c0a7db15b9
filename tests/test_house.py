"""Imports between the rooms of the package go down, never up and never in a circle."""

from __future__ import annotations

import ast

from house import FLOORS, imports, modules, room


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
