/* Two bells: p = N(0, 1) and q = N(m, s²); drag q's top and its width. */
(function () {
  "use strict";

  const { Explorable, define, math, plain, numberBetween, svg, shown, scale, path, curve, text, line } = globalThis.explorables;

  const EDGE = 7; // the axis shows [-7, 7]

  class TwoBells extends Explorable {
    static strings = {
      en: {
        name: "Two bells: an interactive figure",
        task: "Find a q other than p for which KL(p‖q) and KL(q‖p) are equal.",
        hint: "Leave the middle of q where it is, and try other widths.",
        mean: "Mean m of q",
        sd: "Width s of q",
        densities: "densities",
        integrands: "integrands: what each x adds",
        forward: "p log(p/q), total ",
        backward: "q log(q/p), total ",
        head: ["Quantity", "Value", "Unit"],
        nat: "nats",
        unit: "axis units",
        summary: (pq, qp) => `KL of p from q ${pq} nat, of q from p ${qp} nat.`,
        same: "Both are 0, but q is p. Find a q that differs from p.",
        solved: (value) => `Equal: at s = 1 both are m²/2 = ${value} nat, and equal widths are the only way.\n` +
          "Why? KL(p‖q) − KL(q‖p) = ½ m² (1/s² − 1) − ½ (s² − 1/s² − 4 ln s). The last bracket is 0 at s = 1 and never " +
          "falls as s grows: its derivative is (2/s)(s − 1/s)².\n" +
          "So for s > 1 neither term is positive and the difference is below 0; for s < 1 it is above 0, whatever m is. " +
          "The KL that averages over the wider bell is always the larger.",
      },
    };

    static parse(read) {
      return { mean: numberBetween(read("mean") ?? "1", "mean", -3, 3), sd: numberBetween(read("sd") ?? "2", "sd", 0.25, 3) };
    }

    static write({ mean, sd }) {
      return { mean: +mean.toFixed(6), sd: +sd.toFixed(6) };
    }

    static measure({ mean: m, sd: s }) {
      const logP = (x) => math.normalLogPdf(x, 0, 1), logQ = (x) => math.normalLogPdf(x, m, s);
      const js = math.trapezium((x) => {
        const a = logP(x), b = logQ(x), top = Math.max(a, b);
        const logM = top + Math.log1p(Math.exp(Math.min(a, b) - top)) - Math.LN2;
        return (Math.exp(a) * (a - logM) + Math.exp(b) * (b - logM)) / 2;
      }, Math.min(-10, m - 10 * s), Math.max(10, m + 10 * s), 2000);
      // Quantiles differ by m + (s - 1) z, so W1 = E|m + (s - 1) Z| and W2 the root of its square's mean.
      const e = Math.abs(s - 1), z = m / e;
      return {
        mean: m,
        sd: s,
        kl_pq: Math.log(s) + (1 + m * m) / (2 * s * s) - 0.5,
        kl_qp: -Math.log(s) + (s * s + m * m) / 2 - 0.5,
        js: m === 0 && s === 1 ? 0 : js,
        w1: e === 0 ? Math.abs(m) : e * Math.sqrt(2 / Math.PI) * Math.exp(-z * z / 2) + m * math.erf(z / Math.SQRT2),
        w2: Math.hypot(m, s - 1),
      };
    }

    build() {
      const { words } = this;
      this.control({
        label: words.mean, axis: "x", tone: "q", min: -3, max: 3, step: 0.05,
        get: () => this.state.mean,
        set: (mean) => ({ ...this.state, mean }),
        text: (value) => plain(value),
        at: () => [this.x(this.state.mean), this.y(math.normalPdf(0, 0, this.state.sd))],
        drag: (x) => this.x.back(x),
      });
      this.control({
        label: words.sd, axis: "x", tone: "q", min: 0.25, max: 3, step: 0.05,
        get: () => this.state.sd,
        set: (sd) => ({ ...this.state, sd }),
        text: (value) => plain(value),
        // One width from the middle the bell has its inflection.
        at: () => [this.x(this.state.mean + this.state.sd), this.y(math.normalPdf(this.state.sd, 0, this.state.sd))],
        drag: (x) => this.x.back(x) - this.state.mean,
      });
    }

    draw(width) {
      const { words, numbers: found } = this, { mean: m, sd: s } = this.state;
      const steps = Math.min(300, Math.round(width / 2.5)), right = width - 8;
      const x = (this.x = scale(-EDGE, EDGE, 8, right));
      const p = (v) => math.normalPdf(v, 0, 1), q = (v) => math.normalPdf(v, m, s);

      const ground = 190, highest = Math.max(p(0), q(m));
      const y = (this.y = scale(0, highest, ground, 44));
      const base = [[x(EDGE), ground], [x(-EDGE), ground]];
      const nodes = [text(8, 14, "xp-axis-title", words.densities)];
      for (const [f, tone] of [[p, "p"], [q, "q"]]) {
        const points = curve(f, -EDGE, EDGE, steps, x, y);
        nodes.push(svg("path", { d: path([...points, ...base]), class: `xp-area-${tone}` }),
          svg("path", { d: path(points), class: `xp-line-${tone}` }));
      }
      const shoulder = y(q(m + s));
      nodes.push(line(8, ground, right, ground, "xp-axis"), line(x(m), shoulder, x(m + s), shoulder, "xp-span"));
      if (x(s) - x(0) > 32) nodes.push(text((x(m) + x(m + s)) / 2, shoulder - 6, "xp-q xp-middle", "s"));
      // The names stand on the outer shoulders, where the other bell is low.
      const side = m >= 0 ? -1 : 1;
      nodes.push(text(x(side * 1.25) + side * 8, y(p(1.25)), `xp-name xp-p ${side < 0 ? "xp-end" : ""}`, "p"),
        text(x(m), y(q(m)) - 16, "xp-name xp-q xp-middle", "q"));
      this.ticks(nodes, x, ground);

      // Both integrands on one scale, so that areas can be compared by eye.
      const ratio = (v) => math.normalLogPdf(v, 0, 1) - math.normalLogPdf(v, m, s);
      const forward = curve((v) => p(v) * ratio(v), -EDGE, EDGE, steps, (v) => v, (v) => v);
      const backward = curve((v) => -q(v) * ratio(v), -EDGE, EDGE, steps, (v) => v, (v) => v);
      const heights = [...forward, ...backward].map(([, v]) => v);
      const narrow = width < 420, below = narrow ? 18 : 0; // the second heading gets a line of its own
      const roof = 282 + below, floor = 420 + below;
      const up = scale(Math.min(-0.1, ...heights), Math.max(0.3, ...heights), floor, roof), zero = up(0);
      nodes.push(text(8, 234, "xp-axis-title", words.integrands),
        text(8, 254, "xp-p", words.forward, shown(svg, "kl_pq", found.kl_pq)),
        text(narrow ? 8 : right, 254 + below, `xp-q ${narrow ? "" : "xp-end"}`, words.backward, shown(svg, "kl_qp", found.kl_qp)));
      for (const [points, tone] of [[forward, "p"], [backward, "q"]]) {
        const placed = points.map(([a, b]) => [x(a), up(b)]);
        nodes.push(svg("path", { d: path([...placed, [x(EDGE), zero], [x(-EDGE), zero]]), class: `xp-area-${tone}` }),
          svg("path", { d: path(placed), class: `xp-line-${tone} ${tone === "q" ? "xp-dashed" : ""}` }));
      }
      nodes.push(line(8, zero, right, zero, "xp-axis"));
      this.paint(floor + 8, nodes);
    }

    ticks(nodes, x, ground) {
      for (const v of [-6, -4, -2, 0, 2, 4, 6]) {
        nodes.push(line(x(v), ground, x(v), ground + 4, "xp-axis"), text(x(v), ground + 18, "xp-tick xp-middle", plain(v)));
      }
    }

    readouts() {
      const { nat, unit } = this.words;
      return [
        ["KL(p‖q)", "kl_pq", nat, "p"],
        ["KL(q‖p)", "kl_qp", nat, "q"],
        ["JS(p, q)", "js", nat, "m"],
        ["W₁(p, q)", "w1", ""],
        ["W₂(p, q)", "w2", ""],
      ];
    }

    table() {
      const { words, numbers: found } = this;
      const rows = [[words.mean, "mean", words.unit], [words.sd, "sd", words.unit], ["KL(p‖q)", "kl_pq", words.nat],
        ["KL(q‖p)", "kl_qp", words.nat], ["JS(p, q)", "js", words.nat], ["W₁(p, q)", "w1", words.unit], ["W₂(p, q)", "w2", words.unit]];
      return { head: words.head, body: rows.map(([label, key, unit]) => [label, [key, found[key]], unit]) };
    }

    summary() {
      return this.words.summary(this.number("kl_pq"), this.number("kl_qp"));
    }

    judge() {
      const { mean, sd } = this.state;
      if (sd !== 1) return null;
      if (mean === 0) return { done: false, text: this.words.same };
      return { done: true, text: this.words.solved(this.number("kl_pq")) };
    }
  }

  define("two-bells", TwoBells);
})();
