// A graph drawn by Graphviz made walkable: zoom, search, collapse, details, steps.
"use strict";
(function () {
  performance.mark("adiff-start");
  const graph = JSON.parse(document.getElementById("graph").textContent);
  const byId = (id) => document.getElementById(id);
  const canvas = byId("canvas");
  const svg = canvas.querySelector("svg");
  const nodes = new Map();
  const edges = [];

  // ---- what is drawn -----------------------------------------------------------------------
  for (const element of svg.querySelectorAll("g.node")) {
    const known = graph.nodes[element.dataset.node];
    known.rows = known.rows.map((k) => graph.rows[k]);
    const node = { id: element.dataset.node, element, known, from: [], to: [], folded: false };
    nodes.set(node.id, node);
  }
  for (const element of svg.querySelectorAll("g.edge")) {
    const from = nodes.get(element.dataset.from);
    const to = nodes.get(element.dataset.to);
    const edge = { element, from, to };
    edges.push(edge);
    from.to.push(edge);
    to.from.push(edge);
  }
  for (const text of svg.querySelectorAll("text")) {
    if (text.getAttribute("fill") === graph.adjoint) text.classList.add("adjoint-text");
  }
  const order = sorted();

  // Arguments before their uses; else as Graphviz numbers them.
  function sorted() {
    const all = [...nodes.values()].sort((a, b) => a.id.slice(1) - b.id.slice(1));
    const missing = new Map(all.map((node) => [node, node.from.length]));
    const ready = all.filter((node) => !node.from.length);
    for (const node of ready) {
      for (const edge of node.to) {
        missing.set(edge.to, missing.get(edge.to) - 1);
        if (!missing.get(edge.to)) ready.push(edge.to);
      }
    }
    return ready;
  }

  // ---- zoom and pan --------------------------------------------------------------------------
  const whole = svg.viewBox.baseVal;
  const full = { x: whole.x, y: whole.y, width: whole.width, height: whole.height };
  // A small graph is not blown up.
  const least = canvas.clientWidth / 2;
  if (full.width < least) {
    full.x -= (least - full.width) / 2;
    full.width = least;
  }
  const seen = { ...full };
  svg.classList.toggle("dense", order.length > 400);
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  svg.setAttribute("preserveAspectRatio", "xMidYMid meet");

  function look() {
    svg.setAttribute("viewBox", [seen.x, seen.y, seen.width, seen.height].join(" "));
  }

  function zoom(factor, x, y) {
    const most = Math.max(full.width, full.height) * 4;
    if (seen.width * factor < 20 || seen.width * factor > most) return;
    if (x === undefined) [x, y] = [seen.x + seen.width / 2, seen.y + seen.height / 2];
    seen.x = x - (x - seen.x) * factor;
    seen.y = y - (y - seen.y) * factor;
    seen.width *= factor;
    seen.height *= factor;
    look();
  }

  function place(event) {
    const point = new DOMPoint(event.clientX, event.clientY);
    return point.matrixTransform(svg.getScreenCTM().inverse());
  }

  function fit() {
    Object.assign(seen, full);
    look();
  }

  function center(node) {
    const box = node.element.getBBox();
    const matrix = svg.getCTM().inverse().multiply(node.element.getCTM());
    const middle = new DOMPoint(box.x + box.width / 2, box.y + box.height / 2);
    const at = middle.matrixTransform(matrix);
    // A large picture is first brought to a size that can be read.
    const readable = (60 * canvas.clientWidth) / 80;
    if (seen.width > readable) {
      seen.height *= readable / seen.width;
      seen.width = readable;
    }
    const inside = Math.abs(at.x - seen.x - seen.width / 2) < seen.width * 0.45 &&
      Math.abs(at.y - seen.y - seen.height / 2) < seen.height * 0.45;
    if (!inside || seen.width === readable) {
      seen.x = at.x - seen.width / 2;
      seen.y = at.y - seen.height / 2;
    }
    look();
  }

  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    const at = place(event);
    zoom(Math.exp(Math.sign(event.deltaY) * 0.18), at.x, at.y);
  }, { passive: false });
  let dragged = null;
  let moved = false;
  svg.addEventListener("pointerdown", (event) => {
    dragged = place(event);
    moved = false;
  });
  svg.addEventListener("pointermove", (event) => {
    if (!dragged) return;
    const at = place(event);
    if (Math.hypot(at.x - dragged.x, at.y - dragged.y) > seen.width / 300) moved = true;
    if (!moved) return;
    svg.classList.add("dragged");
    seen.x -= at.x - dragged.x;
    seen.y -= at.y - dragged.y;
    look();
  });
  for (const name of ["pointerup", "pointerleave", "pointercancel"]) {
    svg.addEventListener(name, () => {
      dragged = null;
      svg.classList.remove("dragged");
    });
  }

  // ---- choosing a node -------------------------------------------------------------------------
  let chosen = null;

  function choose(node, bring) {
    if (chosen) {
      chosen.element.classList.remove("chosen");
      for (const edge of [...chosen.from, ...chosen.to]) edge.element.classList.remove("near");
    }
    chosen = node;
    if (node) {
      node.element.classList.add("chosen");
      for (const edge of [...node.from, ...node.to]) edge.element.classList.add("near");
      if (bring) center(node);
    }
    byId("fold").setAttribute("aria-pressed", String(Boolean(node && node.folded)));
    byId("fold").disabled = !node || !node.from.length;
    describe(node);
  }

  function describe(node) {
    const box = byId("details");
    box.replaceChildren();
    const heading = document.createElement("h2");
    heading.textContent = node ? node.known.name || "value" : "Choose a node";
    box.append(heading);
    markSource(node && node.known.span);
    if (!node) return;
    const list = document.createElement("dl");
    const { rows, span } = node.known;
    const part = span ? graph.source.slice(span[0], Math.min(span[1], span[0] + 300)) : "";
    for (const [title, text, kind] of part ? [...rows, ["in the expression", part]] : rows) {
      const term = document.createElement("dt");
      const definition = document.createElement("dd");
      term.textContent = title;
      definition.textContent = text;
      if (kind) definition.className = kind;
      list.append(term, definition);
    }
    box.append(list);
  }

  // The part of the expression that a node comes from, in the heading.
  function markSource(span) {
    const source = byId("source");
    if (!source) return;
    const text = graph.source;
    source.replaceChildren(text.slice(0, span ? span[0] : undefined));
    if (!span) return;
    const mark = document.createElement("mark");
    mark.textContent = text.slice(span[0], span[1]);
    source.append(mark, text.slice(span[1]));
    mark.scrollIntoView({ block: "nearest" });
  }

  svg.addEventListener("click", (event) => {
    const element = event.target.closest("g.node");
    if (moved) return;
    choose(element ? nodes.get(element.dataset.node) : null, false);
  });
  svg.addEventListener("dblclick", (event) => {
    if (event.target.closest("g.node")) toggleFold();
  });

  // ---- collapsing ------------------------------------------------------------------------------
  function toggleFold() {
    if (!chosen || !chosen.from.length) return;
    chosen.folded = !chosen.folded;
    byId("fold").setAttribute("aria-pressed", String(chosen.folded));
    showFolds();
  }

  // A node is hidden if everything that uses it is hidden or collapsed.
  function showFolds() {
    for (let k = order.length - 1; k >= 0; k--) {
      const node = order[k];
      const uses = node.to;
      node.hidden = uses.length > 0 && uses.every((edge) => edge.to.hidden || edge.to.folded);
    }
    for (const node of order) {
      node.element.classList.toggle("hidden", node.hidden);
      const badge = node.element.querySelector(".badge");
      if (badge) badge.remove();
      if (node.folded && !node.hidden) addBadge(node);
    }
    for (const edge of edges) {
      edge.element.classList.toggle("hidden", edge.from.hidden || edge.to.hidden);
    }
  }

  function addBadge(node) {
    const below = new Set();
    const stack = [node];
    while (stack.length) {
      for (const edge of stack.pop().from) {
        if (edge.from.hidden && !below.has(edge.from)) {
          below.add(edge.from);
          stack.push(edge.from);
        }
      }
    }
    const box = node.element.getBBox();
    const badge = document.createElementNS("http://www.w3.org/2000/svg", "text");
    badge.setAttribute("class", "badge");
    badge.setAttribute("x", box.x + box.width);
    badge.setAttribute("y", box.y + 2);
    badge.textContent = "+" + below.size;
    node.element.append(badge);
  }

  byId("fold").addEventListener("click", toggleFold);
  byId("unfold").addEventListener("click", () => {
    for (const node of order) node.folded = false;
    byId("fold").setAttribute("aria-pressed", "false");
    showFolds();
  });

  // ---- searching ---------------------------------------------------------------------------------
  const search = byId("search");
  let hits = [];
  let hit = -1;
  for (const node of order) {
    node.text = [node.known.name, ...node.known.rows.map((row) => row[1])]
      .join("\n").toLowerCase();
  }
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    hits = wanted ? order.filter((node) => !node.hidden && node.text.includes(wanted)) : [];
    hit = -1;
    const found = new Set(hits);
    for (const node of order) node.element.classList.toggle("hit", found.has(node));
    byId("found").textContent = wanted ? hits.length + " found" : "";
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && hits.length) {
      hit = (hit + (event.shiftKey ? hits.length - 1 : 1)) % hits.length;
      choose(hits[hit], true);
      byId("found").textContent = hit + 1 + " of " + hits.length;
    } else if (event.key === "Escape") {
      search.value = "";
      search.dispatchEvent(new Event("input"));
      canvas.focus();
    }
  });

  // ---- the steps of the computation ----------------------------------------------------------------
  const slider = byId("step");
  slider.max = graph.steps.length;
  slider.value = graph.steps.length;

  // A node is there from its forward step on, its adjoint from its backward step on.
  const reached = new Map();
  graph.steps.forEach((step, k) => {
    for (const id of step.nodes) {
      const times = reached.get(id) || {};
      if (step.backward) times.backward = k;
      else times.forward = k;
      reached.set(id, times);
    }
  });
  const adjoints = new Map(order.map((node) => [
    node.id, node.element.querySelectorAll(".adjoint-text"),
  ]));
  let current = [];

  function walk(step, quiet) {
    step = Math.max(0, Math.min(graph.steps.length, step));
    slider.value = step;
    for (const node of order) {
      const times = reached.get(node.id);
      const later = times !== undefined && times.forward >= step;
      node.later = later;
      node.element.classList.toggle("later", later);
      const shown = times === undefined || times.backward === undefined || times.backward < step;
      for (const text of adjoints.get(node.id)) text.classList.toggle("hidden", !shown);
    }
    for (const edge of edges) {
      edge.element.classList.toggle("later", edge.from.later || edge.to.later);
    }
    for (const node of current) node.element.classList.remove("now");
    const at = step > 0 ? graph.steps[step - 1] : null;
    current = at && !quiet ? at.nodes.map((id) => nodes.get(id)) : [];
    for (const node of current) node.element.classList.add("now");
    const phase = at ? (at.backward ? "backward" : at.derivative ? "derivative" : "forward") : "";
    const count = step + " of " + graph.steps.length;
    byId("said").textContent = at ? `${count}, ${phase}: ${at.text}` : `${count}: the beginning`;
    slider.setAttribute("aria-valuetext", byId("said").textContent);
    if (current.length && seen.width < full.width * 0.9) center(current[current.length - 1]);
  }

  slider.addEventListener("input", () => walk(Number(slider.value)));
  byId("next").addEventListener("click", () => walk(Number(slider.value) + 1));
  byId("back").addEventListener("click", () => walk(Number(slider.value) - 1));

  // ---- the keyboard -----------------------------------------------------------------------------------
  function step(by) {
    const visible = order.filter((node) => !node.hidden);
    const k = chosen ? visible.indexOf(chosen) : by > 0 ? -1 : 0;
    choose(visible[(k + by + visible.length) % visible.length], true);
  }

  function follow(list, end) {
    if (!chosen) return step(1);
    const open = list(chosen).map((edge) => edge[end]).filter((node) => !node.hidden);
    if (open.length) choose(open[0], true);
  }

  const shifted = {
    ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
  };
  const keys = {
    ArrowLeft: () => follow((node) => node.from, "from"),
    ArrowRight: () => follow((node) => node.to, "to"),
    ArrowUp: () => step(-1),
    ArrowDown: () => step(1),
    n: () => walk(Number(slider.value) + 1),
    p: () => walk(Number(slider.value) - 1),
    c: toggleFold,
    "+": () => zoom(0.8),
    "=": () => zoom(0.8),
    "-": () => zoom(1.25),
    0: fit,
    "/": () => search.focus(),
    Escape: () => {
      choose(null, false);
      walk(graph.steps.length, true);
    },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input")) return;
    const onCanvas = event.target === canvas || event.target === document.body;
    if (event.key.startsWith("Arrow") && !onCanvas) return;
    if (event.shiftKey && shifted[event.key]) {
      seen.x += shifted[event.key][0] * seen.width / 10;
      seen.y += shifted[event.key][1] * seen.height / 10;
      look();
    } else if (keys[event.key]) {
      keys[event.key]();
    } else {
      return;
    }
    event.preventDefault();
  });
  byId("in").addEventListener("click", () => zoom(0.8));
  byId("out").addEventListener("click", () => zoom(1.25));
  byId("fit").addEventListener("click", fit);

  // ---- begin ---------------------------------------------------------------------------------------------
  look();
  choose(null, false);
  walk(graph.steps.length, true);
  // Of a graph too large to be read as a whole, the output is shown.
  if (full.width > canvas.clientWidth * 4) center(order[order.length - 1]);
  performance.mark("adiff-ready");
  performance.measure("adiff", "adiff-start", "adiff-ready");
  document.documentElement.dataset.ready = "true";
})();
