"""The examples in the README and in docstrings show what comes out."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import autodiff_cli

MODULES = [
    "autodiff_cli",
    *(
        module.name
        for module in pkgutil.walk_packages(autodiff_cli.__path__, "autodiff_cli.")
        if not module.name.endswith("__main__")
    ),
]


@pytest.mark.parametrize("name", MODULES)
def test_of_a_module(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_of_the_readme() -> None:
    text = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) >= 3
    example = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "README", None, None)
    assert doctest.DocTestRunner().run(example).failed == 0
