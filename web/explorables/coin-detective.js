/* The detective: which of two coins is flipped? The odds walk, a bit doubles them, and the drift is KL. */
(function () {
  "use strict";

  const { Explorable, define, format, math, plain, numberBetween, svg, shown, scale, path, text, line } = globalThis.explorables;

  const LONGEST = 100; // flips in one game
  const CROWD = 30; // other games, drawn behind
  const SURE = Math.log2(20); // odds of 20 to 1, in bits
  const PATIENCE = 1000; // flips after which the median is not looked for

  /** The evidence of heads and of tails for p against q, in bits. */
  const evidence = (p, q) => [Math.log2(p / q), Math.log2((1 - p) / (1 - q))];

  /** p log2(p/q) + (1 - p) log2((1 - p)/(1 - q)), where what p excludes costs nothing. */
  const kl = (p, q) => math.kl([p, 1 - p], [q, 1 - q]) / Math.LN2;

  /** The evidence after each flip of a game; what p excludes never falls. */
  function walk(p, q, seed, flips) {
    const [heads, tails] = evidence(p, q), found = [0];
    for (let i = 0; i < flips; i++) found.push(found[i] + (math.chance(seed, i) < p ? heads : tails));
    return found;
  }

  /** The number of flips by which half of all games have reached odds of 20 to 1; infinite if it takes too long.
      Games that are not there yet are told apart by their number of heads alone. */
  function median(p, q) {
    const [heads, tails] = evidence(p, q);
    let alive = Float64Array.of(1), there = 0;
    for (let n = 1; n <= PATIENCE; n++) {
      const next = new Float64Array(n + 1);
      for (let k = 0; k < n; k++) {
        next[k] += alive[k] * (1 - p);
        next[k + 1] += alive[k] * p;
      }
      for (let k = 0; k <= n; k++) {
        if (next[k] === 0 || (k && k * heads) + (n - k && (n - k) * tails) < SURE) continue;
        there += next[k];
        next[k] = 0;
      }
      if (there > 0.5 - 1e-12) return n;
      alive = next;
    }
    return Infinity;
  }

  const COUNTS = new Set(["flips", "heads", "median"]);
  const whole = (value) => (Number.isFinite(value) ? plain(value, 0) : format(value));

  class CoinDetective extends Explorable {
    static strings = {
      en: {
        name: "The detective: an interactive figure",
        task: "Find two different coins for which the truth shows at the same rate, whichever of them is flipped.",
        hint: "Compare the two divergences. What would make the pair of coins look the same from both sides?",
        truth: "Heads of the coin that is flipped, p",
        belief: "Heads of the other coin, q",
        axis: "evidence for p (bits)",
        flips: "flips",
        once: "Flip once",
        ten: "Flip 10",
        hundred: "Flip 100",
        again: "New game",
        forward: "KL(p‖q), the drift",
        backward: "KL(q‖p)",
        evidence: "Evidence so far",
        odds: "Odds for p",
        median: "Half of all games are at 20 : 1 after",
        unit: "bits a flip",
        even: "to one",
        bit: "bits",
        flip: "flips",
        seen: "Flips in this game",
        heads: "Heads among them",
        head: ["Quantity", "Value", "Unit"],
        summary: (n, bits, rate) => `${n} flips, evidence ${bits} bits; drift ${rate} bits a flip.`,
        solved: "The mirror pair: q = 1 − p. Heads of one is tails of the other, so both divergences are the same.\n" +
          "A second find: which belief q can be refuted by a single flip?",
        refuted: "This belief rules an outcome out. The first time that outcome falls, the evidence is infinite: " +
          "the case is closed for ever. KL(p‖q) = ∞.",
      },
    };

    static parse(read) {
      return {
        p: numberBetween(read("p") ?? "0.75", "p", 0, 1),
        q: numberBetween(read("q") ?? "0.5", "q", 0, 1),
        seed: Math.round(numberBetween(read("seed") ?? "12", "seed", 0, 9999)),
        flips: Math.round(numberBetween(read("flips") ?? "5", "flips", 0, LONGEST)),
      };
    }

    static write({ p, q, seed, flips }) {
      return { p: +p.toFixed(6), q: +q.toFixed(6), seed, flips };
    }

    static measure({ p, q, seed, flips }) {
      const bits = walk(p, q, seed, flips)[flips];
      let heads = 0;
      for (let i = 0; i < flips; i++) heads += math.chance(seed, i) < p;
      return { p, q, flips, heads, kl_pq: kl(p, q), kl_qp: kl(q, p), evidence: bits, odds: 2 ** bits, median: median(p, q) };
    }

    build() {
      const { words } = this, shared = { axis: "x", min: 0, max: 1, step: 0.01, text: (value) => plain(value) };
      for (const [name, label] of [["p", words.truth], ["q", words.belief]]) {
        this.control({
          ...shared, label, tone: name,
          get: () => this.state[name],
          set: (value) => ({ ...this.state, [name]: value }),
          at: () => [this.bar(this.state[name]), name === "p" ? 26 : 62],
          drag: (x) => this.bar.back(x),
        });
      }
    }

    finish() {
      const { words } = this;
      const button = (label, next) => this.button(label, () => this.go(next(this.state)));
      const more = (n) => (state) => ({ ...state, flips: Math.min(LONGEST, state.flips + n) });
      this.more = [[words.once, 1], [words.ten, 10], [words.hundred, LONGEST]].map(([label, n]) => button(label, more(n)));
      this.buttons.prepend(...this.more, button(words.again, (state) => ({ ...state, seed: (state.seed + 1) % 10000, flips: 0 })));
    }

    draw(width) {
      const { words, numbers: found } = this, { p, q, seed, flips } = this.state;
      const left = 40, right = width - 52, top = 96, ground = 372;
      this.bar = scale(0, 1, left, right);
      const nodes = [];
      for (const [value, y, name] of [[p, 26, "p"], [q, 62, "q"]]) {
        nodes.push(line(left, y, right, y, "xp-rule"), line(left, y, this.bar(value), y, `xp-bar-${name}`),
          text(left - 12, y + 5, `xp-name xp-${name} xp-end`, name),
          text(right + 12, y + 5, `xp-number xp-${name}`, shown(svg, name, value, (v) => plain(v))));
      }
      const far = Math.max(6, Math.ceil(Math.min(60, 1.25 * Math.max(LONGEST * Math.min(found.kl_pq, 1) * (flips > 20 ? 1 : 0.25), 6))));
      const longest = flips > 20 ? LONGEST : 20;
      const x = scale(0, longest, left, right), y = scale(-far / 2, far, ground, top);
      const inside = (bits) => Math.max(-far / 2 - 1, Math.min(far + 1, bits));
      const every = far > 30 ? 10 : far > 12 ? 5 : 1;
      for (let bits = -Math.floor(far / 2 / every) * every; bits <= far; bits += every) {
        nodes.push(line(left, y(bits), right, y(bits), bits ? "xp-rule" : "xp-axis"));
        if (every > 1 || bits % 2 === 0) nodes.push(text(left - 8, y(bits) + 4, "xp-tick xp-end", String(bits).replace("-", "−")));
      }
      for (const bits of [SURE, -SURE]) {
        if (bits < -far / 2) continue;
        nodes.push(line(left, y(bits), right, y(bits), "xp-limit"), text(right + 6, y(bits) + 4, "xp-tick", bits > 0 ? "20 : 1" : "1 : 20"));
      }
      for (let n = 0; n <= longest; n += longest / 4) nodes.push(text(x(n), ground + 20, "xp-tick xp-middle", n));
      nodes.push(text(right, ground + 38, "xp-axis-title xp-end", words.flips), text(4, top - 8, "xp-axis-title", words.axis));
      const points = (bits) => path(bits.map((value, n) => [x(n), y(inside(value))]));
      const crowd = [];
      for (let other = 1; other <= CROWD; other++) crowd.push(points(walk(p, q, seed + 10007 * other, longest)));
      nodes.push(svg("path", { d: crowd.join(""), class: "xp-faint xp-crowd" }));
      if (Number.isFinite(found.kl_pq)) {
        const end = found.kl_pq > 0 ? Math.min(longest, far / found.kl_pq) : longest;
        nodes.push(svg("path", { d: path([[x(0), y(0)], [x(end), y(end * found.kl_pq)]]), class: "xp-line-p xp-dashed" }));
      }
      const mine = walk(p, q, seed, flips);
      nodes.push(svg("path", { d: points(mine), class: "xp-curve" }),
        svg("circle", { cx: x(flips), cy: y(inside(mine[flips])), r: 5, class: "xp-dot" }));
      this.paint(ground + 46, nodes);
      for (const made of this.more) made.disabled = flips >= LONGEST;
    }

    readouts() {
      const { words } = this;
      return [
        [words.forward, "kl_pq", words.unit, "p"],
        [words.backward, "kl_qp", words.unit, "q"],
        [words.evidence, "evidence", words.bit, "strong"],
        [words.odds, "odds", words.even],
        [words.median, "median", words.flip, "", whole],
      ];
    }

    table() {
      const { words, numbers: found } = this;
      const rows = [[words.truth, "p", ""], [words.belief, "q", ""], [words.forward, "kl_pq", words.unit], [words.backward, "kl_qp", words.unit],
        [words.seen, "flips", ""], [words.heads, "heads", ""], [words.evidence, "evidence", words.bit], [words.odds, "odds", words.even], [words.median, "median", words.flip]];
      return {
        head: words.head,
        body: rows.map(([label, key, unit]) => [label, [key, found[key], COUNTS.has(key) ? whole : undefined], unit]),
      };
    }

    summary() {
      return this.words.summary(this.state.flips, this.number("evidence"), this.number("kl_pq"));
    }

    judge() {
      const { p, q } = this.state, { kl_pq: there, kl_qp: back } = this.numbers;
      if (there === Infinity) return { done: false, text: this.words.refuted };
      if (p !== q && Number.isFinite(back) && Math.abs(there - back) < 1e-9) return { done: true, text: this.words.solved };
      return null;
    }
  }

  define("coin-detective", CoinDetective);
})();
