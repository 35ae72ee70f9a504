/* Sliding apart: a shape and its copy at distance θ; KL, JS and W1 against θ, with their slopes. */
(function () {
  "use strict";

  const { Explorable, define, math, plain, numberBetween, html, svg, shown, scale, path, curve, text, line } = globalThis.explorables;

  const FAR = 8; // the greatest distance
  const HALF = 2; // half the width of a bump: bumps part at distance 4

  /** The raised cosine (1 + cos(πx/2))/4 on [-2, 2], written so that it keeps its digits near the edge. */
  const bump = (x) => (Math.abs(x) < HALF ? Math.cos((Math.PI * x) / 4) ** 2 / 2 : 0);
  const bumpSlope = (x) => (-Math.PI / 8) * Math.sin((Math.PI * x) / 2);
  const bell = (x) => math.normalPdf(x, 0, 1);

  /* Where both are positive let f be the shape and g its copy; elsewhere p log(p/m) is p log 2. Hence
     JS = log 2 - 1/2 ∫ f log((f + g)/f) + g log((f + g)/g), and as ∫ ∂g/∂θ = 0, the slope is
     1/2 ∫ ∂g/∂θ log(g/(f + g)), both over the overlap alone: exactly log 2 and 0 once there is none. */
  const measures = {
    bumps(t) {
      if (t === 0) return { kl: 0, klSlope: NaN, js: 0, jsSlope: 0 };
      if (t >= 2 * HALF) return { kl: Infinity, klSlope: NaN, js: Math.LN2, jsSlope: 0 };
      const shared = (h) => math.integrate((x) => h(bump(x), bump(x - t), x), t - HALF, HALF);
      return {
        kl: Infinity,
        klSlope: NaN,
        js: Math.LN2 - shared((f, g) => f * Math.log1p(g / f) + g * Math.log1p(f / g)) / 2,
        jsSlope: shared((f, g, x) => bumpSlope(x - t) * Math.log1p(f / g)) / 2,
      };
    },
    bells(t) {
      if (t === 0) return { kl: 0, klSlope: 0, js: 0, jsSlope: 0 };
      // f/g = exp(t²/2 - tx); log1p of it would overflow far out on the left, where g is 0 anyway.
      const more = (r) => (r > 700 ? r : Math.log1p(Math.exp(r)));
      const over = (h) => math.trapezium((x) => h(bell(x), bell(x - t), (t * t) / 2 - t * x, x), -10, t + 10, 1200);
      return {
        kl: (t * t) / 2,
        klSlope: t,
        js: over((f, g, r) => f * (Math.LN2 - more(-r)) + g * (Math.LN2 - more(r))) / 2,
        jsSlope: over((f, g, r, x) => (t - x) * g * more(r)) / 2,
      };
    },
  };

  class SlidingApart extends Explorable {
    static strings = {
      en: {
        name: "Sliding apart: an interactive figure",
        task: "Drag q to a place where it differs from p and yet JS has no slope.",
        hint: "Watch the short line at the dot on the JS curve. Can p and q have nothing in common?",
        distance: "Distance θ of q from p",
        shape: "Shape",
        bumps: "bounded bumps",
        bells: "bells",
        shapes: "p and its copy q at distance θ",
        jump: "∞ wherever q is not p",
        slope: "slope ",
        nat: "nats",
        ceiling: "log 2",
        head: ["Measure", "Value", "Slope in θ"],
        summary: (js, slope, w1) => `JS ${js} nat with slope ${slope}, Wasserstein distance ${w1}.`,
        bottom: "JS has no slope here, because q is p and JS is at its minimum. Find a place where they differ.",
        faint: (slope) => `Nearly flat: the slope is ${slope}. Normal bells overlap everywhere, so it never gets to 0. ` +
          "Try the bounded bumps.",
        solved: (w1) => "Found: from |θ| = 4 on the bumps have no point in common. Each x tells for certain which of the " +
          "two it came from, so JS stays at log 2 = 0.6931 nat however far away q is. Its slope is exactly 0.\n" +
          `Whoever follows the slope of JS to bring q home stands still. KL is ∞ and no help. W₁ = ${w1} keeps its slope, ` +
          "1 or −1, and it points home.",
      },
    };

    static parse(read) {
      const shape = read("shape") ?? "bumps";
      if (!(shape in measures)) throw new Error(`shape="${shape}" is neither "bumps" nor "bells"`);
      return { shape, distance: numberBetween(read("distance") ?? "2", "distance", -FAR, FAR) };
    }

    static write({ shape, distance }) {
      return { shape, distance: +distance.toFixed(6) };
    }

    static measure({ shape, distance }) {
      const t = Math.abs(distance), sign = Math.sign(distance), found = measures[shape](t);
      return {
        distance,
        kl: found.kl,
        kl_slope: found.klSlope * sign,
        js: found.js,
        js_slope: found.jsSlope * sign,
        w1: t,
        w1_slope: sign || NaN,
      };
    }

    build() {
      const { words } = this;
      this.control({
        label: words.distance, axis: "x", tone: "q", min: -FAR, max: FAR, step: 0.05,
        get: () => this.state.distance,
        set: (distance) => ({ ...this.state, distance }),
        text: (value) => plain(value),
        at: () => [this.x(this.state.distance), this.y(this.density(0))],
        drag: (x) => this.x.back(x),
      });
      this.radios = Object.keys(measures).map((shape) => {
        const input = html("input", { type: "radio", name: `${this.name}-shape`, value: shape });
        input.addEventListener("change", () => {
          this.go({ ...this.state, shape });
        });
        return input;
      });
      this.panel.prepend(html("fieldset", { class: "xp-choice" }, html("legend", {}, words.shape),
        this.radios.map((input) => html("label", {}, input, " ", words[input.value]))));
    }

    get density() {
      return this.state.shape === "bumps" ? bump : bell;
    }

    /** JS on a grid of distances, worked out once for each shape. */
    jsCurve() {
      const { shape } = this.state;
      this.curves ??= {};
      if (!this.curves[shape]) {
        const half = [];
        for (let i = 0; i <= 80; i++) half.push([(FAR * i) / 80, measures[shape]((FAR * i) / 80).js]);
        this.curves[shape] = [...half.slice(1).reverse().map(([t, v]) => [-t, v]), ...half];
      }
      return this.curves[shape];
    }

    draw(width) {
      const { words, numbers: found } = this, { shape, distance: t } = this.state;
      for (const input of this.radios) input.checked = input.value === shape;
      const edge = 10.5, left = 8, right = width - 8, ground = 132, f = this.density;
      const x = (this.x = scale(-edge, edge, left, right)), y = (this.y = scale(0, f(0), ground, 56));
      const nodes = [text(left, 14, "xp-axis-title", words.shapes)];
      for (const [centre, tone] of [[0, "p"], [t, "q"]]) {
        const reach = shape === "bumps" ? HALF : 4;
        const a = Math.max(-edge, centre - reach), b = Math.min(edge, centre + reach);
        const points = curve((v) => f(v - centre), a, b, 120, x, y);
        nodes.push(svg("path", { d: path([...points, [x(b), ground], [x(a), ground]]), class: `xp-area-${tone}` }),
          svg("path", { d: path(points), class: `xp-line-${tone}` }),
          text(x(centre), y(f(0)) - 16, `xp-name xp-${tone} xp-middle`, tone));
      }
      nodes.push(line(left, ground, right, ground, "xp-axis"));
      if (t !== 0) {
        nodes.push(line(x(0), ground + 10, x(t), ground + 10, "xp-span"), line(x(0), ground + 6, x(0), ground + 14, "xp-span"),
          line(x(t), ground + 6, x(t), ground + 14, "xp-span"));
        nodes.push(text((x(0) + x(t)) / 2, ground + 26, "xp-middle", "θ = ", shown(svg, "distance", found.distance)));
      }

      // Each curve stands under the shapes on the same axis: the dot is right below the middle of q.
      const last = 268 + 2 * 112;
      nodes.push(line(x(t), ground + 34, x(t), last, "xp-rule"));
      const js = this.jsCurve();
      const panels = [
        { key: "kl", label: "KL(p‖q) = ", unit: words.nat, top: 33, points: shape === "bells" ? curve((v) => (v * v) / 2, -FAR, FAR, 120, (v) => v, (v) => v) : [] },
        { key: "js", label: "JS = ", unit: words.nat, top: 0.75, points: js },
        { key: "w1", label: "W₁ = ", unit: "", top: FAR, points: [[-FAR, FAR], [0, 0], [FAR, FAR]] },
      ];
      panels.forEach(({ key, label, unit, top, points }, i) => {
        const floor = 268 + i * 112, up = scale(0, top, floor, floor - 64), value = found[key], slope = found[`${key}_slope`];
        nodes.push(text(left, floor - 80, "", label, shown(svg, key, value), unit ? ` ${unit}` : ""),
          text(right, floor - 80, "xp-end", words.slope, shown(svg, `${key}_slope`, slope)),
          line(x(-FAR), floor, x(FAR), floor, "xp-axis"));
        if (key === "js") nodes.push(line(x(-FAR), up(Math.LN2), x(FAR), up(Math.LN2), "xp-limit"));
        if (points.length) nodes.push(svg("path", { d: path(points.map(([a, b]) => [x(a), up(b)])), class: "xp-curve" }));
        else nodes.push(line(x(-FAR), floor - 58, x(FAR), floor - 58, "xp-curve"), svg("circle", { cx: x(0), cy: floor - 58, r: 4, class: "xp-hole" }), svg("circle", { cx: x(0), cy: floor, r: 4, class: "xp-dot" }),
          text(x(-FAR), floor - 40, "xp-small", words.jump));
        const height = Number.isFinite(value) ? up(value) : floor - 58;
        if (Number.isFinite(slope)) {
          // A piece of the tangent, 34 pixels long whatever its slope.
          const rise = ((up(1) - up(0)) / (x(1) - x(0))) * slope, run = 34 / Math.hypot(1, rise);
          nodes.push(line(x(t) - run, height - run * rise, x(t) + run, height + run * rise, "xp-tangent"));
        }
        nodes.push(svg("circle", { cx: x(t), cy: height, r: 5, class: "xp-dot-q" }));
      });
      for (const v of [-8, -4, 0, 4, 8]) nodes.push(text(x(v), last + 18, "xp-tick xp-middle", plain(v)));
      nodes.push(text(right, last + 4, "xp-axis-title xp-end", "θ"));
      this.paint(last + 24, nodes);
    }

    readouts() {
      return [];
    }

    table() {
      const { numbers: found } = this;
      const row = (label, key) => [label, [key, found[key]], [`${key}_slope`, found[`${key}_slope`]]];
      return { head: this.words.head, body: [row("KL(p‖q)", "kl"), row("JS", "js"), row("W₁", "w1")] };
    }

    summary() {
      return this.words.summary(this.number("js"), this.number("js_slope"), this.number("w1"));
    }

    judge() {
      const { words } = this, { shape, distance } = this.state;
      if (distance === 0) return { done: false, text: words.bottom };
      if (this.numbers.js_slope === 0) return { done: true, text: words.solved(this.number("w1")) };
      if (shape === "bells" && Math.abs(distance) >= 6) return { done: false, text: words.faint(this.number("js_slope")) };
      return null;
    }
  }

  define("sliding-apart", SlidingApart);
})();
