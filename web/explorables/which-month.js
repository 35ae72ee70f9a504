/* Which month? A day is drawn from one of two months; state a chance, and see what can be known. */
(function () {
  "use strict";

  const { Rounds, define, math, plain, numberBetween, html, svg, shown, scale, path, text, line } = globalThis.explorables;

  // Seattle, 2012 to 2015, a row a month: days of drizzle, fog, rain, snow, sun, ...
  const KINDS = [
    "10 17 61 8 28",
    "4 3 75 4 27",
    "3 6 73 6 36",
    "3 3 61 1 52",
    "1 5 40 0 78",
    "2 1 42 0 75",
    "8 10 16 0 90",
    "8 6 24 0 86",
    "5 14 36 0 65",
    "4 19 62 0 39",
    "3 9 75 1 32",
    "2 8 76 6 32",
  ].map((row) => row.split(" ").map(Number));
  // ... and days by their maximum, in bins of 1 °C from -2 °C on.
  const MAXIMA = [
    "1 0 1 3 4 7 2 7 15 15 15 11 17 10 10 2 2 0 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0",
    "1 1 0 0 1 2 0 5 10 11 15 6 18 12 14 5 4 5 3 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0",
    "0 0 0 0 0 0 0 2 4 8 5 4 16 19 15 15 8 12 6 4 3 0 3 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0",
    "0 0 0 0 0 0 0 0 0 1 2 1 3 14 13 26 8 13 11 10 2 0 5 6 1 1 0 2 0 1 0 0 0 0 0 0 0 0",
    "0 0 0 0 0 0 0 0 0 0 0 0 0 3 4 6 5 9 12 12 17 7 12 6 5 4 5 5 6 3 1 1 1 0 0 0 0 0",
    "0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 2 0 3 4 9 8 4 16 11 12 10 5 14 6 1 3 1 6 2 0 2 0 0",
    "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 6 4 4 9 10 13 2 12 17 11 6 3 6 9 4 4 3 1",
    "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 2 2 0 2 10 12 12 3 19 9 12 18 3 8 5 2 3 1 1",
    "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 2 1 1 7 6 13 10 12 16 12 6 6 6 7 7 3 0 2 0 2 1 0 0",
    "0 0 0 0 0 0 0 0 0 1 0 0 3 8 10 7 13 20 15 11 9 6 4 7 4 5 0 1 0 0 0 0 0 0 0 0 0 0",
    "0 0 0 1 1 0 1 1 3 9 13 12 11 24 15 11 5 9 2 2 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0",
    "0 0 1 3 1 4 6 17 13 18 19 7 10 8 8 2 3 2 1 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0",
  ].map((row) => row.split(" ").map(Number));
  const COLDEST = -2;
  const TABLES = ["1", "5", "sun", "weather"];
  const MOST = 60; // rounds
  const ENOUGH = 10; // rounds before the task is judged

  /** The counts of one month: sun or not, kinds of weather, or bins of so many degrees. */
  function counts(month, by) {
    if (by === "weather") return KINDS[month];
    if (by === "sun") return [KINDS[month][4], math.sum(KINDS[month].slice(0, 4))];
    const width = Number(by), first = Math.floor(COLDEST / width), bins = [];
    MAXIMA[month].forEach((days, k) => {
      const bin = Math.floor((COLDEST + k) / width) - first;
      bins[bin] = (bins[bin] ?? 0) + days;
    });
    return bins;
  }

  const shares = (list) => {
    const total = math.sum(list);
    return list.map((count) => count / total);
  };

  /** The day of a round: which month it is from, and which outcome it shows. */
  function draw(seed, round, p, q) {
    const first = math.chance(seed, 2 * round) < 0.5, place = math.chance(seed, 2 * round + 1);
    let below = 0, outcome = -1;
    const month = first ? p : q;
    while (outcome < month.length - 1 && below <= place) below += month[++outcome];
    while (month[outcome] === 0) outcome--; // rounding must not draw what never happened
    return { first, outcome };
  }

  const entropy = (u) => math.entropy([u, 1 - u]);

  class WhichMonth extends Rounds {
    static strings = {
      en: {
        name: "Which month? An interactive figure",
        task: "Play ten rounds or more, and earn 90 % of what can be known.",
        hint: "A coin chose one of the two months, and a day of it was drawn: the marked bars show what it was like, and how " +
          "common that is in either month. If it is three times as common in the first month, the chance of that month is ¾.",
        months: ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
        kinds: ["drizzle", "fog", "rain", "snow", "sun"],
        sun: ["sun", "no sun"],
        first: "First month",
        second: "Second month",
        by: "You are told",
        tables: { sun: "sun or no sun", weather: "the kind of weather", 5: "the maximum, to 5 °C", 1: "the maximum, to 1 °C" },
        chance: (month) => `Chance that it is ${month}`,
        state: "State it",
        again: "New game",
        day: (what) => `The day: ${what}`,
        degrees: (low, width) => (width === 1 ? `${low} °C` : `${low} to ${low + width} °C`),
        score: "Your mean score",
        ceiling: "JS: the most on average",
        hits: "Hits",
        best: "(1 + TV)/2: the most on average",
        earned: "Earned of what your days could tell",
        rounds: "Rounds",
        bit: "bits",
        of: "of all rounds",
        mean: "mean score (bits)",
        told: (month, score) => `It was ${month}: ${score} bit.`,
        head: ["Round", "Day", "Chance stated", "It was", "Score (bit)"],
        summary: (rounds, score, ceiling) => `${rounds} rounds, mean score ${score} bit; JS is ${ceiling} bit.`,
        solved: (part) => `You earned ${part} of what your days could tell. Nobody earns more than JS in the long run; the rest is luck, ` +
          "and evens out.\nNow choose two neighbouring months, or finer bins: how far does the ceiling move?",
        short: (part) => `${part} of what your days could tell. State the chance that the two bars suggest, no more and no less.`,
      },
    };

    static parse(read) {
      const by = read("by") ?? "sun";
      if (!TABLES.includes(by)) throw new Error(`by="${by}" is none of ${TABLES.join(", ")}`);
      const month = (name, start) => Math.round(numberBetween(read(name) ?? start, name, 1, 12));
      return { a: month("a", "7"), b: month("b", "1"), by, ...this.parseRounds(read, MOST, "rounds") };
    }

    static days({ a, b, by, seed }) {
      const p = shares(counts(a - 1, by)), q = shares(counts(b - 1, by));
      return { p, q, day: (round) => draw(seed, round, p, q) };
    }

    static measure(state) {
      const { p, q, day } = WhichMonth.days(state), m = p.map((x, i) => (x + q[i]) / 2);
      let score = 0, hits = 0, worth = 0, most = 0;
      const scores = state.said.map((s, round) => {
        const { first, outcome } = day(round), u = p[outcome] / (p[outcome] + q[outcome]);
        const gain = 1 - math.surprise(first ? s : 1 - s);
        score += gain;
        hits += s === 0.5 ? 0.5 : (s > 0.5) === first;
        most += 1 - entropy(u);
        worth += 1 - (u > 0 ? u * math.surprise(s) : 0) - (u < 1 ? (1 - u) * math.surprise(1 - s) : 0);
        return gain;
      });
      const rounds = state.said.length;
      return {
        rounds, chance: state.chance, scores,
        score: score / rounds, hits: hits / rounds,
        earned: most < 1e-12 ? NaN : worth / most,
        js: (math.kl(p, m) + math.kl(q, m)) / 2 / Math.LN2,
        best: (1 + math.sum(p.map((x, i) => Math.abs(x - q[i]))) / 2) / 2,
      };
    }

    build() {
      const { words } = this;
      this.chanceSlider(words.chance(words.months[this.start.a - 1]), 26);
      const choice = (label, options, name, read) => {
        const select = html("select", { name }, options.map(([value, shownAs]) => html("option", { value }, shownAs)));
        select.addEventListener("change", () => this.go({ ...this.state, [name]: read(select.value), said: [] }));
        this.panel.append(html("label", { class: "xp-pick" }, label, " ", select));
        return [name, select];
      };
      const months = words.months.map((month, k) => [k + 1, month]);
      this.choices = [
        choice(words.first, months, "a", Number), choice(words.second, months, "b", Number),
        choice(words.by, Object.entries(words.tables), "by", String),
      ];
    }

    outcome(k) {
      const { words, state } = this;
      if (state.by === "weather") return words.kinds[k];
      if (state.by === "sun") return words.sun[k];
      const width = Number(state.by);
      return words.degrees((Math.floor(COLDEST / width) + k) * width, width);
    }

    draw(width) {
      const { words, numbers: found, state } = this, { p, q, day } = WhichMonth.days(state);
      const left = 46, right = width - 52, roof = 84, ground = 210, base = 372, top = 262;
      this.bar = scale(0, 1, left, right);
      const nodes = [line(left, 26, right, 26, "xp-rule"), line(left, 26, this.bar(state.chance), 26, "xp-bar-p"),
        text(right + 12, 31, "xp-number xp-p", shown(svg, "chance", state.chance, (v) => plain(v)))];
      const over = state.said.length >= MOST, { outcome } = day(state.said.length);
      nodes.push(text(left, 64, "xp-number xp-note", words.day(this.outcome(outcome))));
      const tall = Math.max(...p, ...q), y = scale(0, tall, ground, roof), step = (right - left) / p.length, wide = Math.max(1.5, step * 0.36);
      for (const [month, name, aside] of [[p, "p", -0.5], [q, "q", 0.5]]) {
        month.forEach((share, k) => {
          const x = left + step * (k + 0.5) + aside * wide - wide / 2;
          nodes.push(svg("rect", { x, y: y(share), width: wide, height: ground - y(share), class: `xp-block-${name} ${k === outcome && !over ? "xp-hit" : ""}` }));
        });
      }
      nodes.push(line(left, ground, right, ground, "xp-axis"));
      const every = p.length > 12 ? 5 : 1;
      p.forEach((_, k) => {
        const label = state.by === "weather" || state.by === "sun" ? this.outcome(k) : (Math.floor(COLDEST / Number(state.by)) + k) * Number(state.by);
        if (typeof label === "string" || label % (every * Number(state.by)) === 0) {
          nodes.push(text(left + step * (k + 0.5), ground + 16, "xp-tick xp-middle", String(label).replace("-", "−")));
        }
      });
      // The mean score, round by round, against its ceiling.
      const x = scale(0, Math.max(20, state.said.length), left, right), z = scale(-1, 1, base, top);
      for (const bits of [-1, 0, 1]) nodes.push(line(left, z(bits), right, z(bits), bits ? "xp-rule" : "xp-axis"), text(left - 8, z(bits) + 4, "xp-tick xp-end", String(bits).replace("-", "−")));
      nodes.push(line(left, z(found.js), right, z(found.js), "xp-limit"), text(right + 6, z(found.js) + 4, "xp-tick xp-m", "JS"),
        text(4, top - 10, "xp-axis-title", words.mean));
      let total = 0;
      const points = found.scores.map((gain, k) => [x(k + 1), z(Math.max(-1.1, Math.min(1, (total += gain) / (k + 1))))]);
      if (points.length) nodes.push(svg("path", { d: path(points), class: "xp-curve" }), svg("circle", { cx: points.at(-1)[0], cy: points.at(-1)[1], r: 4.5, class: "xp-dot" }));
      this.paint(base + 10, nodes);
      for (const [name, select] of this.choices) select.value = state[name];
      const [spec] = this.controls, label = words.chance(words.months[state.a - 1]);
      for (const node of [spec.knob, spec.input]) node.setAttribute("aria-label", label);
      this.panel.querySelector(".xp-slider > span").textContent = label;
      this.stateButton.disabled = over;
      const last = state.said.length - 1;
      this.note.textContent = last < 0 ? "" : words.told(words.months[(day(last).first ? state.a : state.b) - 1], this.score(found.scores[last]));
    }

    score(value) {
      return Number.isFinite(value) ? `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}` : "−∞";
    }

    readouts() {
      const { words } = this;
      return [
        [words.score, "score", words.bit, "strong"],
        [words.ceiling, "js", words.bit, "m"],
        [words.hits, "hits", words.of],
        [words.best, "best"],
        [words.earned, "earned", "", "strong"],
        [words.rounds, "rounds", "", "", (value) => plain(value, 0)],
      ];
    }

    table() {
      const { words, numbers: found, state } = this, { day } = WhichMonth.days(state);
      return {
        head: words.head,
        body: state.said.map((s, k) => {
          const { first, outcome } = day(k);
          return [String(k + 1), [`day_${k}`, outcome, () => this.outcome(outcome)], [`said_${k}`, s], words.months[(first ? state.a : state.b) - 1], [`score_${k}`, found.scores[k]]];
        }),
      };
    }

    summary() {
      return `${this.note.textContent} ${this.words.summary(this.state.said.length, this.number("score"), this.number("js"))}`;
    }

    judge() {
      const { rounds, earned } = this.numbers;
      if (rounds < ENOUGH || Number.isNaN(earned)) return null;
      const part = `${plain(100 * Math.max(earned, -9), 0)} %`;
      return earned >= 0.9 ? { done: true, text: this.words.solved(part) } : { done: false, text: this.words.short(part) };
    }
  }

  define("which-month", WhichMonth);
})();
