"""The sources that exported Python code copies from the modules that declare operations.

If NumPy has no equivalent of an operation, its template names a function of the module that
declares it.  The source of that function is exported too, with the functions that it uses and the
imports of all of them, so the exported code is self-contained and computes what the engine
computes.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from autodiff_cli.engine import Operation

__all__ = ["HelperSources", "Import"]


class Import(NamedTuple):
    """An import of a module, possibly under another name, or of a name from a module."""

    module: str
    name: str


class Module(NamedTuple):
    """The names of a module: the import of each, or the source of the function."""

    imports: Mapping[str, Import]
    functions: Mapping[str, str]


class HelperSources:
    """The imports and functions that some operations need.

    Attributes
    ----------
    sources
        The sources of functions, each after those that it uses.
    names
        The names of these functions and of the imports.
    """

    def __init__(self) -> None:
        self._imports = {Import("numpy", " as np")}
        self.sources: list[str] = []
        self.names = {"np", "annotations", "NDArray"}

    def add(self, operation: Operation, template: str) -> None:
        """Add the functions and imports that the template of an operation names."""
        module = getattr(operation.forward, "__module__", None) or ""
        if module.startswith("autodiff_cli."):
            self._add(re.findall(r"(?<![.{\w])[A-Za-z_]\w*", template), _module(module))

    def _add(self, names: Iterable[str], module: Module) -> None:
        for name in names:
            if name in module.imports:
                self._imports.add(module.imports[name])
                self.names.add(name)
            elif name in module.functions and name not in self.names:
                self.names.add(name)
                source = module.functions[name]
                nodes = ast.walk(ast.parse(source))
                used = {node.id for node in nodes if isinstance(node, ast.Name)}
                self._add(sorted(used), module)
                self.sources.append(source)

    @property
    def packages(self) -> list[str]:
        """The names of the imported packages that are not in the standard library."""
        roots = {module.split(".")[0] for module, _ in self._imports}
        return sorted(roots - sys.stdlib_module_names)

    def imports(self, more: Iterable[Import]) -> str:
        """Return the import statements, with those of the standard library first."""
        names: dict[str, list[str]] = {}
        for module, name in sorted({*self._imports, *more}):
            names.setdefault(module, []).append(name)
        blocks: tuple[list[str], list[str]] = ([], [])
        for module, parts in sorted(names.items(), key=lambda item: ("" not in item[1], item)):
            found = ", ".join(part for part in parts if part and not part.startswith(" as "))
            plain = [f"import {module}{part}" for part in parts if not part or part[0] == " "]
            block = blocks[module.split(".")[0] not in sys.stdlib_module_names]
            block += plain + ([f"from {module} import {found}"] if found else [])
        return "\n\n".join("\n".join(block) for block in blocks if block)


@cache
def _module(name: str) -> Module:
    source = inspect.getsource(sys.modules[name])
    tree = ast.parse(source)
    imports: dict[str, Import] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                renamed = f" as {alias.asname}" if alias.asname else ""
                imports[alias.asname or alias.name] = Import(alias.name, renamed)
        elif isinstance(node, ast.ImportFrom) and not str(node.module).startswith("autodiff_cli"):
            imports |= {alias.name: Import(str(node.module), alias.name) for alias in node.names}
    functions = {
        node.name: ast.get_source_segment(source, node) or ""
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    return Module(imports, functions)
