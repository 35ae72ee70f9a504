// The search box: a combobox whose list shows, as one types, the places in the book that answer.
// Loaded when the reader turns to the search; it loads MiniSearch and the index, also for pages opened as files.
"use strict";

const Search = (() => {
  const root = document.documentElement.dataset.content_root;
  const folder = `${root}_static/search/`;
  const KINDS = { term: "Term", function: "Function", question: "Question", side: "Side road" };
  const SHOWN = 8;

  const load = (name) =>
    new Promise((done, fail) => {
      const script = document.createElement("script");
      script.src = folder + name;
      script.onload = done;
      script.onerror = () => fail(new Error(`${name} is missing`));
      document.head.append(script);
    });
  let loaded;
  const index = () =>
    (loaded ??= Promise.all(["minisearch.js", "words.js", "index.js"].map(load)).then(() =>
      MiniSearch.loadJSON(bookIndex, OPTIONS),
    ));

  // Put a text into an element, the words that were found marked.
  const marked = (element, text, found) => {
    let end = 0;
    for (const { 0: word, index: start } of text.matchAll(/[\p{L}\p{M}\p{N}]+/gu)) {
      if (!wordsOf(word).some((part) => found.has(stemOf(part)))) continue;
      const mark = document.createElement("mark");
      mark.textContent = word;
      element.append(text.slice(end, start), mark);
      end = start + word.length;
    }
    element.append(text.slice(end));
    return element;
  };

  // Return the part of a text that has most of the words, from the beginning of a word on.
  const excerpt = (text, found, length = 150) => {
    const places = [...text.matchAll(/[\p{L}\p{M}\p{N}]+/gu)]
      .filter(({ 0: word }) => wordsOf(word).some((part) => found.has(stemOf(part))))
      .map((match) => match.index);
    const count = (start) => places.filter((place) => place >= start && place < start + length - 20).length;
    const best = places.reduce((one, other) => (count(other) > count(one) ? other : one), places[0] ?? 0);
    const start = best < 60 ? 0 : text.lastIndexOf(" ", best - 30) + 1;
    const end = start + length < text.length ? text.lastIndexOf(" ", start + length) : text.length;
    return (start ? "… " : "") + text.slice(start, end) + (end < text.length ? " …" : "");
  };

  const make = (tag, name, ...children) => {
    const element = document.createElement(tag);
    element.className = name;
    element.append(...children);
    return element;
  };

  const option = (entry, id) => {
    const found = new Set(entry.terms);
    const link = make("a", "hit");
    Object.assign(link, { id, href: root + entry.url, tabIndex: -1 });
    link.setAttribute("role", "option");
    link.setAttribute("aria-selected", "false");
    const crumb = [KINDS[entry.kind], entry.crumb].filter(Boolean).join(" · ");
    if (crumb) link.append(make("span", "hit-crumb", crumb));
    link.append(marked(make("span", "hit-title"), entry.title, found));
    if (entry.shown) link.append(marked(make("span", "hit-text"), excerpt(entry.shown, found), found));
    return link;
  };

  // Make a search box of an input and the list that belongs to it.
  const attach = (input, list, status, shown = SHOWN) => {
    let active = -1;
    const options = () => [...list.children];
    const choose = (number) => {
      const all = options();
      active = all.length ? (number + all.length) % all.length : -1;
      all.forEach((one, i) => one.setAttribute("aria-selected", String(i === active)));
      if (active < 0) input.removeAttribute("aria-activedescendant");
      else {
        input.setAttribute("aria-activedescendant", all[active].id);
        all[active].scrollIntoView({ block: "nearest" });
      }
    };
    const close = () => {
      list.replaceChildren();
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      choose(-1);
    };
    const show = async () => {
      const query = input.value.trim();
      if (!query) {
        close();
        status.textContent = "";
        return;
      }
      const book = await index();
      if (input.value.trim() !== query) return; // the reader has typed on
      const hits = ask(book, query);
      list.replaceChildren(...hits.slice(0, shown).map((entry, i) => option(entry, `${list.id}-${i}`)));
      list.hidden = !hits.length;
      input.setAttribute("aria-expanded", String(!list.hidden));
      status.textContent = hits.length ? `${Math.min(hits.length, shown)} results` : `Nothing found for “${query}”`;
      choose(hits.length ? 0 : -1);
    };
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-expanded", "false");
    input.addEventListener("input", show);
    input.addEventListener("focus", () => list.hidden && show());
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        choose(active + (event.key === "ArrowDown" ? 1 : -1));
      } else if (event.key === "Enter" && active >= 0) {
        event.preventDefault();
        options()[active].click();
      } else if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        close();
      }
    });
    list.addEventListener("click", (event) => {
      if (event.target.closest("a")) setTimeout(close); // the place may be on this very page
    });
    document.addEventListener("pointerdown", (event) => {
      if (!list.contains(event.target) && event.target !== input && list.classList.contains("floating")) close();
    });
    index().then(show);
  };

  const header = document.querySelector(".find");
  const page = document.querySelector(".find-again");
  if (page) {
    const input = page.querySelector("input");
    input.value = new URLSearchParams(location.search).get("q") ?? "";
    attach(input, document.getElementById("search-results"), document.getElementById("search-status"), 30);
    if (location.hash === "#find") input.focus(); // the reader came here to type
  }
  if (header) {
    attach(header.querySelector("input"), document.getElementById("find-results"), document.getElementById("find-status"));
  }
  return { index };
})();
