// Typesets TeX with MathJax where there is no browser: see mathematics.py, which loads MathJax and calls this.
"use strict";
const { liteAdaptor } = MathJax._.adaptors.liteAdaptor;
const { RegisterHTMLHandler } = MathJax._.handlers.html_ts;
const { AssistiveMmlHandler } = MathJax._.a11y["assistive-mml"];
const { TeX } = MathJax._.input.tex_ts;
const { SVG } = MathJax._.output.svg_ts;
const { TeXFont } = MathJax._.output.svg.fonts.tex_ts;

const adaptor = liteAdaptor();
AssistiveMmlHandler(RegisterHTMLHandler(adaptor));

const font = new TeXFont({});
const output = new SVG({ font, fontCache: "global", internalSpeechTitles: false });
const input = new TeX({
  packages: ["base", "ams", "newcommand", "boldsymbol", "mathtools"],
  tags: "none", // Sphinx numbers the equations
  formatError: (_, error) => { throw error; },
});
const book = MathJax._.mathjax.mathjax.document("", { InputJax: input, OutputJax: output });

// The surrounding font's x-height equals the mathematical font's: then no formula is scaled, and its size,
// given in ex, follows any text font.
const em = 16;
const metrics = { em, ex: em * font.params.x_height, containerWidth: 80 * em };

let known = 0; // the outlines that Python has already

function typeset(tex, display) {
  try {
    const [svg, mml] = adaptor.childNodes(book.convert(tex, { display, ...metrics }));
    const outlines = adaptor.childNodes(output.fontCache.getCache());
    const glyphs = outlines.slice(known).map(
      (path) => [adaptor.getAttribute(path, "id"), adaptor.getAttribute(path, "d")]);
    known = outlines.length;
    return JSON.stringify({ svg: adaptor.outerHTML(svg), mml: adaptor.innerHTML(mml), glyphs });
  } catch (error) {
    return JSON.stringify({ error: error.message });
  }
}
