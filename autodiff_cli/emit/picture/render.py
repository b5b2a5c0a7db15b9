"""Render DOT text as a picture file, by Graphviz on PATH or the one in the pygraphviz wheel.

Graphviz always runs in a separate process, so that it can be stopped at a time limit, and its
crashes and warnings do not affect this one.  The picture is checked in memory before any file is
written.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from html import escape
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.parsers import expat

from autodiff_cli.emit.picture.svg import Description, described
from autodiff_cli.errors import OutputError, UsageError
from autodiff_cli.files.atomic import cannot_write, check_writable, spelled_out, write_atomic

__all__ = ["check_format", "is_page", "picture", "render", "write"]

_PICTURES = {".png": (b"\x89PNG\r\n\x1a\n",), ".svg": (b"<?xml", b"<svg"), ".pdf": (b"%PDF-",)}
_TEXTS = (".dot", ".gv")
_PAGE = ".html"

# XML cannot represent these characters, and UTF-8 no lone surrogate.
_UNDRAWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_NOT_INSTALLED = 69
# The context is created before the graph is read, because it carries the defaults of Graphviz: in
# the opposite order, that of `AGraph.draw` in pygraphviz, a node without a label stays blank.
_BUNDLED_DOT = f"""
import sys
try:
    from pygraphviz.graphviz import agread, gvContextWithBuiltins, gvLayout, gvRender
except ImportError:
    sys.exit({_NOT_INSTALLED})
