/* The submarine: each shot tells something, and the whole hunt always tells six bits. */
(function () {
  "use strict";

  const { Explorable, define, format, math, plain, numberBetween, html, svg, shown, scale, path, text, line } = globalThis.explorables;

  const SIDE = 8, SEA = SIDE * SIDE;
  const NAMES = "ABCDEFGH";

  const hidden = (seed) => Math.floor(math.chance(seed, 0) * SEA);

  /** What each shot told, in bits: a miss among n squares log2(n/(n - 1)), the hit log2 n. */
  function told(seed, shots) {
    const boat = hidden(seed);
    return shots.map((square, k) => {
      const open = SEA - k;
      return square === boat ? Math.log2(open) : Math.log2(open / (open - 1));
    });
  }

  class SubmarineHunt extends Explorable {
    static strings = {
      en: {
        name: "The submarine: an interactive figure",
        task: "Find the submarine. How many bits will the whole hunt tell you?",
        hint: "It hides on one of 64 squares, each as likely as any other. Shoot where you like; no square is better than another.",
        sea: "The sea, 8 by 8 squares",
        square: (name, state) => `${name}: ${state}`,
        open: "not shot at",
        miss: "miss",
        hit: "hit",
        bits: "told so far (bits)",
        last: "This shot told",
        total: "All shots together",
        left: "Squares left",
        chance: "Chance of a hit with the next shot",
        again: "New submarine",
        five: "Five shots at random",
        bit: "bits",
        head: ["Shot", "Square", "Told (bits)", "So far (bits)"],
        summary: (n, total) => `${n} shots, ${total} bits.`,
        solved: (shots, hit) => `Hit with shot ${shots}, which told ${hit} bits. All shots together told exactly 6, the number of ` +
          "halvings of 64 squares.\nPlay again: early or late, by plan or at random, the total is always 6.",
      },
    };

    static parse(read) {
      const shots = (read("shots") ?? "").split(".").filter(Boolean).map((part) => Math.round(numberBetween(part, "shots", 0, SEA - 1)));
      const seed = Math.round(numberBetween(read("seed") ?? "1", "seed", 0, 9999));
      if (new Set(shots).size !== shots.length) throw new Error("shots names a square twice");
      const found = shots.indexOf(hidden(seed));
      if (found >= 0 && found < shots.length - 1) throw new Error("shots goes on after the hit");
      return { seed, shots };
    }

    static write({ seed, shots }) {
      return { seed, shots: shots.join(".") };
    }

    static measure({ seed, shots }) {
      const bits = told(seed, shots), hit = shots.includes(hidden(seed)), left = hit ? 1 : SEA - shots.length;
      return { bits, hit, total: math.sum(bits), last: bits.at(-1) ?? NaN, left, chance: hit ? NaN : 1 / left };
    }

    build() {
      this.sea = html("div", { class: "xp-sea", role: "grid", "aria-label": this.words.sea });
      this.squares = [];
      for (let row = 0; row < SIDE; row++) {
        const line = html("div", { class: "xp-row", role: "row" });
        for (let column = 0; column < SIDE; column++) {
          const index = row * SIDE + column;
          const square = html("div", { class: "xp-square", role: "gridcell", tabindex: index ? "-1" : "0" });
          square.addEventListener("click", () => this.shoot(index));
          square.addEventListener("keydown", (event) => this.key(event, row, column));
          this.squares.push(square);
          line.append(square);
        }
        this.sea.append(line);
      }
    }

    finish() {
      const { words } = this;
      this.stage.before(this.sea);
      this.five = this.button(words.five, () => {
        let state = this.state;
        for (let n = 0; n < 5 && !state.shots.includes(hidden(state.seed)); n++) {
          const open = this.squares.map((_, k) => k).filter((k) => !state.shots.includes(k));
          const pick = open[Math.floor(math.chance(state.seed, state.shots.length + 1) * open.length)];
          state = { ...state, shots: [...state.shots, pick] };
        }
        this.go(state);
      });
      this.buttons.prepend(this.five, this.button(words.again, () => {
        this.solved = false;
        this.go({ seed: (this.state.seed + 1) % 10000, shots: [] });
      }));
    }

    key(event, row, column) {
      const way = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
      if (event.key === "Enter" || event.key === " ") this.shoot(row * SIDE + column);
      else if (!way) return;
      event.preventDefault();
      if (!way) return;
      const to = [row + way[0], column + way[1]].map((x) => Math.max(0, Math.min(SIDE - 1, x)));
      this.focusOn(to[0] * SIDE + to[1]);
    }

    focusOn(index) {
      this.squares.forEach((square, k) => square.setAttribute("tabindex", k === index ? "0" : "-1"));
      this.squares[index].focus();
    }

    shoot(index) {
      this.focusOn(index);
      const { seed, shots } = this.state;
      if (shots.includes(index) || shots.includes(hidden(seed))) return;
      this.update({ seed, shots: [...shots, index] });
    }

    draw(width) {
      const { words, numbers: found, state } = this, boat = hidden(state.seed);
      this.squares.forEach((square, k) => {
        const shot = state.shots.includes(k), hit = shot && k === boat, name = `${NAMES[k % SIDE]}${1 + Math.floor(k / SIDE)}`;
        square.setAttribute("aria-label", words.square(name, hit ? words.hit : shot ? words.miss : words.open));
        square.classList.toggle("xp-missed", shot && !hit);
        square.classList.toggle("xp-boat", hit);
        square.textContent = hit ? "◆" : shot ? "•" : "";
      });
      const left = 34, right = width - 14, ground = 172, roof = 34;
      const x = scale(0, Math.max(8, state.shots.length), left, right), y = scale(0, 6, ground, roof);
      const nodes = [text(4, 16, "xp-axis-title", words.bits)];
      for (let bits = 0; bits <= 6; bits += 2) nodes.push(line(left, y(bits), right, y(bits), bits === 6 ? "xp-limit" : bits ? "xp-rule" : "xp-axis"), text(left - 8, y(bits) + 4, "xp-tick xp-end", bits));
      let total = 0;
      const points = [[x(0), y(0)]];
      found.bits.forEach((told, k) => {
        points.push([x(k + 1), y(total)], [x(k + 1), y(total += told)]);
      });
      nodes.push(svg("path", { d: path(points), class: "xp-line-p" }), svg("circle", { cx: points.at(-1)[0], cy: points.at(-1)[1], r: 5, class: found.hit ? "xp-dot-q" : "xp-dot" }));
      this.paint(ground + 8, nodes);
      this.five.disabled = found.hit;
    }

    readouts() {
      const { words } = this;
      return [
        [words.last, "last", words.bit, "q"],
        [words.total, "total", words.bit, "strong"],
        [words.left, "left", "", "", (value) => plain(value, 0)],
        [words.chance, "chance"],
      ];
    }

    table() {
      const { words, numbers: found, state } = this;
      let total = 0;
      return {
        head: words.head,
        body: state.shots.map((k, n) => [String(n + 1), [`square_${n}`, k, () => `${NAMES[k % SIDE]}${1 + Math.floor(k / SIDE)}`],
          [`told_${n}`, found.bits[n]], [`total_${n}`, (total += found.bits[n])]]),
      };
    }

    summary() {
      return this.words.summary(this.state.shots.length, this.number("total"));
    }

    judge() {
      const { words, numbers: found, state } = this;
      return found.hit ? { done: true, text: words.solved(state.shots.length, format(found.last)) } : null;
    }
  }

  define("submarine-hunt", SubmarineHunt);
})();
