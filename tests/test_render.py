"""Pictures: drawn by whichever Graphviz there is, whole or not at all, with letters for letters."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from autodiff_cli.emit.picture.render import _BUNDLED_DOT, render
from autodiff_cli.errors import OutputError, UsageError

GRAPH = 'digraph { node [fontname="DejaVu Sans"]; a [label="θ, ∂, ²"]; a -> b [label="→"] }'
MAGIC = {".png": b"\x89PNG\r\n\x1a\n", ".svg": b"<?xml", ".pdf": b"%PDF-"}
OLD = b"what was there before"


@pytest.fixture(autouse=True)
def binaries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only directory on PATH, empty: no test depends on a `dot` of this machine."""
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory))
    return directory


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An empty directory for pictures."""
    directory = tmp_path / "out"
    directory.mkdir()
    return directory


@pytest.fixture
def bundled() -> None:
    """For tests that draw with the real thing."""
    pytest.importorskip("pygraphviz", minversion="2.0")


@pytest.fixture
def without_bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine where pygraphviz cannot be imported."""
    directory = tmp_path / "shadow"
    directory.mkdir()
    (directory / "pygraphviz.py").write_text("raise ImportError('not here')\n")
    monkeypatch.setenv("PYTHONPATH", str(directory))


@pytest.fixture
def without_system_fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine where fontconfig finds no font at all."""
    conf = tmp_path / "no-fonts.conf"
    conf.write_text(
        f"<fontconfig><cachedir>{tmp_path}/cache</cachedir></fontconfig>", encoding="utf-8"
    )
    monkeypatch.setenv("FONTCONFIG_FILE", str(conf))


@pytest.fixture
def fake_dot(binaries: Path) -> Callable[[str], Path]:
    """Put a `dot` on PATH that runs the given lines of Python."""

    def install(body: str) -> Path:
        script = binaries / "dot"
        script.write_text(f"#!{sys.executable} -S\nimport sys\n{body}\n", encoding="utf-8")
        script.chmod(0o755)
        return script

    return install


@pytest.fixture
def hanging_dot(binaries: Path, tmp_path: Path) -> Iterator[int]:
    """A `dot` that hangs, and so does its child; both hold a pipe, of which this is the end."""
    pipe, sleep = tmp_path / "pipe", shutil.which("sleep", path=os.defpath)
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    script = binaries / "dot"
    # It comes up after its input has ended: whoever started it then waits for it.
    script.write_text(
        f'#!/bin/sh\nexec 3> "{pipe}"\nwhile read -r _; do :; done\n'
        f"{sleep} 60 &\necho up >&3\n{sleep} 60\n"
    )
    script.chmod(0o755)
    yield reader
    os.close(reader)


def started_and_died(reader: int) -> bool:
    """Tell whether the hanging `dot` came up, and neither it nor its child is left."""
    return os.read(reader, 3) == b"up\n" and readable(reader) and os.read(reader, 1) == b""


def readable(reader: int) -> bool:
    """Wait until a pipe holds something or its last writer is gone."""
    return bool(select.select([reader], [], [], 10)[0])


def draw(path: Path, dot: str = GRAPH, **options: float) -> bytes:
    render(dot, path, **options)
    return path.read_bytes()


def failure(path: Path, dot: str = GRAPH, **options: float) -> OutputError:
    with pytest.raises(OutputError) as caught:
        render(dot, path, **options)
    return caught.value


def names(directory: Path) -> list[str]:
    return sorted(entry.name for entry in directory.iterdir())


def one_letter(letter: str) -> str:
    return f'digraph {{ a [shape=plain fontname="DejaVu Sans" label="{letter}"] }}'


# Real pictures


@pytest.mark.usefixtures("bundled")
@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf", ".PNG", ".Svg"])
def test_the_wheel_draws_every_format(out: Path, suffix: str) -> None:
    assert draw(out / f"g{suffix}").startswith(MAGIC[suffix.lower()])
    assert names(out) == [f"g{suffix}"]


@pytest.mark.usefixtures("bundled")
def test_svg_is_utf8_xml_with_every_label(out: Path) -> None:
    picture = draw(out / "g.svg").decode("utf-8")
    texts = [text.text for text in ElementTree.fromstring(picture).iter() if "text" in text.tag]
    assert texts == ["θ, ∂, ²", "b", "→"]


@pytest.mark.usefixtures("bundled")
def test_svg_stays_valid_whatever_the_labels_hold(out: Path) -> None:
    picture = draw(out / "g.svg", 'digraph { a [label="<&>\x00\x1b\ud800\uffff\'--"] }')
    assert "&lt;&amp;&gt;" in picture.decode("utf-8")
    ElementTree.fromstring(picture)


@pytest.mark.usefixtures("bundled")
def test_html_labels_are_drawn(out: Path) -> None:
    table = "<<TABLE><TR><TD>sin</TD><TD>θ²</TD></TR></TABLE>>"
    assert "θ²" in draw(out / "g.svg", f"digraph {{ a [label={table}] }}").decode("utf-8")


@pytest.mark.usefixtures("bundled")
def test_a_module_in_the_working_directory_is_not_imported(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pygraphviz.py").write_text("raise SystemExit('hijacked')\n")
    monkeypatch.chdir(tmp_path)
    draw(out / "g.png")


@pytest.mark.parametrize("suffix", [".dot", ".gv"])
@pytest.mark.usefixtures("without_bundled")
def test_text_needs_no_renderer(out: Path, suffix: str) -> None:
    assert draw(out / f"g{suffix}").decode("utf-8") == GRAPH


# Fonts


@pytest.mark.usefixtures("bundled", "without_system_fonts")
def test_letters_are_letters_on_a_machine_without_fonts(out: Path) -> None:
    pictures = {letter: draw(out / "g.png", one_letter(letter)) for letter in "θ∂²→"}
    assert len(set(pictures.values())) == len(pictures)

    # Boxes may hold the number of what they stand for, but all are of one width: that of 日 here.
    widths = {
        letter: re.findall(rb'width="(\d+)pt"', draw(out / "g.svg", one_letter(letter * 20)))[0]
        for letter in "θ∂²→日"
    }
    assert len(set(widths.values())) == len(widths)


@pytest.mark.usefixtures("bundled", "without_system_fonts")
def test_without_our_font_that_machine_would_draw_boxes() -> None:
    command = [sys.executable, "-P", "-c", _BUNDLED_DOT, "png"]
    theta, partial = (
        subprocess.run(command, input=one_letter(letter).encode(), capture_output=True, check=True)
        for letter in "θ∂"
    )
    assert theta.stdout == partial.stdout


@pytest.mark.parametrize("name", ["tmp & <co>", "tmp é"])
@pytest.mark.parametrize("system", [None, "mine & <yours>.conf"])
def test_our_font_is_added_to_those_of_the_system(
    out: Path,
    fake_dot: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    system: str | None,
) -> None:
    fake_dot(
        "import os, shutil\n"
        f"shutil.copy(os.environ['FONTCONFIG_FILE'], {str(out / 'conf')!r})\n"
        "print('<svg/>')"
    )
    directory = out / name
    directory.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(directory))
    if system:
        monkeypatch.setenv("FONTCONFIG_FILE", system)
    else:
        monkeypatch.delenv("FONTCONFIG_FILE", raising=False)

    render(GRAPH, out / "g.svg")
    conf = ElementTree.parse(out / "conf")
    assert conf.findtext("include") == (system or "fonts.conf")
    assert conf.findtext("dir") == str(files("autodiff_cli.emit.picture") / "fonts")
    assert Path(conf.findtext("cachedir") or "").parent == directory
    assert names(directory) == []


@pytest.mark.usefixtures("bundled")
def test_a_temporary_directory_may_have_any_name(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "\udcff"
    directory.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(directory))
    draw(out / "g.png")


def test_the_font_is_small_and_has_its_licence() -> None:
    fonts = files("autodiff_cli.emit.picture") / "fonts"
    assert len((fonts / "DejaVuSans.ttf").read_bytes()) < 200_000
    assert "Bitstream Vera Fonts Copyright" in (fonts / "LICENSE-DejaVu.txt").read_text("utf-8")


# Which Graphviz


def test_dot_on_path_is_preferred_and_never_sees_the_path(
    out: Path, tmp_path: Path, fake_dot: Callable[[str], Path]
) -> None:
    log = tmp_path / "log"
    script = fake_dot(
        "import json\n"
        f"with open({str(log)!r}, 'w') as log:\n"
        "    json.dump([sys.argv, sys.stdin.buffer.read().decode()], log)\n"
        f"sys.stdout.buffer.write({MAGIC['.png']!r} + b'fake')\n"
        "print('Warning: of no interest', file=sys.stderr)"
    )
    name = """a b'c"d;touch x;$(touch y)`touch z`\n-o.png"""
    assert draw(out / name) == MAGIC[".png"] + b"fake"
    sharp = GRAPH.replace("{", "{ graph [dpi=144]", 1)
    assert json.loads(log.read_text()) == [[str(script), "-Tpng"], sharp]
    assert names(out) == [name]


