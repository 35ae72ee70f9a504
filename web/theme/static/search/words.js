// How texts and queries become words, and what counts how much: the same when the index is made and when asked.
"use strict";

// Words that say nothing about what is asked.
const SILENT = new Set(
  ("a an and are as at be between but by can differ difference differs do does for from get has have how i if in is it " +
    "its me my of on or so than that the then there this to use versus vs was what when where which who why will with " +
    "you your").split(" "),
);

// Marks above letters and forms of digits do not matter. Chinese has no spaces: every pair of signs is a word.
const wordsOf = (text) => {
  const runs = text.normalize("NFKD").toLowerCase().replace(/\p{M}+/gu, "").match(/\p{Script=Han}+|[\p{L}\p{N}]+?(?=\p{Script=Han})|[\p{L}\p{N}]+/gu) ?? [];
  return runs.flatMap((run) =>
    /\p{Script=Han}/u.test(run) && run.length > 1
      ? Array.from({ length: run.length - 1 }, (_, i) => run.slice(i, i + 2))
      : [run],
  );
};

// The endings of English words do not matter either.
const stemOf = (word) => {
  if (SILENT.has(word)) return null;
  return word
    .replace(/(?<=\w{2})ies$/, "y")
    .replace(/(?<=\w{2}(?:s|x|ch|sh))es$/, "")
    .replace(/(?<=\w{2}[^s])s$/, "")
    .replace(/(?<=\w{3})(?:ing|ed|ly)$/, "")
    .replace(/(?<=\w{3})(.)\1$/, "$1")
    .replace(/(?<=\w{3})e$/, "");
};

const OPTIONS = {
  fields: ["title", "lead", "text"],
  storeFields: ["title", "crumb", "kind", "url", "shown"],
  extractField: (entry, field) => (field === "lead" ? entry.text.slice(0, 160) : entry[field]),
  tokenize: wordsOf,
  processTerm: stemOf,
};

// Main chapters before side roads before the reference part, unless the word is a term or a function.
const WEIGHTS = { question: 1.25, chapter: 1.2, box: 1, term: 1, function: 0.9, side: 0.9, reference: 0.55 };

const ASK = {
  boost: { title: 5, lead: 1.5 },
  prefix: (term, i, terms) => term.length > 2 && i === terms.length - 1,
  fuzzy: (term) => (term.length > 3 ? 0.2 : false),
  weights: { fuzzy: 0.3, prefix: 0.5 },
  boostDocument: (_, __, entry) => WEIGHTS[entry.kind] ?? WEIGHTS.reference,
};

// What readers write for what the book writes.
const ALSO = { emd: "earth mover", epsilon: "ε", pmf: "probability mass function" };

// Return the entries that answer a query, best first.
const ask = (index, typed) => {
  const query = typed.replace(/\p{L}+/gu, (word) => ALSO[word.toLowerCase()] ?? word);
  const wanted = wordsOf(query).map(stemOf).filter(Boolean);
  if (!wanted.length) return [];
  const found = index.search(query, ASK);
  const code = /[_(]/.test(query); // nobody writes words so, but functions are called so
  for (const entry of found) {
    // All words count more than one word often; a title that is the query counts most.
    entry.score *= (entry.queryTerms.length / wanted.length) ** 2;
    for (const name of entry.title.split(", ")) {
      const title = wordsOf(name).map(stemOf).filter(Boolean);
      if (title.length === wanted.length && title.every((word) => wanted.includes(word))) {
        entry.score *= 3;
        break;
      }
    }
    if (code && entry.kind === "function") entry.score *= 4;
  }
  return found.sort((one, other) => other.score - one.score);
};
