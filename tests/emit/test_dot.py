"""Pictures as DOT: what is drawn, that Graphviz takes it, and that no name can break it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pygraphviz
import pytest

from autodiff_cli.emit.picture.dot import draw, to_dot
from autodiff_cli.emit.picture.look import Look, ThemeName
from autodiff_cli.emit.picture.picture_graph import Known, picture_graph
from autodiff_cli.emit.picture.render import picture, render
from autodiff_cli.emit.picture.rows import rows_of
from autodiff_cli.emit.picture.sharing import share
from autodiff_cli.emit.picture.svg import describe
from autodiff_cli.emit.picture.themes import THEMES
from autodiff_cli.engine import Function, Variable, as_variable, grad, registry
from autodiff_cli.errors import ComputationError
from emit.graphs import BUILDERS, NASTY, broken, chain, log, same_as_golden, sin, sqrt

SVG = "{http://www.w3.org/2000/svg}"


def parsed(dot: str) -> pygraphviz.AGraph:
    return pygraphviz.AGraph(string=dot)


def labelled(dot: str, text: str) -> list[str]:
    """The lines of the nodes on which a text is written."""
    lines = [line for line in dot.splitlines() if re.match(r"\t+n\d+ \[", line)]
    return [line for line in lines if text in re.sub("<.*?>", " ", label_of(line))]


def label_of(line: str) -> str:
    return re.search(r"label=<(.*?)>(?= \w+=| *\])", line)[1]  # type: ignore[index]


def drawn(dot: str, tmp_path: Path) -> ElementTree.Element:
    render(dot, tmp_path / "graph.svg")
    return ElementTree.parse(tmp_path / "graph.svg").getroot()


def texts(svg: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in svg.iter(f"{SVG}text")]


@pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)
def test_golden(build: Callable[[], dict[str, Any]]) -> None:
    dot = to_dot(**build())
    assert same_as_golden(dot, f"{build.__name__}.dot")
    assert len(parsed(dot).nodes()) == len(re.findall(r"^\t+n\d+ \[", dot, re.MULTILINE))


def test_same_text_in_every_process() -> None:
    program = (
        "import hashlib, random, sys\n"
        "sys.path[:0] = sys.argv[1:]\n"
        "junk = [object() for _ in range(random.randrange(10**5))]\n"
        "from emit.graphs import BUILDERS\n"
        "from autodiff_cli.emit.picture.dot import to_dot\n"
        "text = ''.join(to_dot(**build()) for build in BUILDERS)\n"
        "print(hashlib.sha256(text.encode()).hexdigest())\n"
    )
    command = [sys.executable, "-W", "error", "-c", program, *sys.path]
    digests = {
        subprocess.run(
            command, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True, timeout=60
        ).stdout
        for seed in ("0", "1", "12345", "random")
    }
    assert len(digests) == 1


def test_shared_variable_is_one_node() -> None:
    x = as_variable(3.0, "x")
    u = sin(x)
    graph = parsed(to_dot({"f": u * u + x}))
    assert sum(graph.out_degree(node) == 2 for node in graph.nodes()) == 2
    assert len(graph.nodes()) == 3 + 4


def test_variables_and_functions_differ_in_shape_and_colour() -> None:
    dot = to_dot({"f": sin(as_variable(2.0, "x"))})
    (x,), (call,) = labelled(dot, "x"), labelled(dot, "sin")
    assert "shape=ellipse" in call
    assert "shape" not in x
    assert re.findall('fillcolor="(.*?)"', x) != re.findall('fillcolor="(.*?)"', call)


@pytest.mark.parametrize(
    ("build", "spelling"),
    [
        (lambda x: x - 2, "− 2"),
        (lambda x: 2 - x, "2 −"),
        (lambda x: x**2, "** 2"),
        (lambda x: 1e-7 * x, "1e-07 ×"),
        (lambda x: registry["atan2"](x, 2), "atan2( ·, 2 )"),
        (lambda x: registry["atan2"](2, x), "atan2( 2, · )"),
    ],
)
def test_literal_stands_on_its_side(build: Callable[[Variable], Variable], spelling: str) -> None:
    dot = to_dot({"f": build(as_variable(3.0, "x"))})
    labels = [re.sub("<.*?>", " ", label_of(line)) for line in labelled(dot, "")]
    assert spelling in [" ".join(label.replace("&#160;", " ").split()) for label in labels]
    assert len(labels) == 3


def test_arguments_of_what_does_not_commute_are_numbered() -> None:
    x, y = as_variable(3.0, "x"), as_variable(2.0, "y")
    heads = [to_dot({"f": f}).count("headlabel") for f in (x - y, x / y, x**x, x + y, x * y)]
    assert heads == [2, 2, 2, 0, 0]
    assert "n1 -> n2 [headlabel=1]\n\tn0 -> n2 [headlabel=2]" in to_dot({"g": x, "f": y / x})


def test_literal_array_is_a_node_for_each_use() -> None:
    x, a = as_variable(np.ones(2), "x"), np.array([5.0, 7.0])
    assert len(labelled(to_dot({"f": (x + a) * a}), "[5, 7]")) == 2


def test_value_shape_dtype_and_adjoint_are_shown() -> None:
    x = as_variable(np.full((30, 40), 2.0, np.float32), "x")
    y = registry["sum"](x)
    dot = to_dot({"f": y}, known=Known(adjoints={y: as_variable(1.5)}))
    assert labelled(dot, "float32[30×40]")
    assert labelled(dot, "2 … 2")
    assert labelled(dot, "∂ 1.5")
    assert "derivative of the output" in dot


def test_without_values_none_are_shown() -> None:
    dot = to_dot({"f": 3 * sin(as_variable(-0.123, "x"))}, Look(values=False))
    assert "0.123" not in dot
    assert labelled(dot, "3")
    assert "nan" not in to_dot({"f": sqrt(as_variable(-1.0, "x"))}, Look(values=False))


def test_tooltip_has_every_digit(tmp_path: Path) -> None:
    x = as_variable(0.1, "x")
    svg = drawn(to_dot({"f": x * 3}), tmp_path)
    titles = {e.get("{http://www.w3.org/1999/xlink}title") for e in svg.iter(f"{SVG}a")}
    assert {"x\n0.1 (float64)", "f\n0.30000000000000004 (float64)"} <= titles
    assert "mul: product of two numbers" in titles


def test_only_where_nan_and_inf_begin_is_red() -> None:
    dot = to_dot(**broken())
    red = [line for line in dot.splitlines() if 'fillcolor="#fecaca"' in line]
    assert [bool(labelled(line, word)) for line in red for word in ("sqrt", "log")].count(True) == 2
    assert len(red) == 4
    assert labelled("\n".join(red), "nan")
    assert labelled("\n".join(red), "-inf")
    assert "where nan or inf begins" in dot


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_input_and_literal_can_be_where_it_begins(value: float) -> None:
    x = as_variable(1.0, "x")
    for dot in (to_dot({"f": sin(as_variable(value, "x"))}), to_dot({"f": x * value})):
        red = [line for line in dot.splitlines() if 'fillcolor="#fecaca"' in line]
        assert len(red) == 1
        assert labelled(red[0], str(value))


def test_nan_among_many_elements_is_counted() -> None:
    x = as_variable(np.linspace(-1, 1, 10), "x")
    (line,) = labelled(to_dot({"f": log(x)}), "5 nan")
    assert "inf" not in label_of(line)


@pytest.mark.parametrize("name", NASTY, ids=ascii)
def test_no_name_can_break_the_picture(name: str, tmp_path: Path) -> None:
    x = as_variable(2.0, name)
    own = type(name.replace("\0", "").replace("\ud800", ""), (Function,), {"forward": np.negative})
    known = Known(adjoints={x: as_variable(1.0)})
    dot = to_dot({name: own()(x) * 2}, Look(title=name), known=known)
    assert len(parsed(dot).nodes()) == 5
    svg = drawn(dot, tmp_path)
    plain = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name).replace("\\", "∖")
    found = [text for text in texts(svg) if text.strip() == plain.strip()]
    assert len(found) >= 3
    assert len([g for g in svg.iter(f"{SVG}g") if g.get("class") == "node"]) == 5
    known = {"svg", "g", "title", "a", "text", "path", "polygon", "polyline", "ellipse"}
    assert {element.tag.removeprefix(SVG) for element in svg.iter()} <= known


def test_long_names_and_titles_are_cut() -> None:
    dot = to_dot({"f" * 1000: sin(as_variable(1.0, "x" * 1000))}, Look(title="t" * 10**5))
    assert len(dot) < 4000
    assert "…" in dot


def test_title_of_several_lines_is_one_line() -> None:
    look = Look(title="u = 1\n\n  u + x\n")
    assert "u = 1; u + x<" in to_dot({"f": as_variable(1.0, "x")}, look)


def test_leaf_is_drawn_as_an_output() -> None:
    x = as_variable(2.0, "x")
    dot = to_dot({"f": x, "df/dx": as_variable(0.0)})
    assert labelled(dot, "f = x")
    assert labelled(dot, "df/dx")
    assert len(parsed(dot).nodes()) == 2
    assert "->" not in dot


def test_variable_without_data_or_name() -> None:
    assert labelled(to_dot({"f": Variable(None, "x")}), "f = x")
    assert parsed(to_dot({"": Variable(None)})).nodes() == ["n0"]
    assert parsed(to_dot({})).nodes() == []


def test_unused_result_is_left_out() -> None:
    class Pair(Function):
        def forward(self, x: Any) -> Any:
            return x, 2 * x

    unused, used = Pair()(as_variable(1.0, "x"))
    dot = to_dot({"f": sin(used)})
    assert "taillabel=2" in dot
    assert "taillabel=1" not in dot
    assert len(labelled(dot, "Pair")) == 1
    assert unused.shape == ()


def test_graph_of_derivatives_holds_every_order() -> None:
    x = as_variable(2.0, "x")
    f = x**4 - 2 * x**2
    (g,) = grad(f, [x], create_graph=True)
    (h,) = grad(g, [x], create_graph=True)
    dot = to_dot({"f": f, "df/dx": g, "d²f/dx²": h})
    for name, value in (("f", "8"), ("df/dx", "24"), ("d²f/dx²", "44")):
        assert value in re.sub("<.*?>", " ", label_of(labelled(dot, name)[0])).split()
    assert len(labelled(dot, " x ")) == 1


def test_large_graph_is_collapsed_to_the_nodes_that_are_wanted() -> None:
    f = chain(100)
    assert len(parsed(to_dot({"f": f})).nodes()) == 3
    assert labelled(to_dot({"f": f}), "100 times sin(·)")
    assert len(parsed(to_dot({"f": f}, Look(max_nodes=102))).nodes()) == 102
    assert len(parsed(to_dot({"f": f}, Look(max_nodes=3000))).nodes()) == 102
    with pytest.raises(ComputationError, match="3 nodes, more than the limit of 2") as caught:
        to_dot({"f": f}, Look(max_nodes=2))
    assert caught.value.code == "graph-too-large"
    assert "--max-nodes 3" in (caught.value.hint or "")


def test_very_long_chain_does_not_overflow() -> None:
    assert labelled(to_dot({"f": chain(20_000)}), "20000 times sin(·)")
    with pytest.raises(ComputationError, match="100,000 operations"):
        to_dot({"f": chain(100_000)})


@pytest.mark.parametrize("size", [50, 300, 1000])
def test_large_graph_is_laid_out_in_seconds(size: int, tmp_path: Path) -> None:
    xs = [as_variable(0.1 * i, f"x{i}") for i in range(6)]
    f = xs[0]
    for i in range(size // 6):
        f = f + sin(xs[i % 6] * float(i))
    dot = to_dot({"f": f}, Look(max_nodes=3000))
    assert ("nslimit" in dot) == (size >= 300)
    assert ("splines=line" in dot) == (size >= 1000)
    render(dot, tmp_path / "graph.svg", timeout=60)


def test_wide_graph_is_wrapped_into_rows(tmp_path: Path) -> None:
    f = chain(16)
    dot = to_dot({"f": f * as_variable(2.0, "z")})
    rows = re.findall(r"subgraph cluster(\d)", dot)
    assert sorted(rows) == ["0", "1", "2", "3"]
    graph = parsed(dot)
    # Each row but the last ends in a link, and the next one begins with it.
    circles = [node for node in graph.nodes() if node.attr["shape"] == "circle"]
    assert sorted((node.attr["label"], graph.in_degree(node)) for node in circles) == sorted(
        (str(k), degree) for k in (1, 2, 3) for degree in (0, 1)
    )
    inside = {node: row for row in rows for node in graph.get_subgraph(f"cluster{row}").nodes()}
    assert all(inside[tail] == inside[head] for tail, head in graph.edges())
    svg = drawn(dot, tmp_path)
    width, height = (float(svg.get(side, "").removesuffix("pt")) for side in ("width", "height"))
    assert 1 < width / height < 3.5


def test_first_row_is_at_the_top(tmp_path: Path) -> None:
    svg = drawn(to_dot({"f": chain(16)}), tmp_path)
    heights = {text.text: float(text.get("y", "")) for text in svg.iter(f"{SVG}text")}
    assert heights["x"] < heights["f"]


@pytest.mark.parametrize("length", [1, 5, 8, 30])
def test_rows_hold_every_call_in_order(length: int) -> None:
    seen = share(picture_graph({"f": chain(length)}))
    rows = rows_of(seen)
    assert (rows == {}) == (length < 7)
    if rows:
        found = [rows[call] for call in seen.calls]
        assert found == sorted(found)
        assert set(found) == set(range(max(found) + 1))


def test_graph_whose_rows_would_share_much_is_not_wrapped() -> None:
    xs = [sin(as_variable(0.1 * k, f"x{k}")) for k in range(9)]
    f = xs[0]
    for _ in range(2):
        for x in xs:
            f = sin(f) * x
    assert rows_of(share(picture_graph({"f": f}))) == {}
    assert "rankdir=TB" in to_dot({"f": f})
    assert "rankdir=LR" in to_dot({"f": f}, Look(direction="LR"))


def test_direction_that_is_given_is_that_of_the_whole_graph() -> None:
    for direction in ("LR", "TB"):
        dot = to_dot({"f": chain(16)}, Look(direction=direction))  # type: ignore[arg-type]
        assert f"rankdir={direction}" in dot
        assert "subgraph" not in dot


def test_svg_is_described_and_follows_the_reader_s_preference() -> None:
    x = as_variable(0.5, "x")
    seen = share(picture_graph({"f": sin(x)}))
    words = describe(seen, "sin(x) <&>", adaptive=True)
    assert words.text == "Computation graph with 1 operation, from x = 0.5 to f = 0.479426."
    svg = ElementTree.fromstring(picture(draw(seen), ".svg", description=words))
    assert svg.get("role") == "img"
    assert [child.tag for child in svg][:3] == [f"{SVG}title", f"{SVG}desc", f"{SVG}style"]
    assert [title.text for title in svg.iter(f"{SVG}title")] == ["sin(x) <&>"]
    assert "prefers-color-scheme:dark" in (svg[2].text or "")


def test_variable_of_many_uses_is_repeated_in_a_large_picture() -> None:
    x, y = as_variable(0.5, "x"), as_variable(0.25, "y")
    f = y
    for _ in range(8):
        f = sin(f * x + log(f - x)) / x
    dot = to_dot({"f": f})
    assert len(labelled(dot, " x ")) > 8
    assert "x = 0.5" in dot
    assert len(labelled(to_dot({"f": sin(x) * x + log(x)}), " x ")) == 1


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_text_is_readable_in_every_theme(theme: ThemeName) -> None:
    look = THEMES[theme]
    for style in look.styles.values():
        for ink in (look.ink, look.quiet, look.grad, look.alarm):
            assert contrast(ink, style.fill) >= 4.5, (ink, style)
    backgrounds = ["#ffffff", "#111827"] if look.background == "transparent" else [look.background]
    for background in backgrounds:
        least = 3.0 if theme == "auto" else 4.5
        shown = background.replace("white", "#ffffff")
        assert contrast(look.text, shown) >= least
        assert contrast(look.partial, shown) >= least


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours by WCAG 2.1."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def test_caption_has_a_legend_of_what_is_there() -> None:
    plain = to_dot({"f": sin(as_variable(1.0, "x"))})
    assert all(word in plain for word in ("variable", "operation", "output"))
    assert "constant" not in plain
    assert "begins" not in plain
    assert "constant" in to_dot({"f": as_variable(np.ones(2), "x") * np.ones(2)})
