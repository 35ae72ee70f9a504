/* Beat the plan in the plane: bakeries and cafés to drag, loaves to send, the best plan and its prices. */
(function () {
  "use strict";

  const { Explorable, define, math, plain, numbers, html, svg, shown, scale, line, text } = globalThis.explorables;
  const { sum, table, transport, NOTHING } = math;

  const BAKED = [30, 20, 10], WANTED = [12, 12, 18, 12, 6];
  const TOWN = [[3, 4], [6, 10], [13, 3], [0, 4], [0, 0], [3, 6], [10, 7], [9, 0]];
  const NAMES = ["A", "B", "C", "1", "2", "3", "4", "5"];
  const EAST = 15, NORTH = 11; // kilometres
  const STEP = 0.5;

  const distances = (places) =>
    table(3, 5, (i, j) => Math.hypot(places[i][0] - places[3 + j][0], places[i][1] - places[3 + j][1]));
  const loaves = (plan, km) => sum(plan.flatMap((row, i) => row.map((mass, j) => mass * km[i][j])));
  const column = (plan, j) => sum(plan.map((row) => row[j]));

  /** Whether another plan costs as little: a route without load can be made a little cheaper and is then used. */
  function tied(plan, km, best) {
    const shorter = 1e-4;
    return plan.some((row, i) => row.some((mass, j) => {
      if (mass > NOTHING) return false;
      const other = km.map((line, a) => line.map((d, b) => (a === i && b === j ? d - shorter : d)));
      const found = transport(BAKED, WANTED, other).plan;
      return found[i][j] > NOTHING && loaves(found, km) < best + 1e-9;
    }));
  }

  class PlanInTown extends Explorable {
    static strings = {
      en: {
        name: "Beat the plan in the plane: an interactive figure",
        task: "Send all loaves, and find the plan that costs least.",
        hint: "Press a field of the table to send as many loaves as possible that way, or to take them back. Serve first " +
          "the cafés that have only one oven near. Stuck? Look at the best plan.",
        grid: "Plan: rows are the bakeries, columns the cafés",
        bakery: (name) => `Bakery ${name}`,
        cafe: (name) => `Café ${name}`,
        place: (x, y) => `${x} km east, ${y} km north`,
        field: (from, to, mass, km) => `${from} to café ${to}: ${mass} loaves, ${km} km`,
        left: "left",
        missing: "missing",
        corner: "loaves",
        cost: "Your plan",
        optimum: "Best plan",
        sent: "Sent",
        unit: "loaf-km",
        of: "loaves",
        clear: "Take all back",
        show: "Show the best plan",
        prices: "Show prices",
        head: ["Route", "Loaves", "km", "Loaves × km", "Rise of the price"],
        total: "Sum",
        summary: (sent, cost, best) => `${sent} loaves sent, ${cost} loaf-kilometres; the best plan needs ${best}.`,
        above: (more) => `All loaves are on their way, ${more} loaf-kilometres more than needed.`,
        solved: (best) => `No plan costs less than ${best} loaf-kilometres. The proof is the list of prices (show them): ` +
          "from a bakery to a café the price never rises by more than the way, and along your routes by exactly the way.\n" +
          "A second find: drag the places until two different plans are both best.",
        tie: "A tie: two different plans are both best here.",
      },
    };

    static parse(read) {
      const at = read("at") ? numbers(read("at"), "at") : TOWN.flat();
      if (at.length !== 16 || at.some((x, k) => x < 0 || x > (k % 2 ? NORTH : EAST))) {
        throw new Error(`at="${at}": give 8 places on the map, east 0 to ${EAST} and north 0 to ${NORTH}`);
      }
      const flat = read("plan") ? numbers(read("plan"), "plan") : Array(15).fill(0);
      const plan = table(3, 5, (i, j) => flat[5 * i + j]);
      if (flat.length !== 15 || flat.some((x) => x < 0) || BAKED.some((mass, i) => sum(plan[i]) > mass + NOTHING) ||
        WANTED.some((mass, j) => column(plan, j) > mass + NOTHING)) {
        throw new Error(`plan="${flat}" sends more than there is, or than is wanted`);
      }
      return { places: table(8, 2, (k, c) => at[2 * k + c]), plan };
    }

    static write({ places, plan }) {
      return { at: places.flat().join(","), plan: plan.flat().join(",") };
    }

    static measure({ places, plan }) {
      const km = distances(places), best = transport(BAKED, WANTED, km), found = {};
      for (let i = 0; i < 3; i++) {
        found[`left_${i}`] = BAKED[i] - sum(plan[i]);
        for (let j = 0; j < 5; j++) {
          Object.assign(found, {
            [`mass_${i}_${j}`]: plan[i][j], [`km_${i}_${j}`]: km[i][j], [`part_${i}_${j}`]: plan[i][j] * km[i][j],
            [`rise_${i}_${j}`]: best.u[i] + best.v[j],
          });
        }
      }
      // The cheapest place has the price 0.
      const high = Math.max(...best.u);
      [...best.u.map((u) => high - u), ...best.v.map((v) => high + v)].forEach((price, k) => (found[`price_${k}`] = price));
      for (let j = 0; j < 5; j++) found[`missing_${j}`] = WANTED[j] - column(plan, j);
      return { ...found, cost: loaves(plan, km), optimum: loaves(best.plan, km), sent: sum(plan.flat()), best };
    }

    build() {
      this.board = html("div", { class: "xp-town-board", role: "group", "aria-label": this.words.grid });
      this.fields = table(3, 5, (i, j) => {
        const field = html("button", { type: "button", class: "xp-field" });
        field.addEventListener("click", () => this.press(i, j));
        return field;
      });
      this.handles = TOWN.map((_, k) => {
        const name = NAMES[k], bakery = k < 3;
        const handle = html("button", {
          type: "button", class: `xp-place ${bakery ? "xp-p" : "xp-q"}`,
        }, html("span", { class: "xp-tick" }, name));
        this.draggable(handle, (x, y) => this.move(k, [this.east.back(x), this.north.back(y)]), () => this.spot(k));
        handle.addEventListener("keydown", (event) => {
          const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
          if (!way) return;
          event.preventDefault();
          this.move(k, this.state.places[k].map((x, c) => x + STEP * way[c]));
        });
        this.stage.append(handle);
        return handle;
      });
    }

    finish() {
      const { words } = this;
      this.stage.after(this.board);
      const toggle = (label, name) => {
        const made = this.button(label, () => {
          this[name] = !this[name];
          made.setAttribute("aria-pressed", this[name]);
          this.render();
        });
        made.setAttribute("aria-pressed", false);
        return made;
      };
      this.buttons.prepend(toggle(words.show, "showing"), toggle(words.prices, "priced"),
        this.button(words.clear, () => this.go({ ...this.state, plan: table(3, 5, () => 0) })));
    }

    /** Send as much as possible from i to j, or take it back. */
    press(i, j) {
      const plan = this.state.plan.map((row) => [...row]);
      plan[i][j] = plan[i][j] > 0 ? 0 : Math.min(BAKED[i] - sum(plan[i]), WANTED[j] - column(plan, j));
      this.update({ ...this.state, plan });
    }

    move(k, [x, y]) {
      const snap = (value, most) => Math.max(0, Math.min(most, Math.round(value / STEP) * STEP));
      const places = this.state.places.map((place) => [...place]);
      places[k] = [snap(x, EAST), snap(y, NORTH)];
      this.update({ ...this.state, places });
    }

    spot(k) {
      const [x, y] = this.state.places[k];
      return [this.east(x), this.north(y)];
    }

    draw(width) {
      const { words, numbers: found, state } = this;
      const margin = 24, side = (width - 2 * margin) / EAST, height = side * NORTH + 2 * margin;
      this.east = scale(0, EAST, margin, width - margin);
      this.north = scale(0, NORTH, height - margin, margin);
      const nodes = [];
      for (let x = 0; x <= EAST; x += 5) nodes.push(line(this.east(x), this.north(0), this.east(x), this.north(NORTH), "xp-rule"));
      for (let y = 0; y <= NORTH; y += 5) nodes.push(line(this.east(0), this.north(y), this.east(EAST), this.north(y), "xp-rule"));
      const route = (i, j, mass, name) => {
        const [a, b] = this.spot(i), [c, d] = this.spot(3 + j);
        const drawn = svg("line", { x1: a, y1: b, x2: c, y2: d, class: name });
        drawn.style.strokeWidth = `${1 + mass / 3}px`;
        return drawn;
      };
      if (this.showing) {
        found.best.plan.forEach((row, i) => row.forEach((mass, j) => mass > NOTHING && nodes.push(route(i, j, mass, "xp-best"))));
      }
      state.plan.forEach((row, i) => row.forEach((mass, j) => {
        if (mass > NOTHING) nodes.push(route(i, j, mass, "xp-route"));
      }));
      state.plan.forEach((row, i) => row.forEach((mass, j) => {
        if (mass <= NOTHING) return;
        const [a, b] = this.spot(i), [c, d] = this.spot(3 + j);
        // Beside the middle of the way, so that neither the line nor, on a short way, the places cover it.
        const far = Math.hypot(c - a, d - b) || 1, aside = (far < 60 ? 22 : 11) + mass / 6;
        const x = (a + c) / 2 + (aside * (d - b)) / far, y = (b + d) / 2 - (aside * (c - a)) / far;
        nodes.push(text(x, y + 4, "xp-number xp-middle", shown(svg, `mass_${i}_${j}`, mass, (v) => plain(v, 1))));
      }));
      this.paint(height, nodes);
      this.handles.forEach((handle, k) => {
        const [x, y] = this.spot(k), [e, n] = state.places[k];
        handle.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
        handle.setAttribute("aria-label", `${k < 3 ? words.bakery(NAMES[k]) : words.cafe(NAMES[k])}, ${words.place(plain(e), plain(n))}`);
      });
      this.tabulateBoard();
    }

    tabulateBoard() {
      const { words, numbers: found, state } = this, one = (value) => plain(value, 1);
      const price = (k) =>
        this.priced ? html("small", { class: "xp-price" }, shown(html, `price_${k}`, found[`price_${k}`], (value) => plain(value, 2))) : null;
      const rows = [html("span", { class: "xp-corner" }, words.corner)];
      for (let j = 0; j < 5; j++) rows.push(html("span", { class: "xp-q" }, html("b", {}, NAMES[3 + j]), price(3 + j)));
      rows.push(html("span", { class: "xp-corner" }, words.left));
      for (let i = 0; i < 3; i++) {
        rows.push(html("span", { class: "xp-p" }, html("b", {}, NAMES[i]), price(i)));
        for (let j = 0; j < 5; j++) {
          const field = this.fields[i][j], mass = state.plan[i][j];
          field.setAttribute("aria-label", words.field(NAMES[i], NAMES[3 + j], one(mass), plain(found[`km_${i}_${j}`], 1)));
          field.classList.toggle("xp-sent", mass > 0);
          field.replaceChildren(shown(html, `mass_${i}_${j}`, mass, one));
          rows.push(field);
        }
        rows.push(html("span", {}, shown(html, `left_${i}`, found[`left_${i}`], one)));
      }
      rows.push(html("span", { class: "xp-corner" }, words.missing));
      for (let j = 0; j < 5; j++) rows.push(html("span", {}, shown(html, `missing_${j}`, found[`missing_${j}`], one)));
      const held = this.board.contains(document.activeElement) ? document.activeElement : null;
      this.board.replaceChildren(...rows);
      held?.focus();
    }

    readouts() {
      const { words } = this;
      return [
        [words.cost, "cost", words.unit, "strong"],
        [words.optimum, "optimum", words.unit, "m"],
        [words.sent, "sent", words.of, "", (value) => plain(value, 1)],
      ];
    }

    table() {
      const { words, numbers: found } = this, body = [];
      for (let i = 0; i < 3; i++) {
        for (let j = 0; j < 5; j++) {
          const key = `${i}_${j}`;
          body.push([`${NAMES[i]} → ${NAMES[3 + j]}`, ...["mass", "km", "part", "rise"].map((name) => [`${name}_${key}`, found[`${name}_${key}`]])]);
        }
      }
      body.push([words.total, ["sent", found.sent], "", ["cost", found.cost], ""]);
      return { head: words.head, body };
    }

    summary() {
      return this.words.summary(plain(this.numbers.sent, 1), this.number("cost"), this.number("optimum"));
    }

    judge() {
      const { words, numbers: found, state } = this;
      const moved = state.places.some(([x, y], k) => x !== TOWN[k][0] || y !== TOWN[k][1]);
      if (moved && tied(found.best.plan, distances(state.places), found.optimum)) return { done: false, text: words.tie };
      if (found.sent < 60 - 1e-6) return null;
      const more = found.cost - found.optimum;
      return more < 1e-6 ? { done: true, text: words.solved(this.number("optimum")) } : { done: false, text: words.above(plain(more, 1)) };
    }
  }

  define("plan-in-town", Object.assign(PlanInTown, { tied }));
})();
