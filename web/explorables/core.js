/* Explorables: figures that the reader can drag. No dependency, no build step, classic scripts, so that
   they work from file:// and under `script-src 'self'; style-src 'self'`.

   USE. A page with the tag <two-bells> needs, in this order:
       explorables.css     a style sheet in its head
       core.js             with `defer`
       two-bells.js        with `defer`; every other tag likewise has the file of its name

   In a chapter the tag stands on two lines of a Markdown cell, right before the code cell that draws the
   static figure of the same start state:
       <two-bells figure="fig-two-bells" mean="1" sd="2">
       </two-bells>
   The element moves into the figure with that id and takes the picture's place on screen. Without
   JavaScript, in print and in Jupyter the picture stays. Without `figure` the element stays where it is.

   TAGS (an attribute that is left out has the value shown)
       entropy-bars     p="0.4,0.3,0.1,0.1,0.1" outcomes="drizzle,fog,rain,snow,sun"
       two-bells        mean="1" (-3 to 3), sd="2" (0.25 to 3) of q; p is N(0, 1)
       honest-forecast  p="0.43" true chance, q="0.8" stated chance (0 to 1)
       coin-detective   p="0.75" heads of the coin that is flipped, q="0.5" of the other (0 to 1),
                        seed="12" the game (0 to 9999), flips="5" seen so far (0 to 100)
       which-month      a="7" b="1" (months), by="sun" ("weather", "5", "1": bins in °C), seed="1" the game,
                        said="" chances stated so far in per cent, as 75.25, chance="0.5" of the slider
       your-forecast    seed="1" the thirty days, said="" chances stated so far in per cent, as 65.25,
                        chance="0.5" of the slider
       submarine-hunt   seed="1" where it hides, shots="" squares shot at (0 to 63), as 5.17
       sliding-apart    shape="bumps" or "bells", distance="2" (-8 to 8)
       beat-the-plan    from="3,2,1,4" to="1,2,4,3" (equal sums, at most 8 places each)
       plan-in-town     at="3,4,6,10,13,3,0,4,0,0,3,6,10,7,9,0" (places of the bakeries and cafés: km east, km north),
                        plan="…" (15 loads, row by row)

   LINKS. The fragment `#fig-two-bells?mean=2&sd=1` (the figure's id, or the tag without one) sets the state;
   it follows what the reader does.

   WRITING ONE. A component extends Explorable (or Rounds, if the reader states chances round by round) and gives
       static strings          every word it shows, by language
       static parse(read)      the state, from attributes or fragment; throws when they make no sense
       static write(state)     the state as attributes
       static measure(state)   every number shown: pure, tested from Python without a browser
       build()                 its controls: this.control({...})
       draw(width)             draws the state, given the width in CSS pixels (never scaled: text stays readable),
                               and ends with this.paint(height, nodes)
       readouts(), table()     the numbers beside and behind the figure, each as [..., key, ...] with a writer of its
                               own where four digits are too many
       summary()               one sentence for a screen reader, spoken when the reader pauses
       judge()                 { done, text } about the task, or null; a line of the text is a paragraph
   Every number on screen carries data-key, its name in measure(). */
