"""`adiff graph`: which derivatives are drawn, what they are called, and what cannot be drawn."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from processes import Run


def boxes(dot: str) -> set[str]:
    """The first line of each label."""
    return {
        re.sub("<[^>]*>", "", label.partition("<BR/>")[0])
        for label in re.findall(r"\tn\d+ \[label=<(.*?)> tooltip", dot)
    }


def title(dot: str) -> str:
    return re.findall(r'<FONT POINT-SIZE="12">(.*?)</FONT>', dot)[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("options", "outputs"),
    [
        ([], {"f"}),
        (["--order", "0"], {"f"}),
        (["--order", "1"], {"∂f/∂x", "∂f/∂y"}),
        (["--wrt", "y"], {"∂f/∂y"}),
        (["--wrt", "y", "--order", "0"], {"f"}),
        (["--order", "2", "--wrt", "y"], {"∂²f/∂y²"}),
        (["--wrt", "x,x"], {"∂²f/∂x²"}),
        (["--wrt", "y,x,x"], {"∂³f/∂y∂x²"}),
        (["--hessian"], {"∂²f/∂x²", "∂²f/∂x∂y", "∂²f/∂y²"}),
    ],
)
def test_derivatives_are_drawn_and_named(adiff: Run, options: list[str], outputs: set[str]) -> None:
    dot = adiff("graph", "sin(x*y)*y", "--at", "x=1,y=2", *options).out
    assert {name for name in boxes(dot) if name == "f" or "∂" in name} == outputs
    named, _, text = title(dot).rpartition(" of ")
    assert text == "sin(x*y)*y"
    assert set(named.split(", ")) == (outputs if outputs != {"f"} else {""})


def test_equal_parts_are_drawn_once_unless_they_are_to_be(adiff: Run) -> None:
    text = "sin(x)*y + sin(x)"
    assert adiff("graph", text).out.count("<B>sin</B>") == 1
    assert adiff("graph", text, "--raw").out.count("<B>sin</B>") == 2


def test_no_seed_is_drawn_without_values_either(adiff: Run) -> None:
    # -2*x*exp(-x**2): the square, 2*x, two changes of sign and the product.
    for at in ([], ["--at", "x=0.5"]):
        dot = adiff("graph", "exp(-x**2)", "--order", "1", *at).out
        assert not [name for name in boxes(dot) if name.startswith("1&#160;")], dot


def test_a_defined_name_has_the_look_of_a_value(adiff: Run) -> None:
    dot = adiff("graph", "u = x*y; sin(u) + u", "--at", "x=1,y=2", "--theme", "light").out
    fills = dict(re.findall(r'<B>(\w)</B>.*? fillcolor="(#\w+)"', dot))
    assert fills["x"] == fills["y"] != fills["u"]


def test_only_names_of_the_language_are_shown(adiff: Run) -> None:
    dot = adiff("graph", "tanh(x)*asin(x)", "--order", "2").out
    assert "sech(·)**2" in boxes(dot)
    assert not any("_" in name for name in boxes(dot))


def test_local_partials_stand_on_the_edges(adiff: Run) -> None:
    dot = adiff("graph", "x*y", "--at", "x=3,y=5", "--local").out
    assert re.findall(r"-> n2 \[label=<<.*?>(\d)</FONT>", dot) == ["5", "3"]
    outcome = adiff("graph", "x*y", "--local")
    assert (outcome.code, outcome.out) == (2, "")
    assert "--at" in outcome.err


def test_look_is_as_asked_for(adiff: Run) -> None:
    dot = adiff(
        *("graph", "sin(x)", "--title", "A slide", "--no-legend", "--direction", "TB"),
        *("--theme", "dark"),
    ).out
    assert title(dot) == "A slide"
    assert "operation</FONT>" not in dot
    assert "rankdir=TB" in dot
    assert 'bgcolor="#111827"' in dot


def test_large_graph_is_summed_up_to_the_nodes_wanted(adiff: Run) -> None:
    text = "+".join(f"sin({k}*x)" for k in range(2, 90))
    assert len(re.findall(r"\tn\d+ \[", adiff("graph", text).out)) < 12
    assert len(re.findall(r"\tn\d+ \[", adiff("graph", text, "--max-nodes", "999").out)) > 250
    refused = adiff("graph", text, "--max-nodes", "2")
    assert refused.code == 1
    assert "try `--max-nodes" in refused.err


def test_svg_says_what_it_shows(adiff: Run, tmp_path: Path) -> None:
    file = tmp_path / "g.svg"
    assert adiff("graph", "x**2*y", "--wrt", "x,y,y", "--at", "x=1,y=2", "-o", str(file)).code == 0
    svg = ElementTree.parse(file).getroot()
    assert svg.get("role") == "img"
    assert svg[0].text == "∂³f/∂x∂y² of x**2*y"
    assert (svg[1].text or "").startswith("Computation graph with ")


def test_where_a_kink_lies_is_marked(adiff: Run) -> None:
    for options in ([], ["--order", "1"]):
        assert "kink here" in adiff("graph", "abs(x)*y", "--at", "x=0,y=1", *options).out
    assert "jump here" in adiff("graph", "floor(x)", "--at", "x=1").out
    assert "kink here" not in adiff("graph", "abs(x)*y", "--at", "x=1,y=1").out


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (["--hessian", "--order", "2"], "leave one of"),
        (["--wrt", "x,x", "--order", "3"], "leave `--order` away"),
        (["--max-nodes", "0"], ""),
        (["--theme", "pink"], ""),
        (["--direction", "RL"], ""),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    adiff: Run, tmp_path: Path, options: list[str], hint: str
) -> None:
    outcome = adiff("graph", "x*y", *options, "-o", str(tmp_path / "g.png"))
    assert outcome.code == 2
    assert hint in outcome.err
    assert list(tmp_path.iterdir()) == []