context = gvContextWithBuiltins()
graph = agread(sys.stdin.buffer, None)
failed = gvLayout(context, graph, b"dot")
sys.exit(failed or gvRender(context, graph, sys.argv[1].encode(), sys.stdout.buffer))
"""

# Without any font Graphviz draws boxes for letters and reports success, so our font is always
# provided.  Our cache directory comes last: it is only used if the usual ones of fontconfig cannot
# be written, because without a lasting cache every font of the system is read at each render.
_FONTS_CONF = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">{system}</include>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


class _RenderError(Exception):
    """A Graphviz did not render: the reason, or nothing if it is not installed."""


def picture(
    dot: str,
    suffix: str,
    *,
    description: Description | None = None,
    timeout: float = 60.0,
    edit: Callable[[str], str] = str,
) -> bytes:
    """Return the picture of a graph in the format of a suffix: see `render`.

    Parameters
    ----------
    edit
        What is changed in an SVG before it is described.
    """
    drawn = _draw(_source(dot), suffix, timeout)
    if suffix != ".svg" or description is None:
        return drawn
    title, text, adaptive = description
    words = Description(_printable(title), _printable(text), adaptive)
    return described(edit(drawn.decode()), words).encode()


def _printable(text: str) -> str:
    return _UNDRAWABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _source(dot: str) -> bytes:
    return _printable(dot).encode()


def render(
    dot: str, path: Path, *, description: Description | None = None, timeout: float = 60.0
) -> None:
    """Draw a graph into a file, completely or not at all.

    Parameters
    ----------
    dot
        The graph in the DOT language, with every option of its layout.
    path
        The file of the picture; its suffix determines the format: ``.png``, ``.svg``, ``.pdf``,
        or ``.dot`` and ``.gv`` for the text itself, which needs no renderer.
    description
        What an SVG says for screen readers.
    timeout
        The time limit for all attempts together, in seconds.

    Raises
    ------
    UsageError
        The suffix is none of these (``unknown-format``).
    OutputError
        The file cannot be written (``cannot-write``), there is no Graphviz (``no-renderer``),
        it failed (``render-failed``) or exceeded the time limit (``render-timeout``).
        A file that was at ``path`` before is unchanged.
    """
    check_format(path)
    suffix = path.suffix.lower()
    if suffix in _TEXTS:
        write(path, lambda: _source(dot))
    else:
        write(path, lambda: picture(dot, suffix, description=description, timeout=timeout))


def check_format(path: Path, *, page: bool = False) -> None:
    """Check that the suffix of a file is that of a format.

    Parameters
    ----------
    page
        Whether it may be ``.html``.

    Raises
    ------
    UsageError
        If it is not (``unknown-format``).
    """
    suffix = path.suffix.lower()
    formats = (*_PICTURES, *((_PAGE,) if page else ()), *_TEXTS)
    if suffix not in formats:
        *known, last = (f"`{name}`" for name in formats)
        raise UsageError(
            f"unknown picture format `{spelled_out(path.suffix)}`"
            if suffix
            else f"`{spelled_out(str(path))}` has no suffix that tells the picture's format",
            code="unknown-format",
            hint=f"end the file's name in {', '.join(known)} or {last}",
        )


def is_page(path: Path) -> bool:
    """Return whether the format of a file is that of a web page."""
    return path.suffix.lower() == _PAGE


def write(path: Path, content: Callable[[], bytes]) -> None:
    """Write a file completely or not at all, after a check that it can be written.

    Raises
    ------
    OutputError
        If it cannot be written (``cannot-write``).
    """
    try:
        check_writable(path)
        write_atomic(path, content())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise cannot_write(path, reason[:1].lower() + reason[1:]) from error


def _draw(source: bytes, suffix: str, timeout: float) -> bytes:
    """Return the picture from the first Graphviz that renders it."""
    if suffix == ".png":
        # The default of Graphviz, 96 dots per inch, looks blurred on current screens.
        source = source.replace(b"{", b"{ graph [dpi=144]", 1)
    deadline = time.monotonic() + timeout
    commands = [[sys.executable, "-P", "-c", _BUNDLED_DOT, suffix[1:]]]
    if system_dot := shutil.which("dot"):
        commands.insert(0, [system_dot, f"-T{suffix[1:]}"])

    failure = ""
    with _font_environment() as environment:
        for command in commands:
            try:
                return _checked(_run(command, source, environment, deadline), suffix)
            except _RenderError as error:
                failure = str(error) or failure
            except subprocess.TimeoutExpired as error:
                raise OutputError(
                    f"drawing the graph took longer than {timeout:g} s",
                    code="render-timeout",
                    hint="sum it up, as `--max-nodes 300` does, or write a `.dot` file",
                ) from error
    if failure:
        raise OutputError(
            f"the graph could not be drawn: {spelled_out(failure)}",
            code="render-failed",
            hint="a `.dot` file needs no renderer and shows what Graphviz was given",
        )
    raise OutputError(
        "no Graphviz was found to draw the picture",
        code="no-renderer",
        hint='run `pip install "pygraphviz>=2.0"`, or write a `.dot` file, which needs no renderer',
    )


@contextmanager
def _font_environment() -> Iterator[dict[str, str]]:
    """Yield an environment in which fontconfig finds our font and those of the system."""
    with (
        TemporaryDirectory(prefix="adiff-", ignore_cleanup_errors=True) as scratch,
        as_file(files("autodiff_cli.emit.picture") / "fonts") as fonts,
    ):
        text = _FONTS_CONF.format(
            system=escape(os.environ.get("FONTCONFIG_FILE") or "fonts.conf"),
            fonts=escape(str(fonts)),
            cache=escape(scratch),
        )
        conf = Path(scratch, "adiff-fonts.conf")
        conf.write_bytes(os.fsencode(text))
        yield {**os.environ, "FONTCONFIG_FILE": str(conf)}


def _run(command: list[str], source: bytes, environment: dict[str, str], deadline: float) -> bytes:
    """Return the output of one Graphviz for `source`; its processes end on an interruption."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise _RenderError(f"{command[0]}: {error.strerror}") from error
    with process:
        try:
            picture, log = process.communicate(source, deadline - time.monotonic())
        except BaseException:
            _kill_group(process)
            raise
    if process.returncode == _NOT_INSTALLED:
        raise _RenderError
    lines = [
        line.strip()
        for line in log.decode(errors="replace").splitlines()
        if line.strip() and "warning" not in line.lower()
    ]
    # After an error Graphviz may still return a picture that lacks the part in question; `dot` then
    # reports failure, but the library does not.
    errors = [line for line in lines if line.startswith("Error:")]
    if process.returncode or errors:
        reasons = errors or lines or [f"it ended with status {process.returncode}"]
        raise _RenderError(reasons[-1].removeprefix("Error: "))
    return picture


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _checked(picture: bytes, suffix: str) -> bytes:
    """Return a picture if it has the requested format, whatever the exit status was."""
    if not picture.startswith(_PICTURES[suffix]):
        raise _RenderError(f"its output is not {suffix[1:].upper()}")
    if suffix == ".svg":
        try:
            expat.ParserCreate("utf-8").Parse(picture, True)
        except expat.ExpatError as error:
            raise _RenderError(f"its output is not valid XML: {error}") from error
    return picture
