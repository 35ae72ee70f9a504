/* Beat the plan: a coupling table of two piles; swap the destinations of two cells, against the true optimum. */
(function () {
  "use strict";

  const { Explorable, define, math, plain, numbers, html, shown } = globalThis.explorables;
  const { table, transport, NOTHING } = math;

  const MOST = 8; // places

  const distances = (from, to) => table(from.length, to.length, (i, j) => Math.abs(i - j));
  const costOf = (plan, cost) => math.sum(plan.map((row, i) => math.sum(row.map((mass, j) => mass * cost[i][j]))));

  function independent(from, to) {
    const total = math.sum(from);
    return table(from.length, to.length, (i, j) => (from[i] * to[j]) / total);
  }

  /** `amount` leaves cells a and b and goes to the other two corners of their rectangle: margins stay. */
  function swapped(plan, [i, j], [k, l], amount) {
    const next = plan.map((row) => [...row]);
    const tidy = (mass) => (mass < NOTHING ? 0 : +mass.toFixed(9));
    for (const [a, b, sign] of [[i, j, -1], [k, l, -1], [i, l, 1], [k, j, 1]]) next[a][b] = tidy(next[a][b] + sign * amount);
    return next;
  }

  class BeatThePlan extends Explorable {
    static strings = {
      en: {
        name: "Beat the plan: an interactive figure",
        task: "Beat the independent plan. Then match the optimum.",
        hint: "Drag a cell onto a cell in another row and another column. A green −2 there says that each shovelful swapped " +
          "saves 2. Stuck? Show the prices: mass on a cell with slack is wasted.",
        grid: "Plan: rows are the piles to carry from, columns the places to carry to",
        corner: "to →\nfrom ↓",
        source: (i, mass) => `from ${i}: ${mass}`,
        target: (j, mass) => `to ${j}: ${mass}`,
        cell: (i, j, mass, cost) => `from ${i} to ${j}: ${mass}, distance ${cost}`,
        slack: (slack) => `, slack ${slack}`,
        change: (change) => `; swapping here changes the cost by ${change} for each unit`,
        choose: "Drag one cell onto another, or pick the two in turn: they swap destinations.",
        partner: (i, j) => `${i} → ${j} picked. Now a cell in another row and column; the numbers say what each unit costs or saves.`,
        empty: "Nothing is carried there. Pick a cell with mass.",
        moved: (amount, change) => `Swapped ${amount}: cost ${change}.`,
        small: { cost: "Small numbers: distance.", slack: "Small numbers: slack, distance − price here − price there." },
        amount: "Move",
        amounts: [["all", "all that fits"], ["1", "1"], ["0.1", "0.1"]],
        undo: "Undo",
        prices: "Show prices",
        optimal: "Show an optimal plan",
        cost: "Your plan",
        independent: "Independent plan",
        optimum: "Optimum",
        waste: "Above the optimum",
        head: ["Cell", "Mass", "Distance", "Mass × distance", "Slack", "Mass × slack"],
        total: "Sum",
        summary: (cost, best) => `Your plan costs ${cost}, the optimum ${best}.`,
        beaten: (cost, first, best) => `Beaten: ${cost} is less than ${first}. Random pairing, which is what independence ` +
          `means, carries mass past each other. Now match the optimum, ${best}.`,
        solved: (best, bill) => `Optimal: your plan costs ${best}, and no plan costs less.\n` +
          "Why? Let a carrier charge uᵢ for each unit picked up at i and vⱼ for each unit delivered to j: the prices in the " +
          "margins. Nowhere do the two together exceed the distance, the slack is never negative. So whatever the plan, " +
          `it costs at least the carrier's bill, and that is ${bill}. Yours costs no more, because all its mass lies on ` +
          "cells with slack 0.",
        peeked: (best) => `An optimal plan, cost ${best}: all mass lies on cells with slack 0. Press Reset and find one yourself.`,
      },
    };

    static parse(read) {
      const from = numbers(read("from") ?? "3,2,1,4", "from"), to = numbers(read("to") ?? "1,2,4,3", "to");
      for (const [name, pile] of [["from", from], ["to", to]]) {
        if (pile.length > MOST || pile.some((x) => x < 0)) throw new Error(`${name}="${pile}": give 1 to ${MOST} masses ≥ 0`);
      }
      const total = math.sum(from);
      const equal = (a, b) => Math.abs(a - b) <= 1e-6 * total;
      if (!(total > 0) || !equal(total, math.sum(to))) throw new Error(`from="${from}" and to="${to}" must have one positive sum`);
      if (!read("plan")) return { from, to, plan: independent(from, to) };
      const flat = numbers(read("plan"), "plan");
      const plan = table(from.length, to.length, (i, j) => flat[i * to.length + j]);
      const margins = from.every((mass, i) => equal(mass, math.sum(plan[i]))) &&
        to.every((mass, j) => equal(mass, math.sum(plan.map((row) => row[j]))));
      if (flat.length !== from.length * to.length || flat.some((x) => x < 0) || !margins) {
        throw new Error(`plan="${flat}" is no plan from "${from}" to "${to}"`);
      }
      return { from, to, plan };
    }

    static write({ plan }) {
      return { plan: plan.flat().map((mass) => +mass.toFixed(8)).join(",") };
    }

    static measure({ from, to, plan }) {
      const cost = distances(from, to), best = transport(from, to, cost);
      const found = {
        cost: costOf(plan, cost),
        independent: costOf(independent(from, to), cost),
        optimum: costOf(best.plan, cost),
        bill: math.sum(from.map((mass, i) => mass * best.u[i])) + math.sum(to.map((mass, j) => mass * best.v[j])),
        total: math.sum(plan.flat()),
        waste: 0,
        best,
      };
      plan.forEach((row, i) => row.forEach((mass, j) => {
        const slack = Math.max(0, cost[i][j] - best.u[i] - best.v[j]);
        found[`mass_${i}_${j}`] = mass;
        found[`distance_${i}_${j}`] = cost[i][j];
        found[`part_${i}_${j}`] = mass * cost[i][j];
        found[`slack_${i}_${j}`] = slack;
        found[`waste_${i}_${j}`] = mass * slack;
        found.waste += mass * slack;
      }));
      from.forEach((mass, i) => { found[`from_${i}`] = mass; found[`u_${i}`] = best.u[i]; });
      to.forEach((mass, j) => { found[`to_${j}`] = mass; found[`v_${j}`] = best.v[j]; });
      return found;
    }

    build() {
      const { words } = this, { from, to } = this.start;
      this.past = [];
      this.picked = null;
      this.here = [0, 0];
      const head = (role, tone) => html("div", { role, class: `xp-head xp-${tone}` });
      this.sources = from.map(() => head("rowheader", "p"));
      this.targets = to.map(() => head("columnheader", "q"));
      this.cells = table(from.length, to.length, (i, j) => {
        const unsaid = { "aria-hidden": "true" };  // the words say the same in full
        const parts = { square: html("i"), mass: html("b", unsaid), small: html("small", unsaid),
          words: html("span", { class: "xp-spoken" }) };
        const cell = html("div", { role: "gridcell", class: "xp-cell", tabindex: "-1" }, Object.values(parts));
        cell.addEventListener("focus", () => { this.here = [i, j]; });
        return Object.assign(cell, { parts, place: [i, j] });
      });
      const row = (...cells) => html("div", { role: "row", class: "xp-row" }, cells);
      this.board = html("div", { role: "grid", class: "xp-board", "aria-label": words.grid },
        row(html("div", { role: "columnheader", class: "xp-corner" }, words.corner), this.targets),
        this.cells.map((cells, i) => row(this.sources[i], cells)));
      this.note = html("p", { class: "xp-note" }, words.choose);
      this.key = html("p", { class: "xp-key" });
      this.picture.remove();
      this.side = html("div", { class: "xp-side" }, this.note, this.key);
      this.stage.append(this.board, this.side);
      this.listen();

      const radios = words.amounts.map(([value, label], i) => {
        const input = html("input", { type: "radio", name: `${this.name}-amount`, value, checked: i === 0 });
        input.addEventListener("change", () => { this.amount = value; });
        return html("label", {}, input, " ", label);
      });
      this.amount = "all";
      this.panel.append(html("fieldset", { class: "xp-choice" }, html("legend", {}, words.amount), radios));
    }

    listen() {
      const cellAt = (event) => {
        const cell = document.elementFromPoint(event.clientX, event.clientY)?.closest(".xp-cell");
        return cell && this.board.contains(cell) ? cell.place : null;
      };
      let grabbed = null;
      this.board.addEventListener("pointerdown", (event) => {
        const place = event.button === 0 && cellAt(event);
        if (!place) return;
        grabbed = { place, before: this.picked };
        this.board.setPointerCapture(event.pointerId);
        if (!this.picked && this.mass(place) > 0) this.pick(place);
      });
      this.board.addEventListener("pointermove", (event) => {
        if (!grabbed) return;
        const place = cellAt(event);
        for (const cell of this.cells.flat()) cell.classList.toggle("xp-target", cell.place === place && cell.place !== grabbed.place);
      });
      this.board.addEventListener("pointerup", (event) => {
        if (!grabbed) return;
        const place = cellAt(event), { place: start, before } = grabbed;
        grabbed = null;
        if (!place) return this.pick(null);
        this.focusOn(place);
        if (place === start) {
          // A tap: the second of two picks, or the first (picked on the way down).
          if (before) this.choose(place);
          else if (!(this.mass(place) > 0)) this.say(this.words.empty);
        } else {
          if (this.mass(start) > 0) this.pick(start);
          this.choose(place);
          this.pick(null);
        }
      });
      // A finger that moves up or down scrolls the page; any other way it drags the cell.
      let touched = null;
      this.board.addEventListener("touchstart", ({ touches: [{ clientX, clientY }] }) => { touched = [clientX, clientY]; }, { passive: true });
      this.board.addEventListener("touchmove", (event) => {
        const [{ clientX, clientY }] = event.touches;
        if (event.cancelable && Math.abs(clientX - touched[0]) > 0.4 * Math.abs(clientY - touched[1])) event.preventDefault();
      }, { passive: false });
      this.board.addEventListener("pointercancel", () => {
        grabbed = null;
        this.pick(null);
      });
      this.board.addEventListener("keydown", (event) => {
        const [i, j] = this.here, { from, to } = this.state;
        const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
        if (event.key in steps) {
          const [di, dj] = steps[event.key];
          this.focusOn([Math.max(0, Math.min(from.length - 1, i + di)), Math.max(0, Math.min(to.length - 1, j + dj))]);
        } else if (event.key === "Enter" || event.key === " ") this.choose(this.here);
        else if (event.key === "Escape" && this.picked) this.pick(null);
        else return;
        event.preventDefault();
      });
    }

    mass([i, j]) {
      return this.state.plan[i][j];
    }

    focusOn([i, j]) {
      for (const cell of this.cells.flat()) cell.tabIndex = -1;
      this.cells[i][j].tabIndex = 0;
      this.cells[i][j].focus({ preventScroll: true });
    }

    say(words) {
      this.note.textContent = words;
      this.status.textContent = words;
    }

    pick(place) {
      this.picked = place;
      if (place) this.say(this.words.partner(place[0] + 1, place[1] + 1));
      else if (this.note.textContent !== this.last) this.note.textContent = this.last ?? this.words.choose;
      this.render();
    }

    /** What one unit swapped between the picked cell and this one changes; null if they cannot swap. */
    change([k, l]) {
      const [i, j] = this.picked, c = (a, b) => this.numbers[`distance_${a}_${b}`];
      return i === k || j === l || !(this.mass([k, l]) > 0) ? null : c(i, l) + c(k, j) - c(i, j) - c(k, l);
    }

    /** The first of two cells is picked, the second swaps with it. */
    choose(place) {
      const same = this.picked && this.picked[0] === place[0] && this.picked[1] === place[1];
      if (same) return this.pick(null);
      if (!(this.mass(place) > 0)) return this.say(this.words.empty);
      const change = this.picked && this.change(place);
      if (change === null) return this.pick(place);
      const most = Math.min(this.mass(this.picked), this.mass(place));
      const amount = this.amount === "all" ? most : Math.min(most, +this.amount), before = this.state;
      this.past.push(before.plan);
      const sign = change > 0 ? "+" : "";
      this.last = this.words.moved(plain(amount), change ? sign + plain(change * amount) : "±0");
      const plan = swapped(before.plan, this.picked, place, amount);
      this.picked = null;
      this.peeked = false;
      this.note.textContent = this.last;
      return this.go({ ...before, plan });
    }

    finish() {
      const { words } = this;
      this.side.prepend(this.values);
      this.side.append(this.panel);
      const button = (label, action) => {
        const node = this.button(label, action);
        this.buttons.append(node);
        return node;
      };
      this.undo = button(words.undo, () => {
        this.show(this.past.pop());
      });
      this.priced = button(words.prices, () => {
        this.withPrices = !this.withPrices;
        this.render();
      });
      button(words.optimal, () => {
        this.past.push(this.state.plan);
        this.peeked = this.withPrices = true;
        this.show(this.numbers.best.plan);
      });
    }

    show(plan) {
      this.picked = null;
      this.last = null;
      this.note.textContent = this.words.choose;
      this.go({ ...this.state, plan });
    }

    reset() {
      this.past = [];
      this.peeked = this.withPrices = false;
      this.picked = this.last = null;
      this.note.textContent = this.words.choose;
      super.reset();
    }

    draw(width) {
      const { words, numbers: found } = this, { from, to, plan } = this.state;
      const margin = width < 66 + 44 * to.length ? 46 : 62;
      const side = Math.min(64, Math.floor((width - margin - 4) / to.length)), roomy = side >= 44;
      const most = Math.max(...from, ...to), fullest = Math.max(...plan.flat());
      this.board.style.gridTemplateColumns = `${margin}px repeat(${to.length}, ${side}px)`;
      this.board.style.gridAutoRows = `${side}px`;
      this.board.style.gridTemplateRows = "64px";
      this.board.classList.toggle("xp-tight", !roomy);
      const exact = (value) => plain(value);
      const head = (node, key, price, mass, vertical) => {
        const bar = html("i");
        bar.style[vertical ? "height" : "width"] = `${((vertical || roomy ? 26 : 12) * mass) / most}px`;
        node.replaceChildren(html("span", {}, html("b", {}, shown(html, key, mass, exact)),
          this.withPrices ? html("small", {}, `${price[0]} `, shown(html, price, found[price], exact)) : ""), bar);
      };
      from.forEach((mass, i) => head(this.sources[i], `from_${i}`, `u_${i}`, mass, false));
      to.forEach((mass, j) => head(this.targets[j], `to_${j}`, `v_${j}`, mass, true));

      const rounded = (mass) => (mass < 0.01 ? mass.toPrecision(1) : plain(mass, 2)).replace(roomy ? "" : /^0/, "");
      this.cells.flat().forEach((cell) => {
        const [i, j] = cell.place, mass = plan[i][j], { parts } = cell;
        const change = this.picked && this.change(cell.place);
        const key = this.withPrices ? `slack_${i}_${j}` : `distance_${i}_${j}`;
        // A small cell has room for one number: its mass, or what is asked of it just now.
        const note = change !== null ? (change > 0 ? "+" : "") + plain(change)
          : roomy || this.withPrices ? shown(html, key, found[key], exact) : "";
        const size = `${Math.sqrt(mass / fullest) * (side - (roomy ? 24 : 6))}px`;
        parts.square.style.width = parts.square.style.height = size;
        parts.mass.replaceChildren(mass > 0 && (roomy || !note) ? shown(html, `mass_${i}_${j}`, mass, rounded) : "");
        parts.small.replaceChildren(note);
        cell.classList.toggle("xp-noted", note !== "");
        cell.classList.toggle("xp-picked", Boolean(this.picked) && this.picked[0] === i && this.picked[1] === j);
        cell.classList.toggle("xp-better", change !== null && change < 0);
        cell.classList.toggle("xp-worse", change !== null && change > 0);
        cell.classList.toggle("xp-wasted", Boolean(this.withPrices) && found[`waste_${i}_${j}`] > NOTHING);
        cell.classList.toggle("xp-dim", Boolean(this.picked) && change === null);
        cell.setAttribute("aria-selected", cell.classList.contains("xp-picked"));
        parts.words.textContent = words.cell(i + 1, j + 1, plain(mass), plain(found[`distance_${i}_${j}`])) +
          (this.withPrices ? words.slack(plain(found[key])) : "") + (change === null ? "" : words.change(plain(change)));
        if (this.here[0] === i && this.here[1] === j) cell.tabIndex = 0;
      });
      this.key.textContent = this.withPrices ? words.small.slack : roomy ? words.small.cost : "";
      this.undo.disabled = this.past.length === 0;
      this.priced.setAttribute("aria-pressed", Boolean(this.withPrices));
    }

    readouts() {
      const { words } = this;
      return [[words.cost, "cost", "", "strong"], [words.independent, "independent", ""], [words.optimum, "optimum", "", "m"],
        [words.waste, "waste", "", "q"]];
    }

    table() {
      const { numbers: found } = this;
      const body = this.cells.flat().map(({ place: [i, j] }) => [`${i + 1} → ${j + 1}`,
        ...["mass", "distance", "part", "slack", "waste"].map((name) => [`${name}_${i}_${j}`, found[`${name}_${i}_${j}`]])]);
      body.push([this.words.total, ["total", found.total], "", ["cost", found.cost], "", ["waste", found.waste]]);
      return { head: this.words.head, body };
    }

    summary() {
      return `${this.last ?? ""} ${this.words.summary(this.number("cost"), this.number("optimum"))}`.trim();
    }

    judge() {
      const { words, numbers: found } = this, best = plain(found.optimum, 4);
      const enough = NOTHING * math.sum(this.state.from);
      if (this.peeked) return { done: false, text: words.peeked(best) };
      if (found.cost <= found.optimum + enough) {
        this.withPrices = true;
        this.render();
        return { done: true, text: words.solved(best, plain(found.bill, 4)) };
      }
      if (found.cost < found.independent - enough) return { done: false, text: words.beaten(plain(found.cost, 4), plain(found.independent, 4), best) };
      return null;
    }
  }

  define("beat-the-plan", BeatThePlan);
})();