@pytest.mark.usefixtures("bundled")
@pytest.mark.parametrize(
    "body",
    [
        "sys.exit('Error: no png here')",
        "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)",
        "print('hello')",
        "pass",
        f"sys.stdout.buffer.write({MAGIC['.png']!r})\nprint('Error: lost', file=sys.stderr)",
    ],
    ids=["fails", "crashes", "draws no picture", "draws nothing", "leaves out a part"],
)
def test_a_failing_dot_gives_way_to_the_wheel(
    out: Path, fake_dot: Callable[[str], Path], body: str
) -> None:
    fake_dot(body)
    assert draw(out / "g.png").endswith(b"IEND\xaeB`\x82")


@pytest.mark.usefixtures("bundled")
def test_a_dot_that_cannot_be_started_gives_way_to_the_wheel(out: Path, binaries: Path) -> None:
    (binaries / "dot").write_text("#!/no/such/interpreter\n")
    (binaries / "dot").chmod(0o755)
    assert draw(out / "g.pdf").startswith(MAGIC[".pdf"])


@pytest.mark.usefixtures("without_bundled")
def test_no_renderer_at_all(out: Path) -> None:
    error = failure(out / "g.png")
    assert error.code == "no-renderer"
    assert error.message == "no Graphviz was found to draw the picture"
    assert error.hint is not None
    assert '`pip install "pygraphviz>=2.0"`' in error.hint
    assert "`.dot`" in error.hint
    assert names(out) == []


