/* Honest forecast: the expected log loss of a stated chance of rain, its floor and the gap. */
(function () {
  "use strict";

  const { Explorable, define, math, plain, numberBetween, svg, shown, scale, path, text, line } = globalThis.explorables;

  const CEILING = 3; // bits, the top of the picture

  /** -p log2 q - (1 - p) log2(1 - q), where what never happens costs nothing. */
  const loss = (p, q) => (p > 0 ? p * math.surprise(q) : 0) + (p < 1 ? (1 - p) * math.surprise(1 - q) : 0);

  class HonestForecast extends Explorable {
    static strings = {
      en: {
        name: "Honest forecast: an interactive figure",
        task: "It rains with chance p. State the forecast q that cannot be improved.",
        hint: "A loss is the surprise at what happens. Which q makes the mean surprise smallest?",
        truth: "True chance of rain p",
        stated: "Stated chance of rain q",
        loss: "expected loss, bits a day",
        wet: "if it rains",
        dry: "if not",
        curve: "expected",
        floor: "H(p)",
        gap: "KL",
        expected: "Expected loss H(p, q)",
        entropy: "Floor H(p)",
        kl: "Avoidable: KL(p‖q)",
        onWet: "Loss if it rains",
        onDry: "Loss if it does not",
        bit: "bits",
        head: ["Quantity", "Value", "Unit"],
        summary: (h, gap) => `Expected loss ${h} bit, of which ${gap} avoidable.`,
        solved: (p, h) => `q = p = ${p}: the honest forecast. What is left, ${h} bit a day, is the entropy H(p) of the ` +
          "weather itself.\nAny other q pays KL(p‖q) > 0 on top: the slope of the loss, (q − p)/(q (1 − q) ln 2), is " +
          "negative before p, 0 at p and positive after it. Such a score is called proper: it pays to say what you believe.",
        certain: "q = p, and the weather is certain: the loss is 0. Any other forecast would pay for its doubt.",
      },
    };

    static parse(read) {
      return { p: numberBetween(read("p") ?? "0.43", "p", 0, 1), q: numberBetween(read("q") ?? "0.8", "q", 0, 1) };
    }

    static write({ p, q }) {
      return { p: +p.toFixed(6), q: +q.toFixed(6) };
    }

    static measure({ p, q }) {
      return {
        p,
        q,
        loss: loss(p, q),
        entropy: loss(p, p),
        kl: math.kl([p, 1 - p], [q, 1 - q]) / Math.LN2,
        wet: math.surprise(q),
        dry: math.surprise(1 - q),
      };
    }

    build() {
      const { words } = this, shared = { axis: "x", min: 0, max: 1, step: 0.01, text: (value) => plain(value) };
      this.control({
        ...shared, label: words.stated, tone: "q",
        get: () => this.state.q,
        set: (q) => ({ ...this.state, q }),
        at: () => [this.x(this.state.q), this.y(Math.min(this.numbers.loss, CEILING))],
        drag: (x) => this.x.back(x),
      });
      this.control({
        ...shared, label: words.truth, tone: "p",
        get: () => this.state.p,
        set: (p) => ({ ...this.state, p }),
        at: () => [this.x(this.state.p), this.y(0)],
        drag: (x) => this.x.back(x),
      });
    }

    draw(width) {
      const { words, numbers: found } = this, { p, q } = this.state;
      const left = 34, right = width - 14, ground = 264, roof = 52;
      const x = (this.x = scale(0, 1, left, right)), y = (this.y = scale(0, CEILING, ground, roof));
      const nodes = [text(4, 16, "xp-axis-title", words.loss)];
      for (let bits = 0; bits <= CEILING; bits++) {
        nodes.push(line(left, y(bits), right, y(bits), bits ? "xp-rule" : "xp-axis"),
          text(left - 10, y(bits) + 4, "xp-tick xp-end", bits));
      }
      for (const chance of [0, 0.25, 0.5, 0.75, 1]) {
        nodes.push(text(x(chance), ground + 38, "xp-tick xp-middle", plain(chance)));
      }
      const drawn = (f, name) => {
        const points = [];
        for (let i = 1; i < 240; i++) if (f(i / 240) <= CEILING) points.push([x(i / 240), y(f(i / 240))]);
        nodes.push(svg("path", { d: path(points), class: name }));
      };
      drawn(math.surprise, "xp-faint");
      drawn((v) => math.surprise(1 - v), "xp-faint");
      nodes.push(text(x(0.15), y(2.75), "xp-axis-title", words.wet), text(x(0.85), y(2.75), "xp-axis-title xp-end", words.dry));
      const top = y(Math.min(found.loss, CEILING)), floor = y(found.entropy);
      nodes.push(line(left, floor, right, floor, "xp-limit"));
      drawn((v) => loss(p, v), "xp-curve");
      nodes.push(line(x(q), ground, x(q), floor, "xp-bar-p"), line(x(q), floor, x(q), top, "xp-bar-q"),
        line(x(p), ground, x(p), floor, "xp-drop-p"));
      // The words stand on the side away from p, if they have room there.
      const after = q >= p ? right - x(q) > 80 : x(q) - left < 90;
      const beside = after ? 10 : -10, anchor = after ? "" : "xp-end";
      nodes.push(text(x(q) + beside, (ground + floor) / 2 + 4, `xp-p ${anchor}`, words.floor + " ", shown(svg, "entropy", found.entropy)));
      if (floor - top > 18) nodes.push(text(x(q) + beside, (floor + top) / 2 + 4, `xp-q ${anchor}`, words.gap + " ", shown(svg, "kl", found.kl)));
      nodes.push(text(x(q), top - 16, "xp-name xp-q xp-middle", "q"), text(x(p), ground + 22, "xp-name xp-p xp-middle", "p"));
      this.paint(ground + 48, nodes);
    }

    readouts() {
      const { words } = this;
      return [
        [words.expected, "loss", words.bit, "strong"],
        [words.entropy, "entropy", words.bit, "p"],
        [words.kl, "kl", words.bit, "q"],
      ];
    }

    table() {
      const { words, numbers: found } = this;
      const rows = [[words.truth, "p", ""], [words.stated, "q", ""], [words.expected, "loss", words.bit], [words.entropy, "entropy", words.bit],
        [words.kl, "kl", words.bit], [words.onWet, "wet", words.bit], [words.onDry, "dry", words.bit]];
      return { head: words.head, body: rows.map(([label, key, unit]) => [label, [key, found[key]], unit]) };
    }

    summary() {
      return this.words.summary(this.number("loss"), this.number("kl"));
    }

    judge() {
      const { p, q } = this.state;
      if (p !== q) return null;
      return { done: true, text: p === 0 || p === 1 ? this.words.certain : this.words.solved(plain(p), this.number("entropy")) };
    }
  }

  define("honest-forecast", HonestForecast);
})();
