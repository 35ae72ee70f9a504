/* Your forecast: thirty real days of 2015, a chance for each, paid in bits, against four forecasters. */
(function () {
  "use strict";

  const { Rounds, define, format, math, plain, svg, shown, scale, path, text, line } = globalThis.explorables;

  // Seattle: whether it was wet on 31 December 2014 and on each day of 2015, as bits of a hexadecimal number.
  const WET = [...BigInt("0x0b1c5ce43ff50c3801be7e9d32605d8103800030000804000001400028203a382642002d8e0dfd7ffc60fffdefd8").toString(2).padStart(366, "0")].map(Number);
  // The model's chance for each day of 2015 in thousandths, two digits of base 64 each.
  const DIGITS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  const MODEL = (
    "fBezkph0mMojikjGg4j3nXm_hIhhg4mAinneocl1huf1mpnXm_hrg7mZhRgHgGiBl1nemjncoEoEoTm3nMl7hVl7hzkFgVgZfMha" +
    "nXmhhWgwetfZnnn1omf_e-heeBdGfhe0eLeyfLjOmzhHkTodoykci6gLhrmQmCkHmDmjlXgljThJhjlsjQlefLjXeNc8juiKereo" +
    "mxfOfblkivdCcUdxeCdVdbjmdFkdjUhZdcfQjvehedeqdOdadJjXdLcncscgeQf0kMlpgBdwfMebded0c3cWfqfzeBfgdHcZcqcZ" +
    "czcIkfh2dPc5cCcfcHckcEb9cjdubSbScUcvb6dbfgcAcRcxbZdJcmcWcmgkdgb7cvcmctbEcacpcfbWb6e2eFdwdmcQcxcLb5ci" +
    "bRdhddcMcueFdDgzcgb2bwbVb6bFccc6cuchcYcuddciczczh7cxmudlcOccb6b9gWdxbRb_ckb4b9b7gzkPjwfLjGc2c6cSdAjv" +
    "f0dhdbdhc4cXgkdPdgfmivejeJhzc7cocgc0j4dxcxcHcqdHcNezd5cLctdYmRfLhzmCeGjFhYfpdjdphKl9i5faeseRe0fkjVmw" +
    "evlWlEnen1nAiVieekkffxnkmjkkibjTlyn6n3lVinndjgjjecd5eni1lTerdnc-defcfzmqkImTlynFneouoGnNm1jYnTmlgaj5" +
    "man4nKgXmLn-l-m9lVmTgOndlsgffQ"
  ).match(/../g).map(([high, low]) => (64 * DIGITS.indexOf(high) + DIGITS.indexOf(low)) / 1000);
  const CLIMATE = 479 / 1095; // the share of wet days from 2012 to 2014
  const MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  const ROUNDS = 30;
  const GROUPS = 5; // of stated chances, in the reader's own diagram

  const monthOf = (day) => {
    let month = 0;
    for (let rest = day; rest >= MONTHS[month]; month++) rest -= MONTHS[month];
    return month;
  };

  /** Thirty different days in the order of a game. */
  function days(seed) {
    const all = Array.from({ length: 365 }, (_, k) => k);
    for (let k = 0; k < ROUNDS; k++) {
      const other = k + Math.floor(math.chance(seed, k) * (365 - k));
      [all[k], all[other]] = [all[other], all[k]];
    }
    return all.slice(0, ROUNDS);
  }

  const price = (chance, wet) => math.surprise(wet ? chance : 1 - chance);

  class YourForecast extends Rounds {
    static strings = {
      en: {
        name: "Your forecast: an interactive figure",
        task: "Forecast thirty days of 2015, and pay less than the climatologist. Do not go bankrupt.",
        hint: "A wet day is followed by a wet one in two cases of three, a dry day in one of four. And July is not December. " +
          "Say 0 or 1 only if you would bet everything.",
        months: ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
        evening: (month, wet) => `${month}; today was ${wet ? "wet" : "dry"}.`,
        over: "Thirty days are over.",
        ask: "Chance of rain tomorrow",
        state: "State it",
        again: "New days",
        told: (wet, pays) => `${wet ? "It rained" : "It stayed dry"}: you pay ${pays} ${pays === "1" ? "bit" : "bits"}.`,
        you: "You",
        coward: "Coward, always ½",
        climate: "Climatologist",
        window: "Window",
        model: "Model",
        bit: "bits",
        paid: "paid so far (bits)",
        frequency: "share of wet days",
        stated: "stated",
        day: "Day",
        head: ["Day", "Stated", "It was", "You pay", "The model pays"],
        wet: "wet",
        dry: "dry",
        summary: (n, you, climate) => `${n} days: you have paid ${you} bits, the climatologist ${climate}.`,
        solved: (you, climate) => `${you} bits against ${climate}: you know more than the share of wet days in a year.\n` +
          "The diagram shows how honest your doubts were: of the days for which you said about 0.7, did seven in ten turn out wet?",
        lost: (you, climate) => `${you} bits against ${climate}. Look at the diagram: where the dots are flatter than the line, you were too sure.`,
        bankrupt: "Bankrupt: you gave what happened no chance at all. No later day can earn that back.",
      },
    };

    static parse(read) {
      return this.parseRounds(read, ROUNDS, "days");
    }

    static measure({ seed, said, chance }) {
      const order = days(seed), bills = { you: [], coward: [], climate: [], window: [], model: [] };
      said.forEach((s, k) => {
        const day = order[k], wet = WET[day + 1];
        bills.you.push(price(s, wet));
        bills.coward.push(1);
        bills.climate.push(price(CLIMATE, wet));
        bills.window.push(price(WET[day], wet));
        bills.model.push(price(MODEL[day], wet));
      });
      const totals = Object.fromEntries(Object.entries(bills).map(([name, list]) => [name, math.sum(list)]));
      const groups = Array.from({ length: GROUPS }, () => ({ days: 0, stated: 0, wet: 0 }));
      said.forEach((s, k) => {
        const group = groups[Math.min(GROUPS - 1, Math.floor(GROUPS * s + 1e-9))];
        group.days++;
        group.stated += s;
        group.wet += WET[order[k] + 1];
      });
      return { ...totals, chance, bills, groups, order };
    }

    build() {
      this.chanceSlider(this.words.ask, 48);
    }

    draw(width) {
      const { words, numbers: found, state } = this, { order, bills } = found, done = state.said.length;
      const left = 40, right = width - 52, roof = 96, ground = 300;
      this.bar = scale(0, 1, left, right);
      const over = done >= ROUNDS, day = order[Math.min(done, ROUNDS - 1)];
      const nodes = [
        text(4, 20, "xp-number", over ? words.over : words.evening(words.months[monthOf(day)], WET[day])),
        line(left, 48, right, 48, "xp-rule"), line(left, 48, this.bar(state.chance), 48, "xp-bar-p"),
        text(right + 12, 53, "xp-number xp-p", shown(svg, "chance", state.chance, (v) => plain(v))),
        text(4, roof - 12, "xp-axis-title", words.paid),
      ];
      const top = 36, x = scale(0, ROUNDS, left, right), y = scale(0, top, ground, roof);
      for (let bits = 0; bits <= top; bits += 12) nodes.push(line(left, y(bits), right, y(bits), bits ? "xp-rule" : "xp-axis"), text(left - 8, y(bits) + 4, "xp-tick xp-end", bits));
      for (const n of [0, 10, 20, 30]) nodes.push(text(x(n), ground + 18, "xp-tick xp-middle", n));
      for (const [name, style] of [["coward", "xp-faint"], ["climate", "xp-faint xp-dashed"], ["window", "xp-line-q"], ["model", "xp-line-p"], ["you", "xp-curve xp-thick"]]) {
        let total = 0;
        const points = [[x(0), y(0)]];
        for (let k = 0; k < done; k++) {
          total += bills[name][k];
          points.push([x(k + 1), y(Math.min(total, top + 2))]);
          if (total > top) break;
        }
        if (points.length > 1) nodes.push(svg("path", { d: path(points), class: style }));
      }
      if (over) nodes.push(...this.diagram(left, right, ground + 60));
      this.paint(over ? ground + 250 : ground + 30, nodes);
      this.stateButton.disabled = over;
      const last = done - 1;
      this.note.textContent = last < 0 ? "" : words.told(WET[order[last] + 1], plain(bills.you[last], 2).replace("Infinity", "∞"));
    }

    /** How often it was wet when the reader said so much. */
    diagram(left, right, roof) {
      const { words, numbers: found } = this, ground = roof + 160, x = scale(0, 1, left, Math.min(right, left + 260)), y = scale(0, 1, ground, roof);
      const nodes = [text(4, roof - 10, "xp-axis-title", words.frequency), line(x(0), y(0), x(1), y(1), "xp-limit"), line(x(0), y(0), x(1), y(0), "xp-axis")];
      for (const share of [0, 0.5, 1]) nodes.push(text(left - 8, y(share) + 4, "xp-tick xp-end", plain(share)), text(x(share), ground + 18, "xp-tick xp-middle", plain(share)));
      nodes.push(text(x(1) + 10, ground + 4, "xp-axis-title", words.stated));
      for (const { days: n, stated, wet } of found.groups) {
        if (n) nodes.push(svg("circle", { cx: x(stated / n), cy: y(wet / n), r: 3 + Math.sqrt(n) * 2, class: "xp-dot-p" }));
      }
      return nodes;
    }

    readouts() {
      const { words } = this;
      return [["you", "strong"], ["climate", ""], ["model", "p"], ["window", "q"], ["coward", ""]]
        .map(([name, tone]) => [words[name], name, words.bit, tone]);
    }

    table() {
      const { words, numbers: found, state } = this;
      return {
        head: words.head,
        body: state.said.map((s, k) => [String(k + 1), [`said_${k}`, s], WET[found.order[k] + 1] ? words.wet : words.dry, [`you_${k}`, found.bills.you[k]], [`model_${k}`, found.bills.model[k]]]),
      };
    }

    summary() {
      return `${this.note.textContent} ${this.words.summary(this.state.said.length, this.number("you"), this.number("climate"))}`;
    }

    judge() {
      const { words, numbers: found, state } = this;
      if (found.you === Infinity) return { done: false, text: words.bankrupt };
      if (state.said.length < ROUNDS) return null;
      const [you, climate] = [this.number("you"), this.number("climate")];
      return found.you < found.climate ? { done: true, text: words.solved(you, climate) } : { done: false, text: words.lost(you, climate) };
    }
  }

  define("your-forecast", YourForecast);
})();