(function (root) {
  "use strict";

  /* ---- numerics ------------------------------------------------------------------------------- */

  const math = {
    sum: (values) => values.reduce((total, value) => total + value, 0),

    /** Surprise in bits; an impossible outcome is infinitely surprising. */
    surprise: (p) => -Math.log2(p) + 0,

    /** -sum p log2 p, with 0 log 0 = 0. */
    entropy: (p) => math.sum(p.map((x) => (x > 0 ? -x * Math.log2(x) : 0))),

    /** sum p ln(p/q) in nats. Near p = q the terms p (r - log1p(r)), r = (q - p)/p, do not cancel. */
    kl(p, q) {
      return math.sum(p.map((x, i) => {
        const d = q[i] - x;
        if (x === 0) return d; // the terms' corrections q - p add up to 0
        if (Math.abs(d) <= x / 2) return x * (d / x - Math.log1p(d / x));
        return x * Math.log(x / q[i]) + d;
      }));
    },

    normalLogPdf: (x, mean, sd) => -0.5 * ((x - mean) / sd) ** 2 - Math.log(sd * Math.sqrt(2 * Math.PI)),
    normalPdf: (x, mean, sd) => Math.exp(math.normalLogPdf(x, mean, sd)),

    /** Gauss-Legendre nodes and weights on [-1, 1], by Newton's method on the Legendre polynomial. */
    legendre: (function () {
      const n = 64, nodes = [];
      for (let k = 0; k < n; k++) {
        let x = Math.cos((Math.PI * (k + 0.75)) / (n + 0.5)), slope = 1;
        for (let step = 0; step < 8; step++) {
          let before = 1, value = x;
          for (let j = 2; j <= n; j++) [before, value] = [value, ((2 * j - 1) * x * value - (j - 1) * before) / j];
          slope = (n * (x * value - before)) / (x * x - 1);
          x -= value / slope;
        }
        nodes.push([x, 2 / ((1 - x * x) * slope * slope)]);
      }
      return nodes;
    })(),

    /** The integral of f from a to b; f must be smooth inside. */
    integrate(f, a, b) {
      const half = (b - a) / 2, middle = (a + b) / 2;
      let total = 0;
      for (const [x, weight] of math.legendre) total += weight * f(middle + half * x);
      return total * half;
    },

    /** The trapezium rule: for smooth f that vanishes at both ends it converges faster than any power. */
    trapezium(f, a, b, steps) {
      const h = (b - a) / steps;
      let total = (f(a) + f(b)) / 2;
      for (let i = 1; i < steps; i++) total += f(a + i * h);
      return total * h;
    },

    erf: (x) => (2 / Math.sqrt(Math.PI)) * math.integrate((t) => Math.exp(-t * t), 0, Math.max(-6, Math.min(6, x))),
  };

  /* ---- transport ------------------------------------------------------------------------------ */

  const NOTHING = 1e-9; // what rounding leaves of a pile
  const table = (n, m, entry) => Array.from({ length: n }, (_, i) => Array.from({ length: m }, (_, j) => entry(i, j)));

  /** The cheapest way from every row in `sources` to every row and column, along cells, and back along cells
      that carry mass: Bellman-Ford. Negative cycles cannot occur, as each plan below is optimal for its load. */
  function cheapest(plan, cost, sources) {
    const n = cost.length, m = cost[0].length;
    const row = Array.from({ length: n }, (_, i) => ({ far: sources[i] ? 0 : Infinity, by: -1 }));
    const column = Array.from({ length: m }, () => ({ far: Infinity, by: -1 }));
    for (let changed = true; changed;) {
      changed = false;
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < m; j++) {
          if (row[i].far + cost[i][j] < column[j].far - NOTHING) {
            column[j] = { far: row[i].far + cost[i][j], by: i };
            changed = true;
          }
          if (plan[i][j] > NOTHING && column[j].far - cost[i][j] < row[i].far - NOTHING) {
            row[i] = { far: column[j].far - cost[i][j], by: j };
            changed = true;
          }
        }
      }
    }
    return { row, column };
  }

  /** An optimal plan by successive shortest paths, and its prices: u_i + v_j <= c_ij, equal where mass goes. */
  function transport(from, to, cost) {
    const plan = table(from.length, to.length, () => 0), left = [...from], wanted = [...to];
    for (;;) {
      const { row, column } = cheapest(plan, cost, left.map((mass) => mass > NOTHING));
      let goal = -1;
      column.forEach(({ far }, j) => {
        if (wanted[j] > NOTHING && (goal < 0 || far < column[goal].far)) goal = j;
      });
      if (goal < 0 || !Number.isFinite(column[goal].far)) break;
      const steps = []; // [i, j, sign], from the goal back to a row that has mass left
      let j = goal, i;
      for (;;) {
        i = column[j].by;
        steps.push([i, j, 1]);
        if (row[i].by < 0) break;
        j = row[i].by;
        steps.push([i, j, -1]);
      }
      const amount = Math.min(left[i], wanted[goal], ...steps.filter(([, , sign]) => sign < 0).map(([a, b]) => plan[a][b]));
      for (const [a, b, sign] of steps) plan[a][b] += sign * amount;
      left[i] -= amount;
      wanted[goal] -= amount;
    }
    const { row, column } = cheapest(plan, cost, from.map(() => true));
    return { plan, u: row.map(({ far }) => 0 - far), v: column.map(({ far }) => far) };
  }

  /** A number in [0, 1) for a game and a draw, the same each time (a mixing function with 32 bits). */
  function chance(seed, draw) {
    let h = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(draw + 1, 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
    h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
    return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
  }

  Object.assign(math, { NOTHING, table, transport, chance });

  /* ---- writing numbers ------------------------------------------------------------------------ */

  const SUPERSCRIPT = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

  /** Four significant digits: 0.4431, 12.50, 2.034·10⁻⁵, ∞. Below 1e-12 there is only rounding noise. */
  function format(value) {
    if (Number.isNaN(value)) return "–";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    const size = Math.abs(value);
    if (size < 1e-12) return "0";
    let text = size.toPrecision(4);
    if (size < 1e-4 || size >= 99995) {
      const [digits, power] = size.toExponential(3).split("e");
      text = `${digits}·10${[...power.replace("+", "")].map((c) => SUPERSCRIPT[c]).join("")}`;
    }
    return (value < 0 ? "−" : "") + text;
  }

  /** A number as the reader set it: at most `digits` decimals, no trailing zeros. */
  const plain = (value, digits = 3) => String(+value.toFixed(digits)).replace("-", "−");

  /** The numbers of a list "0.4, 0.3"; throws if one is none. */
  function numbers(text, name) {
    return text.split(",").map((part) => {
      const value = part.trim() === "" ? NaN : Number(part);
      if (!Number.isFinite(value)) throw new Error(`${name}="${text}": "${part}" is no number; write ${name}="1,2,3"`);
      return value;
    });
  }

  /** One number between min and max. */
  function numberBetween(text, name, min, max) {
    const value = numbers(text, name)[0];
    if (!(value >= min && value <= max)) throw new Error(`${name}="${text}" is not between ${min} and ${max}`);
    return value;
  }

  /* ---- drawing -------------------------------------------------------------------------------- */

  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
    return node;
  }
  const html = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
  const svg = (tag, attributes = {}, ...children) =>
    fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

  /** A number on screen, for an HTML or an SVG text. */
  const shown = (make, key, value, write = format) =>
    make === svg ? svg("tspan", { "data-key": key }, write(value)) : html("span", { "data-key": key }, write(value));

  /** A linear scale from [a, b] to [c, d], and back. */
  function scale(a, b, c, d) {
    const to = (value) => c + ((value - a) / (b - a)) * (d - c);
    to.back = (place) => a + ((place - c) / (d - c)) * (b - a);
    return to;
  }

  /** The path through points [x, y] in pixels. */
  const path = (points) => "M" + points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L");

  /** The points of y = f(x) on [a, b]. */
  function curve(f, a, b, steps, x, y) {
    const points = [];
    for (let i = 0; i <= steps; i++) {
      const at = a + ((b - a) * i) / steps;
      points.push([x(at), y(f(at))]);
    }
    return points;
  }

  const text = (x, y, name, ...parts) => svg("text", { x, y, class: name }, ...parts);
  const line = (x1, y1, x2, y2, name) => svg("line", { x1, y1, x2, y2, class: name });

  /* ---- the component -------------------------------------------------------------------------- */

  const COMMON = {
    en: {
      task: "Task",
      solved: "Solved",
      hint: "Hint",
      reset: "Reset",
      link: "Link to this state",
      sliders: "Sliders",
      table: "Table of values",
    },
  };

  const PAUSE = 450; // milliseconds without a change after which the reader is taken to have settled

  class Explorable extends (root.HTMLElement ?? Object) {
    connectedCallback() {
      if (this.stage) return; // moved by connect() itself
      const kind = this.constructor, tag = this.localName;
      const language = (this.closest("[lang]")?.lang || "en").slice(0, 2);
      this.common = COMMON[language] ?? COMMON.en;
      this.words = kind.strings[language] ?? kind.strings.en;
      this.start = kind.parse((name) => this.getAttribute(name)); // an error here leaves the picture in place
      this.name = this.getAttribute("figure") || this.id || tag;
      this.controls = [];
      this.solved = false;
      this.stage = html("div", { class: "xp-stage" });
      this.connect();
      this.assemble();
      this.state = this.fromFragment() ?? this.start;
      root.addEventListener("hashchange", () => {
        const state = this.fromFragment();
        if (state) this.arrive(state);
      });
      // Text is drawn in CSS pixels: a new width means a new drawing, never a scaled one.
      new ResizeObserver(() => {
        if (this.stage.clientWidth !== this.width) this.render();
      }).observe(this.stage);
      this.render();
      if (this.state !== this.start) this.arrive(this.state);
    }

    /** Take the place of the static picture on screen. */
    connect() {
      this.classList.add("xp");
      const figure = document.getElementById(this.getAttribute("figure"));
      if (!figure) return;
      for (const child of figure.children) if (child.localName !== "figcaption") child.classList.add("xp-static");
      figure.prepend(this);
    }

    assemble() {
      const { words, common } = this;
      this.setAttribute("role", "group");
      this.setAttribute("aria-label", words.name);
      this.mark = html("span", { class: "xp-mark" }, common.task);
      const hint = html("details", { class: "xp-hint" }, html("summary", {}, common.hint), html("p", {}, words.hint));
      this.picture = svg("svg", { "aria-hidden": "true", focusable: "false" });
      this.stage.append(this.picture);
      this.panel = html("div", { class: "xp-sliders" });
      this.build();
      this.values = html("dl", { class: "xp-readouts" });
      this.verdict = html("div", { class: "xp-verdict", hidden: true });
      this.status = html("p", { class: "xp-spoken", role: "status" });
      this.buttons = html("div", { class: "xp-buttons" }, this.button(common.reset, () => this.reset()));
      this.anchor = html("a", { class: "xp-link" }, common.link);
      this.grid = html("div", { class: "xp-scroll", tabindex: "0", role: "region", "aria-label": `${words.name}: ${common.table}` });
      this.details = html("details", { class: "xp-table" }, html("summary", {}, common.table), this.grid);
      this.details.addEventListener("toggle", () => this.tabulate());
      const many = this.controls.length > 2;
      this.replaceChildren(...[
        html("div", { class: "xp-task" }, html("p", {}, this.mark, " ", words.task), hint),
        this.stage,
        this.values,
        many ? null : this.panel,
        this.verdict,
        html("div", { class: "xp-foot" }, this.buttons, this.anchor,
          many ? html("details", {}, html("summary", {}, common.sliders), this.panel) : null, this.details),
        this.status,
      ].filter(Boolean));
      this.finish();
    }

    /** What a component adds once all is in place. */
    finish() {}

    /** A button, not yet in its place. */
    button(label, act) {
      const made = html("button", { type: "button" }, label);
      made.addEventListener("click", act);
      return made;
    }

    /** Show a new state and judge it at once. */
    go(state) {
      this.update(state);
      this.settle();
    }

    /** Something to drag in the picture and its slider below, two views of one quantity of the state:
        { label, min, max, step, get(), set(value), text(value), tone, at() in pixels, drag(x, y) -> value }. */
    control(spec) {
      const vertical = spec.axis === "y";
      const range = { min: spec.min, max: spec.max };
      spec.knob = html("div", {
        class: `xp-knob ${vertical ? "xp-up" : "xp-across"} xp-${spec.tone}`,
        role: "slider", tabindex: "0", "aria-label": spec.label,
        "aria-orientation": vertical ? "vertical" : "horizontal", "aria-valuemin": spec.min, "aria-valuemax": spec.max,
      });
      spec.input = html("input", { type: "range", ...range, step: spec.step, class: `xp-${spec.tone}`, "aria-label": spec.label });
      spec.output = html("span", { class: "xp-setting", "aria-hidden": "true" });
      const change = (value) => {
        // Multiples of the step, without the noise of 0.1 + 0.2.
        const snapped = +(Math.round(value / spec.step) * spec.step).toFixed(6);
        this.update(spec.set(Math.max(spec.min, Math.min(spec.max, snapped))));
      };
      spec.input.addEventListener("input", () => change(+spec.input.value));
      this.draggable(spec.knob, (x, y) => change(spec.drag(x, y)), () => spec.at());
      spec.knob.addEventListener("keydown", (event) => {
        const far = (spec.max - spec.min) / 10, step = spec.step;
        const moves = {
          ArrowRight: step, ArrowUp: step, ArrowLeft: -step, ArrowDown: -step,
          PageUp: far, PageDown: -far, Home: -Infinity, End: Infinity,
        };
        if (!(event.key in moves)) return;
        event.preventDefault();
        const goal = spec.get() + moves[event.key];
        change(Math.max(spec.min, Math.min(spec.max, goal)));
      });
      this.stage.append(spec.knob);
      this.panel.append(html("div", { class: "xp-slider" }, html("span", { "aria-hidden": "true" }, spec.label), spec.output, spec.input));
      this.controls.push(spec);
    }

    /** Report where the pointer drags `node` to, in pixels of the stage, free of the offset of the grip. */
    draggable(node, moved, at) {
      let offset = null;
      const place = (event) => {
        const box = this.stage.getBoundingClientRect();
        return [event.clientX - box.left, event.clientY - box.top];
      };
      node.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        const [x, y] = place(event), [x0, y0] = at();
        offset = [x0 - x, y0 - y];
        node.setPointerCapture(event.pointerId);
        node.classList.add("xp-held");
      });
      node.addEventListener("pointermove", (event) => {
        if (!offset) return;
        const [x, y] = place(event);
        moved(x + offset[0], y + offset[1]);
      });
      for (const end of ["pointerup", "pointercancel"]) {
        node.addEventListener(end, () => {
          if (!offset) return;
          offset = null;
          node.classList.remove("xp-held");
          this.settle();
        });
      }
    }

    /** Show a new state in the next frame; judge it when the reader pauses. */
    update(state) {
      this.state = state;
      this.touched = true;
      this.frame ??= requestAnimationFrame(() => this.render());
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.settle(), PAUSE);
    }

    get numbers() {
      if (this.measured !== this.state) [this.measured, this.cache] = [this.state, this.constructor.measure(this.state)];
      return this.cache;
    }

    /** A number as it is shown. */
    number(key) {
      return format(this.numbers[key]);
    }

    render() {
      cancelAnimationFrame(this.frame);
      this.frame = null;
      const width = this.stage.clientWidth;
      if (!width) return; // hidden, as in print
      this.width = width;
      this.draw(width);
      for (const spec of this.controls) {
        const value = spec.get(), [x, y] = spec.at(), words = spec.text(value);
        spec.knob.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
        for (const node of [spec.knob, spec.input]) {
          if (node.getAttribute("aria-valuetext") !== words) node.setAttribute("aria-valuetext", words);
        }
        spec.knob.setAttribute("aria-valuenow", +value.toFixed(6));
        spec.input.value = value;
        spec.output.textContent = words;
      }
      this.values.replaceChildren(...this.readouts().map(([label, key, unit, tone, write]) =>
        html("div", { class: tone ? `xp-${tone}` : "" }, html("dt", {}, label),
          html("dd", {}, shown(html, key, this.numbers[key], write), unit ? html("small", {}, ` ${unit}`) : null))));
      this.anchor.href = this.toFragment();
      this.tabulate();
    }

    /** Put the picture's nodes in place of the old ones. */
    paint(height, nodes) {
      fill(this.picture, { width: this.width, height }, []).replaceChildren(...nodes);
    }

    /** The table is made only while it is open. Its cells: a text, or [key, value]. */
    tabulate() {
      if (!this.details.open) return;
      const { head, body } = this.table();
      const cell = (content, first) => Array.isArray(content)
        ? html("td", {}, shown(html, ...content))
        : html(first ? "th" : "td", first ? { scope: "row" } : {}, content);
      this.grid.replaceChildren(html("table", {},
        html("thead", {}, html("tr", {}, head.map((title) => html("th", { scope: "col" }, title)))),
        html("tbody", {}, body.map((row) => html("tr", {}, row.map((content, i) => cell(content, i === 0)))))));
    }

    /** The reader has paused: judge, speak once, keep the state in the address. */
    settle() {
      clearTimeout(this.timer);
      if (!this.touched) return;
      this.touched = false;
      if (this.frame) this.render();
      const judged = this.judge();
      const news = judged && judged.text !== this.told;
      // What a solved task has taught stays; a remark on the way goes when it no longer holds.
      if (judged?.done || !this.solved) {
        this.solved ||= Boolean(judged?.done);
        this.told = judged?.text;
        this.verdict.replaceChildren(...(this.told ?? "").split("\n").map((part) => html("p", {}, part)));
        this.verdict.hidden = !judged;
      }
      this.classList.toggle("xp-solved", this.solved);
      this.mark.textContent = this.solved ? `✓ ${this.common.solved}` : this.common.task;
      this.status.textContent = this.summary() + (news ? ` ${judged.text}` : "");
      this.keepAddress(this.toFragment());
    }

    reset() {
      this.solved = false;
      this.go(this.start);
      this.keepAddress(root.location.pathname + root.location.search);
    }

    /* -- the address -- */

    toFragment() {
      const state = Object.entries(this.constructor.write(this.state)).map(([name, value]) => `${name}=${value}`);
      return `#${this.name}?${state.join("&")}`;
    }

    /** The state in the address, null if it speaks of something else or makes no sense. */
    fromFragment() {
      try {
        const [name, query] = decodeURIComponent(root.location.hash.slice(1)).split("?");
        if (name !== this.name || !query) return null;
        const fields = new URLSearchParams(query);
        return this.constructor.parse((field) => fields.get(field) ?? this.getAttribute(field));
      } catch {
        return null;
      }
    }

    arrive(state) {
      this.go(state);
      this.scrollIntoView({ block: "center" });
    }

    keepAddress(address) {
      try {
        root.history.replaceState(root.history.state, "", address);
      } catch {
        // A sandboxed frame may not touch its address; the link below the figure still holds the state.
      }
    }
  }

  /** A game of rounds: in each the reader sets a slider and states its chance. The state holds the seed of the
      game, the chances stated so far and the one that the slider shows. */
  class Rounds extends Explorable {
    /** These three, from attributes or fragment; `unit` names what there are at most so many of. */
    static parseRounds(read, most, unit) {
      const said = (read("said") ?? "").split(".").filter(Boolean).map((part) => numberBetween(part, "said", 0, 100) / 100);
      if (said.length > most) throw new Error(`said has more than ${most} ${unit}`);
      return {
        said,
        seed: Math.round(numberBetween(read("seed") ?? "1", "seed", 0, 9999)),
        chance: numberBetween(read("chance") ?? "0.5", "chance", 0, 1),
      };
    }

    static write({ said, chance, ...rest }) {
      return { ...rest, chance: +chance.toFixed(2), said: said.map((s) => Math.round(100 * s)).join(".") };
    }

    /** The slider of the chance, its knob at the height y. `draw` makes the scale this.bar. */
    chanceSlider(label, y) {
      this.control({
        axis: "x", tone: "p", label, min: 0, max: 1, step: 0.05, text: (value) => plain(value),
        get: () => this.state.chance,
        set: (chance) => ({ ...this.state, chance }),
        at: () => [this.bar(this.state.chance), y],
        drag: (x) => this.bar.back(x),
      });
    }

    finish() {
      const { words } = this;
      this.note = html("p", { class: "xp-note" });
      this.stage.after(this.note);
      this.stateButton = this.button(words.state, () => this.go({ ...this.state, said: [...this.state.said, this.state.chance] }));
      this.buttons.prepend(this.stateButton,
        this.button(words.again, () => this.go({ ...this.state, said: [], seed: (this.state.seed + 1) % 10000 })));
    }
  }

  const components = {};
  function define(tag, component) {
    components[tag] = component;
    root.customElements?.define(tag, component);
  }

  root.explorables = {
    math, format, plain, numbers, numberBetween, html, svg, shown, scale, path, curve, text, line,
    Explorable, Rounds, components, define,
  };
})(globalThis);
