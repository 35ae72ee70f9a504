// What the pages do beyond standing there: theme, copying, scrolling by keyboard, the place on the page.
"use strict";

(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  // A page opened as a file, or with cookies blocked, may have no storage.
  const stored = (value) => {
    try {
      if (value !== undefined) localStorage.setItem("theme", value);
      return localStorage.getItem("theme");
    } catch {
      return null;
    }
  };
  const show = () => {
    root.dataset.theme = stored() ?? (dark.matches ? "dark" : "light");
    const button = document.querySelector("button.theme");
    if (button) button.setAttribute("aria-pressed", String(root.dataset.theme === "dark"));
  };
  show(); // before the page is drawn, so that it does not flash
  dark.addEventListener("change", show);

  // Fetch the text font before the first letter needs it: one that comes late is not used on this page.
  for (const style of ["", "bold ", "italic "]) document.fonts?.load(`${style}1em "Literata Book"`);

  const ready = () => {
    const button = document.querySelector("button.theme");
    button.hidden = false;
    button.addEventListener("click", () => {
      const theme = root.dataset.theme === "dark" ? "light" : "dark";
      stored(theme);
      show();
      root.dataset.theme = theme; // also where nothing can be stored
      button.setAttribute("aria-pressed", String(theme === "dark"));
    });
    show();
    addCopyButtons();
    watchScrollBoxes();
    followContents();
    showPlaceInMenu();
    revealTarget();
    offerSearch();
  };

  const showPlaceInMenu = () => {
    const menu = document.getElementById("book-menu");
    const here = menu.querySelector("[aria-current]");
    if (here) menu.scrollTop = here.offsetTop - menu.clientHeight / 2;
  };

  // The search is loaded when it is wanted: by a click into its box, or by the key /.
  const offerSearch = () => {
    const input = document.querySelector("input[type=search]");
    const load = () => {
      if (document.querySelector("script[src*='search/search.js']")) return;
      const script = document.createElement("script");
      script.src = `${root.dataset.content_root}_static/search/search.js`;
      document.head.append(script);
    };
    input.addEventListener("focus", load);
    addEventListener("keydown", (event) => {
      const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      if (input.checkVisibility()) input.focus();
      else document.querySelector(".find-link").click(); // on a phone the search has a page of its own
    });
  };

  // The code without what the interpreter wrote: prompts, and the output below them.
  const codeOf = (pre) => {
    const lines = pre.textContent.replace(/\n$/, "").split("\n");
    const typed = lines.filter((line) => /^(>>>|\.\.\.)( |$)/.test(line));
    return typed.length ? typed.map((line) => line.slice(4)).join("\n") : lines.join("\n");
  };

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.body.appendChild(document.createElement("textarea"));
      area.value = text;
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };

  const addCopyButtons = () => {
    const status = document.body.appendChild(document.createElement("div"));
    status.className = "spoken";
    status.setAttribute("role", "status");
    for (const link of document.querySelectorAll("a.headerlink")) {
      link.addEventListener("click", async () => {
        await copy(link.href);
        link.classList.add("copied");
        status.textContent = "The address of this place is copied";
        setTimeout(() => {
          link.classList.remove("copied");
          status.textContent = "";
        }, 1500);
      });
    }
    for (const block of document.querySelectorAll(".cell_input .highlight, .highlight")) {
      if (block.closest(".cell_output, .source") || block.querySelector("button.copy")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.setAttribute("aria-label", "Copy the code");
      button.addEventListener("click", async () => {
        await copy(codeOf(block.querySelector("pre")));
        button.textContent = "Copied";
        status.textContent = "Copied";
        setTimeout(() => {
          button.textContent = "Copy";
          status.textContent = "";
        }, 1500);
      });
      block.append(button);
    }
  };

  // A box that scrolls sideways must be reachable by keyboard; one that does not must not be in the way.
  const watchScrollBoxes = () => {
    // All boxes are measured before any is changed: a change makes the next measure lay out the page again.
    const measure = (box) => ({
      box,
      scrolls: box.scrollWidth > box.clientWidth + 1,
      more: box.scrollLeft + box.clientWidth < box.scrollWidth - 2,
    });
    const mark = ({ box, scrolls, more }) => {
      if (scrolls) {
        box.tabIndex = 0;
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", `${box.dataset.label ?? "Code"}, scrolls sideways`);
      } else if (box.getAttribute("role") === "group") {
        for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
      }
      box.classList.toggle("more", more);
    };
    const observer = new ResizeObserver((entries) => entries.map(({ target }) => measure(target)).forEach(mark));
    for (const box of document.querySelectorAll(".scroll, .math.wide, pre")) {
      observer.observe(box);
      box.addEventListener("scroll", () => mark(measure(box)), { passive: true });
    }
  };

  // Mark in the page's contents the section that is being read.
  const followContents = () => {
    const links = new Map();
    for (const link of document.querySelectorAll(".page-menu a")) {
      const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      if (section) links.set(section, link);
    }
    const visible = new Set();
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          if (isIntersecting) visible.add(target);
          else visible.delete(target);
        }
        const current = [...links.keys()].filter((section) => visible.has(section)).pop();
        for (const [section, link] of links) {
          if (section === current) link.setAttribute("aria-current", "location");
          else link.removeAttribute("aria-current");
        }
      },
      { rootMargin: "-15% 0px -75% 0px" },
    );
    for (const section of links.keys()) observer.observe(section);
  };

  // Folded boxes: open the one that a link leads into, and all of them on paper.
  const revealTarget = () => {
    const open = () => {
      const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      const fold = target?.closest("details");
      if (fold && !fold.open) {
        fold.open = true;
        target.scrollIntoView();
      }
    };
    open();
    addEventListener("hashchange", open);
    let closed = [];
    addEventListener("beforeprint", () => {
      closed = [...document.querySelectorAll("details:not([open])")];
      for (const fold of closed) fold.open = true;
    });
    addEventListener("afterprint", () => {
      for (const fold of closed) fold.open = false;
    });
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
  else ready();
})();
