/* Entropy bars: drag the probabilities of five kinds of weather; entropy is the area of the surprise picture. */
(function () {
  "use strict";

  const { Explorable, define, math, plain, numbers, svg, shown, scale, text, line } = globalThis.explorables;

  const CEILING = 6; // bits: a taller block is so thin that its area is small

  /** p with outcome i set to `value`; the others keep their ratios (those of `memory` once they are all 0). */
  function renormalised(p, i, value, memory) {
    const others = (weights) => math.sum(weights.filter((_, j) => j !== i));
    let weights = others(p) > 0 ? p : memory;
    if (!(others(weights) > 0)) weights = p.map(() => 1);
    const share = (1 - value) / others(weights);
    return p.map((_, j) => (j === i ? value : weights[j] * share));
  }

  class EntropyBars extends Explorable {
    static strings = {
      en: {
        name: "Entropy bars: an interactive figure",
        task: "Drag the bars until the entropy is exactly 1 bit.",
        hint: "What has two faces, equally likely?",
        bar: (name) => `Probability of ${name}`,
        probability: "probability p",
        surprise: "surprise −log₂ p, in bits",
        area: "width p, height −log₂ p: the area is H",
        entropy: "Entropy H",
        maximum: (n) => `Maximum log₂ ${n}`,
        limit: (n) => `log₂ ${n}`,
        distance: "Below the maximum",
        head: ["Outcome", "Probability", "Surprise (bit)", "Probability × surprise"],
        total: "Sum",
        summary: (h, gap) => `Entropy ${h} bit, ${gap} below the maximum.`,
        coin: (a, b) => `Exactly 1 bit: ${a} or ${b}, one half each, is a fair coin. Each of the two surprises you by ` +
          "−log₂ ½ = 1 bit, so the mean is 1 bit: one yes-or-no question tells you the weather.",
        mean: (low, high) => "1 bit, and yet no coin: entropy is a mean. The likeliest outcome surprises you by only " +
          `${low} bit, the rarest by ${high}; weighted by how often each happens they come to 1 bit, as much as one ` +
          "yes-or-no question can tell. Can you do it with two outcomes, too?",
      },
    };

    static parse(read) {
      const p = numbers(read("p") ?? "0.4,0.3,0.1,0.1,0.1", "p"), total = math.sum(p);
      if (p.length < 2 || p.length > 8) throw new Error(`p has ${p.length} outcomes; give 2 to 8`);
      if (p.some((x) => x < 0) || Math.abs(total - 1) > 1e-6) throw new Error(`p="${p}" must be ≥ 0 and sum to 1`);
      const outcomes = (read("outcomes") ?? "drizzle,fog,rain,snow,sun").split(",").map((name) => name.trim());
      if (outcomes.length !== p.length) throw new Error(`${outcomes.length} outcomes have ${p.length} probabilities`);
      return { p: p.map((x) => x / total), outcomes };
    }

    static write({ p }) {
      const round = p.map((x) => +x.toFixed(7));
      return { p: round.join(",") };
    }

    static measure({ p }) {
      const result = {
        entropy: math.entropy(p),
        maximum: Math.log2(p.length),
        distance: math.kl(p, p.map(() => 1 / p.length)) / Math.LN2,
        total: math.sum(p),
      };
      p.forEach((x, i) => {
        result[`p${i}`] = x;
        result[`surprise${i}`] = math.surprise(x);
        result[`part${i}`] = x > 0 ? x * math.surprise(x) : 0;
      });
      return result;
    }

    build() {
      this.start.outcomes.forEach((name, i) => this.control({
        label: this.words.bar(name), axis: "y", tone: "p", min: 0, max: 1, step: 0.01,
        get: () => this.state.p[i],
        set: (value) => {
          const { p, outcomes } = this.state;
          if (p[i] < 1) this.memory = p;
          return { p: renormalised(p, i, value, this.memory ?? p), outcomes };
        },
        text: (value) => plain(value),
        at: () => [this.places[i], this.level(this.state.p[i])],
        drag: (x, y) => this.level.back(y),
      }));
    }

    draw(width) {
      const { p, outcomes } = this.state, { words, numbers: found } = this, n = p.length;
      const wide = width >= 540, left = wide ? width * 0.5 : width, top = 46, bottom = 226;
      const column = (left - 32) / n;
      this.places = p.map((_, i) => 28 + column * (i + 0.5));
      this.level = scale(0, 1, bottom, top);
      const nodes = [text(4, 14, "xp-axis-title", words.probability)];
      for (const chance of [0, 0.5, 1]) {
        nodes.push(line(28, this.level(chance), left - 4, this.level(chance), chance ? "xp-rule" : "xp-axis"),
          text(20, this.level(chance) + 4, "xp-tick xp-end", plain(chance)));
      }
      p.forEach((x, i) => {
        const middle = this.places[i], thick = Math.min(column * 0.66, 46), y = this.level(x);
        // Long numbers side by side would touch: every other one stands a line higher.
        const written = shown(svg, `p${i}`, found[`p${i}`]), lift = i % 2 && written.textContent.length * 7.5 > column ? 15 : 0;
        nodes.push(
          svg("rect", { x: middle - thick / 2, y, width: thick, height: bottom - y, class: "xp-fill-p" }),
          text(middle, y - 16 - lift, `xp-middle ${column < 60 ? "xp-small" : "xp-number"}`, written),
          text(middle, bottom + 18, `xp-middle ${column < 44 ? "xp-small" : ""}`, outcomes[i]),
        );
        if (column >= 44) nodes.push(text(middle, bottom + 36, "xp-small xp-middle", shown(svg, `surprise${i}`, found[`surprise${i}`])));
      });
      if (column >= 44) nodes.push(text(28, bottom + 54, "xp-axis-title", words.surprise));

      // The surprise picture: a block of width p and height -log2 p has the area that p adds to the entropy.
      const start = wide ? left + 40 : 28, end = width - 46;
      const ground = wide ? bottom : bottom + 300, roof = ground - 180;
      const across = scale(0, 1, start, end), up = scale(0, CEILING, ground, roof);
      for (let bits = 0; bits <= CEILING; bits += 2) {
        nodes.push(line(start, up(bits), end, up(bits), bits ? "xp-rule" : "xp-axis"),
          text(start - 8, up(bits) + 4, "xp-tick xp-end", bits));
      }
      nodes.push(text(wide ? left + 24 : 4, roof - 32, "xp-axis-title", words.area));
      let from = 0;
      p.forEach((x, i) => {
        const a = across(from), b = across(from + x), height = Math.min(math.surprise(x), CEILING);
        from += x;
        if (x === 0) return;
        nodes.push(svg("rect", { x: a, y: up(height), width: Math.max(b - a - 1, 0.5), height: ground - up(height), class: "xp-fill-p" }));
        if (b - a > 12 + 7 * outcomes[i].length) nodes.push(text((a + b) / 2, ground + 18, "xp-small xp-middle", outcomes[i]));
      });
      const mean = up(found.entropy), most = up(found.maximum);
      nodes.push(line(start, most, end, most, "xp-limit"), line(start, mean, end, mean, "xp-mark-line"),
        text(end + 6, Math.min(most + 4, mean - 10), "xp-axis-title", words.limit(n)), text(end + 6, mean + 5, "xp-number", "H"));
      this.paint(ground + (wide ? 62 : 28), nodes);
    }

    readouts() {
      const { words } = this;
      return [
        [words.entropy, "entropy", "bits", "strong"],
        [words.maximum(this.state.p.length), "maximum", "bits"],
        [words.distance, "distance", "bits"],
      ];
    }

    table() {
      const { words, numbers: found } = this, { outcomes } = this.state;
      const value = (key) => [key, found[key]];
      const body = outcomes.map((name, i) => [name, value(`p${i}`), value(`surprise${i}`), value(`part${i}`)]);
      body.push([words.total, value("total"), "", value("entropy")]);
      return { head: words.head, body };
    }

    summary() {
      return this.words.summary(this.number("entropy"), this.number("distance"));
    }

    judge() {
      if (this.number("entropy") !== "1.000") return null;
      const { p, outcomes } = this.state, possible = outcomes.filter((_, i) => p[i] > 0);
      if (possible.length === 2) return { done: true, text: this.words.coin(...possible) };
      const surprises = p.filter((x) => x > 0).map(math.surprise);
      const [low, high] = [Math.min(...surprises), Math.max(...surprises)].map((x) => plain(x, 2));
      return { done: true, text: this.words.mean(low, high) };
    }
  }

  define("entropy-bars", Object.assign(EntropyBars, { renormalised }));
})();
