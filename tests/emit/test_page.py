"""The page of a graph: what it holds, and, in a browser, that one can walk through it."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from autodiff_cli.emit.picture.look import Look
from autodiff_cli.emit.picture.page import to_page
from autodiff_cli.emit.picture.picture_graph import Known, picture_graph
from autodiff_cli.emit.picture.rules import derivative_rule
from autodiff_cli.emit.picture.sharing import share
from autodiff_cli.engine import as_variable, grad, registry
from autodiff_cli.engine.variable import reachable
from emit.graphs import NASTY, exp, log, sin

BROWSER = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--window-size=1280,800", "--dump-dom"),
]


def page(size: int = 0, **look: Any) -> str:
    """A page for sin(x*y) + x, or for a graph of many operations."""
    x, y = as_variable(0.5, "x"), as_variable(2.0, "y")
    u = x * y
    v = sin(u)
    f = v + x
    choose = random.Random(1)
    values = [f, x, y]
    while len(values) < size:
        a, b = choose.choices(values[-30:], k=2)
        values.append(choose.choice([a + b, a - b, sin(a), exp(-b * b)]))
    f = values[-1] if size else f
    calls = reachable([f])
    everything = list(dict.fromkeys([x, y, *calls]))
    known = Known(
        adjoints=dict(zip(everything, grad(f, everything), strict=True)),
        function=set(everything),
        spans={u: (4, 7), v: (0, 8)} if not size else {},
        local=True,
    )
    seen = share(picture_graph({"f": f}, known))
    return to_page(seen, Look(title="sin(x*y) + x", partials=False, **look), "sin(x*y) + x")


def data(html: str) -> Any:
    return json.loads(re.search(r'id="graph">(.*?)</script>', html, re.DOTALL)[1])  # type: ignore[index]


def test_page_needs_no_network() -> None:
    html = page()
    links = re.findall(r"""(?:src|href)\s*=\s*["']?([^"'\s>]+)|url\(([^)]*)\)|@import""", html)
    assert links == []
    assert "default-src 'none'" in html
    hosts = set(re.findall(r"https?://([\w.]+)", html))
    assert hosts == {"www.w3.org"}  # namespaces


def test_steps_walk_forward_and_backward() -> None:
    steps = data(page())["steps"]
    assert [(step["text"], step["backward"]) for step in steps] == [
        ("x = 0.5, y = 2", False),
        ("v1 = x*y = 1", False),
        ("v2 = sin(v1) = 0.841471", False),
        ("f = v2 + x = 1.34147", False),
        ("∂f/∂f = 1", True),
        ("v2 + x: ∂f/∂v2 += 1 · 1, ∂f/∂x += 1 · 1", True),
        ("sin(v1): ∂f/∂v1 += 1 · 0.540302", True),
        ("x*y: ∂f/∂x += 0.540302 · 2, ∂f/∂y += 0.540302 · 0.5", True),
    ]
    # x has its adjoint only when both of its uses have handed theirs on.
    names = {name: node["name"] for name, node in data(page())["nodes"].items()}
    (x,) = (name for name, title in names.items() if title == "x")
    assert [x in step["nodes"] for step in steps if step["backward"]] == [False, False, False, True]


def test_details_have_value_adjoint_rule_and_place() -> None:
    known = data(page())
    (node,) = (node for node in known["nodes"].values() if node["name"] == "sin")
    rows = {title: text for title, text, _ in (known["rows"][k] for k in node["rows"])}
    assert rows["value"] == "0.8414709848078965 (float64)"
    assert rows["adjoint: derivative of the output by it"] == "1.0 (float64)"
    assert rows["rule"] == "∂sin(x)/∂x = cos(x)"
    assert rows["local derivatives"] == "by v1: 0.540302"
    assert known["source"][slice(*node["span"])] == "sin(x*y)"


def test_derivative_has_no_backward_steps() -> None:
    x = as_variable(0.5, "x")
    y = log(sin(x))
    slope = grad(y, x, create_graph=True)
    seen = share(picture_graph({"∂f/∂x": slope}, Known(function={x, *reachable([y])})))
    steps = data(to_page(seen, Look(), ""))["steps"]
    assert not any(step["backward"] for step in steps)
    assert [step["derivative"] for step in steps] == [False, False, True, True, True]


@pytest.mark.parametrize("name", NASTY, ids=ascii)
def test_no_name_can_break_the_page(name: str) -> None:
    x = as_variable(1.0, name)
    seen = share(picture_graph({"f": sin(x) * x}))
    html = to_page(seen, Look(title=name + "</script><script>alert(1)"), name)
    assert html.count("<script") == 2
    assert html.count("</script>") == 2
    assert len(data(html)["nodes"]) == html.count('class="node"')


def test_rules_are_formulas() -> None:
    assert derivative_rule(registry["div"]) == ("∂(x/y)/∂x = 1/y", "∂(x/y)/∂y = -x/y**2")
    assert derivative_rule(registry["sum"]) == ()


# --- in a browser ------------------------------------------------------------------------------

STEPS = """
const at = (id) => document.getElementById(id);
const press = (key, where, more) => (where || document.body).dispatchEvent(
  new KeyboardEvent("keydown", {key, bubbles: true, ...more}));
const classes = (name) => document.querySelectorAll("." + name).length;
const svg = document.querySelector("#canvas svg");
const box = () => svg.getAttribute("viewBox").split(" ").map(Number);
"""


def run(html: str, script: str, tmp_path: Path) -> dict[str, Any]:
    """What a script finds in a page: the fields of its ``found``."""
    write = "document.documentElement.dataset.found = JSON.stringify(found);"
    file = tmp_path / "graph.html"
    ending = f"<script>{STEPS} const found = {{}}; {script} {write}</script></body>"
    file.write_text(html.replace("</body>", ending), encoding="utf-8")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or "chromium"
    done = subprocess.run(
        [chromium, *BROWSER, f"--user-data-dir={tmp_path / 'user'}", file.as_uri()],
        capture_output=True,
        timeout=120,
        check=True,
    )
    found = re.search(r'data-found="([^"]*)"', done.stdout.decode())
    assert found is not None, "the script of the page failed"
    return json.loads(unescape(found[1]))  # type: ignore[no-any-return]


@pytest.mark.browser
def test_walking_in_a_browser(tmp_path: Path) -> None:
    script = """
    found.shown = at("said").textContent;
    found.hidden = [classes("later"), document.querySelectorAll(".adjoint-text.hidden").length];
    at("step").value = 0; at("step").dispatchEvent(new Event("input"));
    found.begin = at("said").textContent;
    found.later = document.querySelectorAll(".node.later").length;
    press("n"); press("n");
    found.second = at("said").textContent;
    found.now = classes("now");
    at("next").click(); at("next").click(); at("back").click();
    found.third = at("step").value;
    found.waiting = document.querySelectorAll(".adjoint-text.hidden").length;
    press("Escape");
    found.end = [at("step").value, classes("now"), classes("later")];

    press("ArrowDown"); press("ArrowDown"); press("ArrowDown");
    found.chosen = document.querySelector("#details h2").textContent;
    press("ArrowRight"); press("ArrowRight");
    found.followed = document.querySelector("#details h2").textContent;
    found.marked = document.querySelector("h1 mark").textContent;
    found.near = classes("near");
    press("c");
    found.folded = document.querySelectorAll(".node.hidden").length;
    found.badge = document.querySelector(".badge").textContent;
    found.pressed = at("fold").getAttribute("aria-pressed");
    at("unfold").click();
    found.unfolded = document.querySelectorAll(".hidden:not(text)").length;

    press("/");
    found.focus = document.activeElement.id;
    at("search").value = "sin";
    at("search").dispatchEvent(new Event("input"));
    found.hits = at("found").textContent;
    press("Enter", at("search"));
    found.hit = document.querySelector("#details h2").textContent;

    press("Escape", at("search"));
    press("0");
    const whole = box();
    press("+");
    const closer = box();
    press("ArrowRight", document.body, {shiftKey: true});
    const aside = box();
    press("0");
    found.zoomed = closer[2] < whole[2] && aside[0] > closer[0] && box().join() === whole.join();

    document.querySelector(".node ellipse").dispatchEvent(new MouseEvent("click", {bubbles: true}));
    found.clicked = document.querySelector("#details dl").textContent.includes("local derivatives");
    document.getElementById("next").focus();
    found.outline = getComputedStyle(document.activeElement).outlineStyle;
    found.requests = performance.getEntriesByType("resource").length;
    """
    found = run(page(), script, tmp_path)
    assert found["shown"].startswith("8 of 8, backward: x*y")
    assert found["hidden"] == [0, 0]
    assert found["begin"] == "0 of 8: the beginning"
    assert found["later"] == 8
    assert found["second"] == "2 of 8, forward: v1 = x*y = 1"
    assert found["now"] == 2
    assert found["third"] == "3"
    assert found["waiting"] == 5
    assert found["end"] == ["8", 0, 0]
    assert (found["chosen"], found["followed"]) == ("×", "sin")
    assert found["marked"] == "sin(x*y)"
    assert found["near"] == 2
    assert (found["folded"], found["badge"], found["pressed"]) == (3, "+3", "true")
    assert found["unfolded"] == 0
    assert found["focus"] == "search"
    assert found["hits"] == "2 found"
    assert found["hit"]
    assert found["zoomed"]
    assert found["clicked"]
    assert found["requests"] == 0


@pytest.mark.browser
def test_three_thousand_nodes_are_usable_within_two_seconds(tmp_path: Path) -> None:
    html = page(3400)
    script = """
    const begin = performance.now();
    press("n"); press("p"); press("ArrowDown"); press("c");
    found.answer = performance.now() - begin;
    found.nodes = document.querySelectorAll("g.node").length;
    found.ready = performance.getEntriesByName("adiff-ready")[0].startTime;
    """
    found = run(html, script, tmp_path)
    assert 2900 <= found["nodes"] <= 3000
    assert found["ready"] < 2000
    assert found["answer"] < 1000


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "dark"), [(0, True), (1, False)])
def test_page_follows_the_reader_s_preference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: int, dark: bool
) -> None:
    monkeypatch.setattr(
        f"{__name__}.BROWSER", [*BROWSER, f"--blink-settings=preferredColorScheme={scheme}"]
    )
    script = """
    const colour = (element, name) => getComputedStyle(element)[name].match(/[0-9]+/g).map(Number);
    found.paper = colour(document.body, "backgroundColor")[0];
    found.ink = colour(document.body, "color")[0];
    found.node = colour(document.querySelector(".node ellipse"), "fill")[0];
    """
    found = run(page(), script, tmp_path)
    assert (found["paper"] < 60) == (found["ink"] > 200) == (found["node"] < 128) == dark
