"""Draws the gallery: `python tests/gallery.py` writes its pictures, `--check` compares them.

Graphviz lays a graph out a little differently on every machine, so what is compared is what is
written in a picture, not where.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from autodiff_cli.cli import main as adiff

GALLERY = Path(__file__).parents[1] / "docs" / "gallery.md"
PICTURES = GALLERY.with_suffix("")


def commands(text: str) -> list[list[str]]:
    """Return the arguments of each command of a document."""
    return [shlex.split(line)[2:] for line in text.splitlines() if line.startswith("$ adiff ")]


def shown(text: str) -> list[str]:
    """Return the names of the pictures that a document shows."""
    return re.findall(r"^!\[[^\]]+\]\(gallery/([\w.]+)\)$", text, re.MULTILINE)


def texts(picture: Path) -> Counter[str]:
    """Return what is written in a picture, and how often; of a plot what it is made of."""
    elements = list(ElementTree.parse(picture).iter())
    words = [e.text for e in elements if e.tag.endswith(("}text", "}title", "}desc")) and e.text]
    return Counter(words)


def draw(folder: Path, text: str) -> list[str]:
    """Draw all pictures of a document into a folder; return the commands that failed."""
    os.chdir(folder)
    return [shlex.join(argv) for argv in commands(text) if adiff(argv)]


def main() -> int:
    """Draw the pictures, or only say whether those that are there are fresh."""
    text = GALLERY.read_text("utf-8")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        failed = draw(folder, text)
        drawn = sorted(file.name for file in folder.iterdir())
        wrong = [f"`{command}` fails" for command in failed]
        if drawn != sorted(shown(text)):
            wrong.append(f"drawn are {drawn}, shown {sorted(shown(text))}")
        if "--check" not in sys.argv:
            shutil.rmtree(PICTURES, ignore_errors=True)
            shutil.copytree(folder, PICTURES)
        else:
            there = sorted(file.name for file in PICTURES.iterdir())
            if there != drawn:
                wrong.append(f"there are {there}, drawn {drawn}")
            wrong += [
                f"{file} is not fresh"
                for file in set(there) & set(drawn)
                if texts(PICTURES / file) != texts(folder / file)
            ]
        os.chdir(GALLERY.parent)
    print("\n".join(wrong) + "\nrun python tests/gallery.py" if wrong else "gallery: fresh")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