# Failures


@pytest.mark.usefixtures("without_bundled")
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("sys.exit('a warning\\nError: bad \\x1b[31m thing\\ndetails')", "bad \\x1b[31m thing"),
        ("sys.exit('first\\nlast\\nFontconfig warning: of no interest')", "last"),
        ("sys.exit(3)", "it ended with status 3"),
        ("print('hello')", "its output is not SVG"),
        ("print('<svg><g></svg>')", "its output is not valid XML: mismatched tag"),
        ("sys.stdout.buffer.write(b'<svg>\\xff</svg>')", "its output is not valid XML: not well-"),
    ],
)
def test_a_failure_says_why_and_leaves_everything_as_it_was(
    out: Path, fake_dot: Callable[[str], Path], body: str, reason: str
) -> None:
    fake_dot(body)
    (out / "g.svg").write_bytes(OLD)
    error = failure(out / "g.svg")
    assert error.code == "render-failed"
    assert error.message.startswith(f"the graph could not be drawn: {reason}")
    assert (out / "g.svg").read_bytes() == OLD
    assert names(out) == ["g.svg"]


@pytest.mark.usefixtures("bundled")
@pytest.mark.parametrize("dot", ["digraph { a -> ", "", "digraph { a [label=<<b>x</i>>] }"])
def test_bad_dot_is_an_error_of_the_wheel_too(out: Path, dot: str) -> None:
    error = failure(out / "g.png", dot)
    assert error.code == "render-failed"
    assert "\n" not in error.message
    assert names(out) == []


def test_a_hanging_dot_is_killed_with_its_children(out: Path, hanging_dot: int) -> None:
    (out / "g.png").write_bytes(OLD)
    start = time.monotonic()
    error = failure(out / "g.png", timeout=1.5)
    assert time.monotonic() - start < 10
    assert error.code == "render-timeout"
    assert error.message == "drawing the graph took longer than 1.5 s"
    assert error.hint is not None
    assert "`.dot`" in error.hint
    assert started_and_died(hanging_dot)
    assert (out / "g.png").read_bytes() == OLD
    assert names(out) == ["g.png"]


@pytest.mark.usefixtures("hanging_dot")
@pytest.mark.parametrize("timeout", [0.0, -1.0])
def test_no_time_at_all(out: Path, timeout: float) -> None:
    assert failure(out / "g.png", timeout=timeout).code == "render-timeout"


def test_an_interrupted_render_leaves_no_process_and_no_file(out: Path, hanging_dot: int) -> None:
    def interrupt() -> None:
        readable(hanging_dot)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        render(GRAPH, out / "g.png")
    assert started_and_died(hanging_dot)
    assert names(out) == []


