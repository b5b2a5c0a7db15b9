"""Keeps what documents show true: `python tests/documents.py` rewrites it, `--check` compares.

Console blocks hold what the commands in them print, the table of functions what is declared, and
the picture what `adiff graph` draws.  The parser's tables are those of the grammar, and the rooms
of `docs/architecture.md` those of the package.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from autodiff_cli.engine import ops
from autodiff_cli.language import parse_tables as tables
from autodiff_cli.language.names import functions
from house import mermaid
from processes import PROGRAM, clean_environment

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
PICTURE = ROOT / ".github" / "graph.svg"
DRAWN = ["graph", "exp(-x**2) * sin(3*x*y)", "--at", "x=0.5", "--at", "y=2"]


def adiff(*argv: str) -> str:
    """Return all that a command prints, errors included."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [*PROGRAM, *argv],
            cwd=folder,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    return done.stdout.decode()


def console(block: re.Match[str]) -> str:
    """Return a console block with each command followed by what it prints."""
    commands = [line for line in block[1].splitlines() if line.startswith("$ adiff ")]
    shown = "".join(f"{line}\n{adiff(*shlex.split(line)[2:])}" for line in commands)
    return f"```console\n{shown}```"


def families() -> str:
    """Return the table of functions, one row for each module that declares some."""
    rows = []
    for file in sorted(Path(ops.__path__[0]).glob("*.py")):
        bound = re.findall(
            r"^(?:def )?(\w+)(?:: Operation)?(?: = |\()", file.read_text("utf-8"), re.MULTILINE
        )
        with_name = [
            n
            for n in bound
            if (f := functions().get(n)) and not f.metadata.symbol and f.family == file.stem
        ]
        if with_name:
            rows.append(f"| {file.stem} | {' '.join(f'`{name}`' for name in with_name)} |")
    return "\n".join(["| family | functions |", "|---|---|", *rows])


def filled(text: str, name: str, content: str) -> str:
    """Return a text with a generated part between the comments that carry its name."""
    part = f"<!-- {name} -->\n{content}\n<!-- /{name} -->"
    return re.sub(f"<!-- {name} -->.*<!-- /{name} -->", lambda _: part, text, flags=re.DOTALL)


def refreshed(text: str) -> str:
    """Return a document with all that is generated in it made anew."""
    text = re.sub(r"```console\n(.*?)```", console, text, flags=re.DOTALL)
    return filled(filled(text, "functions", families()), "house", mermaid())


def main() -> int:
    """Rewrite what is generated, or only say whether they are fresh."""
    fresh = {file: refreshed(file.read_text("utf-8")) for file in (README, ARCHITECTURE)}
    dot = PICTURE.with_suffix(".dot")
    drawn = adiff(*DRAWN)
    generated = {**fresh, dot: drawn, tables.KEPT: tables.text(tables.grammar())}
    if "--check" in sys.argv:
        stale = [file.name for file, new in generated.items() if file.read_text("utf-8") != new]
        print(f"not fresh: {stale}; run python tests/documents.py" if stale else "documents: fresh")
        return bool(stale)
    for file, new in generated.items():
        file.write_text(new, encoding="utf-8")
    adiff(*DRAWN, "-o", str(PICTURE))
    return 0


if __name__ == "__main__":
    sys.exit(main())