@pytest.mark.usefixtures("bundled")
def test_the_wheel_is_stopped_at_the_time_limit(out: Path) -> None:
    edges = " ".join(f"{i} -> {(i + j) * j % 1000};" for i in range(1000) for j in (2, 3, 4))
    assert failure(out / "g.svg", f"digraph {{ {edges} }}", timeout=0.5).code == "render-timeout"
    assert names(out) == []


# Files


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("g.jpg", "unknown picture format `.jpg`"),
        ("g.\x1b", "unknown picture format `.\\x1b`"),
        ("g", "`{out}/g` has no suffix that tells the picture's format"),
    ],
)
def test_unknown_suffix(out: Path, name: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        render(GRAPH, out / name)
    assert caught.value.code == "unknown-format"
    assert caught.value.message == message.format(out=out)
    assert caught.value.hint == "end the file's name in `.png`, `.svg`, `.pdf`, `.dot` or `.gv`"


@pytest.mark.parametrize("suffix", [".png", ".dot"])
def test_unwritable_places_are_refused_before_anything_is_drawn(
    out: Path, fake_dot: Callable[[str], Path], suffix: str
) -> None:
    fake_dot(f"open({str(out / 'started')!r}, 'w')")
    (out / f"d{suffix}").mkdir()
    (out / "file").touch()
    for name, reason in {
        f"d{suffix}": "it is a directory",
        f"missing/g{suffix}": "its directory does not exist",
        f"file/g{suffix}": "its directory does not exist",
        f"{'n' * 300}{suffix}": "file name too long",
    }.items():
        error = failure(out / name)
        assert error.code == "cannot-write"
        assert error.message == f"cannot write `{out / name}`: {reason}"
    assert not (out / "started").exists()


def as_nobody(check: Callable[[], None]) -> None:
    """Run a check in a process of a user who may not write everywhere, as root may."""
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setuid(65534)
            check()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_no_permission() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        as_nobody(lambda: check_permissions(Path(folder) / "own"))


def check_permissions(out: Path) -> None:
    out.mkdir()
    (out / "g.dot").write_bytes(OLD)
    (out / "g.dot").chmod(0o444)
    assert failure(out / "g.dot").message.endswith("/g.dot`: it is not writable")
    out.chmod(0o555)
    assert failure(out / "new.dot").message.endswith("/new.dot`: its directory is not writable")
    out.chmod(0)
    assert failure(out / "new.dot").message.endswith("/new.dot`: permission denied")
    out.chmod(0o755)
    assert names(out) == ["g.dot"]


def test_a_full_disk_leaves_the_old_file_and_no_other(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.FileIO):
        def write(self, data: Any) -> int:
            super().write(data[:9])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (out / "g.dot").write_bytes(OLD)
    monkeypatch.setattr(Path, "open", lambda path, mode: Full(path, mode.replace("b", "")))
    assert failure(out / "g.dot").message == f"cannot write `{out}/g.dot`: no space left on device"
    assert (out / "g.dot").read_bytes() == OLD
    assert names(out) == ["g.dot"]


def test_a_link_stays_a_link(out: Path) -> None:
    (out / "target").write_bytes(OLD)
    (out / "g.dot").symlink_to("target")
    (out / "dangling.gv").symlink_to("new")
    render(GRAPH, out / "g.dot")
    render(GRAPH, out / "dangling.gv")
    assert (out / "g.dot").is_symlink()
    assert (out / "target").read_text("utf-8") == (out / "new").read_text("utf-8") == GRAPH
    assert names(out) == ["dangling.gv", "g.dot", "new", "target"]


def test_a_pipe_is_written_into(out: Path) -> None:
    os.mkfifo(out / "g.dot")
    reader = os.open(out / "g.dot", os.O_RDONLY | os.O_NONBLOCK)
    render(GRAPH, out / "g.dot")
    assert os.read(reader, 1000).decode("utf-8") == GRAPH
    os.close(reader)
    assert (out / "g.dot").is_fifo()
    assert names(out) == ["g.dot"]


def test_permissions_are_those_of_any_file(out: Path) -> None:
    (out / "old.dot").write_bytes(OLD)
    (out / "old.dot").chmod(0o606)
    previous = os.umask(0o027)
    try:
        render(GRAPH, out / "old.dot")
        render(GRAPH, out / "new.dot")
    finally:
        os.umask(previous)
    modes = [stat.S_IMODE((out / name).stat().st_mode) for name in ("old.dot", "new.dot")]
    assert modes == [0o606, 0o640]
