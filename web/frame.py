"""The frame of the book's pages: what the templates of the theme show, and which files a page loads."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError
from sphinx.util import logging
from sphinx.util.fileutil import copy_asset

from . import mathematics, pictures, postprocess, search

logger = logging.getLogger(__name__)

# With the repository's address, the pages link to it, and to services that run their notebooks.
REPOSITORY = "BOOK_REPOSITORY_URL"
BRANCH = "BOOK_REPOSITORY_BRANCH"
# With the site's own address, pages name it to search engines and social networks.
SITE = "BOOK_SITE_URL"

# The draggable figures, each a web component in the file of its tag's name.
WEB = Path(__file__).resolve().parent
EXPLORABLES = WEB / "explorables"
STATIC = WEB / "theme" / "static"

# Made by web/scripts/print_book.py; the first page links to it when it is there.
PDF = "divergences.pdf"

# What Sphinx and its extensions add and this theme does itself, or without. All other files are loaded.
REPLACED = {
    "basic",
    "clipboard",
    "copybutton",
    "design-tabs",
    "doctools",
    "documentation_options",
    "exercise",
    "mystnb",
    "proof",
    "pygments",
    "sphinx-book-theme",
    "sphinx-design",
    "sphinx-thebe",
    "sphinx_highlight",
    "togglebutton",
}

SOCIAL = (
    "_static/social.png",
    "Two bell curves, one blue and one orange, with the area between them shaded",
)

CHAPTER = re.compile(r"chapters/\d\d_\w+")  # a side road has a letter after the digits
BITMAPS = {".png", ".jpg", ".webp"}


def repository() -> dict[str, str] | None:
    """Return the repository's address and its parts, or nothing when it is not known."""
    url = os.environ.get(REPOSITORY, "").rstrip("/").removesuffix(".git")
    if not url:
        return None
    match = re.fullmatch(r"https://github\.com/([\w.-]+)/([\w.-]+)", url)
    if match is None:
        raise ConfigError(f"{REPOSITORY} is {url!r}; it must look like https://github.com/owner/name")
    branch = os.environ.get(BRANCH, "") or "main"
    return {"url": url, "name": f"{match[1]}/{match[2]}", "branch": branch}


def page_links(app: Sphinx, pagename: str) -> list[dict[str, Any]]:
    """List what a reader can do with a page: take it along, run it, correct it."""
    if pagename not in app.env.found_docs:
        return []
    if pagename == app.config.root_doc and Path(app.outdir, PDF).exists():
        return [{"text": "The whole book as PDF", "url": PDF, "download": True}, *source_links(app, pagename)]
    return source_links(app, pagename)


def source_links(app: Sphinx, pagename: str) -> list[dict[str, Any]]:
    """List what a reader can do with the source of a page."""
    source = Path(app.env.doc2path(pagename, base=False)).as_posix()
    is_notebook = source.endswith(".ipynb")
    links: list[dict[str, Any]] = []
    if is_notebook:
        address = "../" * pagename.count("/") + f"_sources/{quote(source)}"
        links.append({"text": "Download notebook", "url": address, "download": True})
    known = repository()
    if known is None:
        return links
    url, name, branch, path = known["url"], known["name"], known["branch"], quote(source)
    if is_notebook:
        binder = f"https://mybinder.org/v2/gh/{name}/{branch}?urlpath=lab/tree/{path}"
        links.append({"text": "Run on Binder", "url": binder})
        links.append(
            {
                "text": "Run on Colab",
                "url": f"https://colab.research.google.com/github/{name}/blob/{branch}/{path}",
                "note": "Colab does not have this book's package. Run this in a first cell:",
                "code": f'%pip install --quiet "divergences[plotting] @ git+{url}"',
            }
        )
    links.append({"text": "Edit this page", "url": f"{url}/edit/{branch}/{path}"})
    title = quote(f"{plain_title(app, pagename)}: ")
    links.append({"text": "Report a mistake", "url": f"{url}/issues/new?title={title}"})
    return links


def plain_title(app: Sphinx, pagename: str) -> str:
    """Return a page's title as text."""
    title = app.env.titles.get(pagename)
    return title.astext() if title is not None else {"search": "Search"}.get(pagename, pagename)


def next_chapter(app: Sphinx, pagename: str) -> str | None:
    """Return the chapter that follows a chapter: the next page is a side road."""
    chapters = sorted(name for name in app.env.found_docs if CHAPTER.fullmatch(name))
    later = [name for name in chapters if name > pagename]
    return later[0] if pagename in chapters and later else None


def description(app: Sphinx, doctree: nodes.document | None) -> str:
    """Return the first paragraph of running text, without its formulas, as the page's description."""
    for paragraph in doctree.findall(nodes.paragraph) if doctree is not None else ():
        if isinstance(paragraph.parent, nodes.section) and not any(paragraph.findall(nodes.math)):
            text = " ".join(paragraph.astext().split())
            if len(text) > 40:
                return text if len(text) <= 200 else text[:200].rsplit(" ", 1)[0] + " …"
    return "How far apart are two probability distributions? Five answers, computed, drawn and tested."


def picture_to_share(app: Sphinx, doctree: nodes.document | None, files: dict[str, Path]) -> tuple[str, str]:
    """Return the address of the page's first figure, or else the book's picture, and what it shows."""
    for figure in doctree.findall(nodes.figure) if doctree is not None else ():
        for image in figure.findall(nodes.image):
            source = files.get(Path(image["uri"]).name)
            if source is not None and source.suffix == ".png":
                return pictures.share(app, source), image.get("alt", "")
    return SOCIAL


def stamped(folder: Path, name: str) -> str:
    """Return a file's name with its digest, so that no browser shows an old one."""
    return f"{name}?v={hashlib.sha256((folder / name).read_bytes()).hexdigest()[:8]}"


def add_context(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Prepare everything that the templates show."""
    if app.builder.format != "html":
        return
    builder = app.builder
    files = {name: Path(app.srcdir, source) for source, name in getattr(builder, "images", {}).items()}

    def picture(address: str) -> pictures.Picture | None:
        """Publish the picture behind an address, if it is one of Sphinx's."""
        source = files.get(Path(address).name)
        return pictures.publish(app, source) if source is not None and source.suffix in BITMAPS else None

    def warn(text: str) -> None:
        logger.warning("%s", text, location=pagename, type="page")

    typesetter = mathematics.typesetter()
    body = postprocess.clean(context["body"], picture, typesetter.words, warn) if "body" in context else ""
    onward = next_chapter(app, pagename)
    parts = {
        "body": body,
        "contents": postprocess.contents(context.get("toc", "")),
        "navigation": postprocess.navigation(
            str(context["toctree"](collapse=True, includehidden=True, titles_only=True, maxdepth=3))
        ),
        "prev_title": postprocess.unbroken((context.get("prev") or {}).get("title", "")),
        "next_title": postprocess.unbroken((context.get("next") or {}).get("title", "")),
        "next_chapter_title": plain_title(app, onward) if onward else "",
    }
    parts = {name: typesetter.fill(text) for name, text in parts.items()}
    sheets = [stamped(STATIC, sheet.name) for sheet in sorted(STATIC.glob("*.css"))]
    figures = explorables(body)
    context.update(
        parts,
        glyphs=typesetter.glyphs(*parts.values()),
        plain_title=plain_title(app, pagename),
        description=description(app, doctree),
        shared_picture=picture_to_share(app, doctree, files),
        author=app.config.author,
        docstitle=app.config.html_title,
        repository=repository(),
        page_links=page_links(app, pagename),
        next_chapter=builder.get_relative_uri(pagename, onward) if onward else "",
        site_url=site_url(),
        search_terms=search.terms(app) if pagename == "search" else [],
        style_sheets=[*sheets, *added(context["css_files"]), *(file for file in figures if ".css" in file)],
        main_script=stamped(STATIC, "book.js"),
        page_scripts=[*added(context["script_files"]), *(file for file in figures if ".js" in file)],
    )


def added(files: Iterable[Any]) -> list[str]:
    """List the style sheets or scripts that extensions of Sphinx add and that the theme does not replace."""
    names = [os.fspath(file.filename).removeprefix("_static/") for file in files if file.filename]
    return [name for name in names if Path(name).name.partition(".")[0] not in REPLACED]


def explorables(body: str) -> list[str]:
    """List the files that the draggable figures of a page need."""
    tags = [tag for tag in postprocess.tags_with_hyphen(body) if (EXPLORABLES / f"{tag}.js").is_file()]
    names = ["explorables.css", "core.js", *(f"{tag}.js" for tag in tags)] if tags else []
    return [f"explorables/{stamped(EXPLORABLES, name)}" for name in names]


def drop_old_frames(app: Sphinx, env: BuildEnvironment) -> None:
    """Remove the pages of source code when the frame of all pages has changed: Sphinx would keep them."""
    if app.builder.format != "html":
        return
    titles = sorted((name, title.astext()) for name, title in env.titles.items())
    state = hashlib.sha256(repr((app.config.book_digest, titles)).encode()).hexdigest()
    kept = Path(app.doctreedir, "frame")
    if not kept.exists() or kept.read_text(encoding="utf-8") != state:
        for folder in ("_modules", "tests"):
            for page in Path(app.outdir, folder).rglob("*.html"):
                page.unlink()
        kept.write_text(state, encoding="utf-8")


def drop_old_pages(app: Sphinx, error: Exception | None) -> None:
    """Remove the pages of documents that are there no more."""
    if error is None and app.builder.format == "html":
        for folder in {name.partition("/")[0] for name in app.env.found_docs if "/" in name}:
            for page in Path(app.outdir, folder).glob("*.html"):
                if f"{folder}/{page.stem}" not in app.env.found_docs:
                    page.unlink()


def copy_explorables(app: Sphinx, error: Exception | None) -> None:
    """Put the draggable figures beside the other static files."""
    if error is None and app.builder.format == "html":
        copy_asset(EXPLORABLES, Path(app.outdir, "_static", "explorables"))


def site_url() -> str:
    """Return the address of the published book with a slash at its end, or nothing."""
    url = os.environ.get(SITE, "")
    return url if not url or url.endswith("/") else url + "/"


def digest() -> str:
    """Summarise all that shapes every page and that Sphinx does not watch."""
    state = hashlib.sha256(repr([os.environ.get(name) for name in (REPOSITORY, BRANCH, SITE)]).encode())
    for file in sorted(p for p in WEB.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        state.update(file.read_bytes())
    return state.hexdigest()


def set_digest(app: Sphinx, config: Any) -> None:
    """Let Sphinx write all pages anew when their frame has changed; refuse a wrong address at once."""
    repository()
    config.book_digest = digest()


def reread_start_when_pdf_appears(app: Sphinx, env: BuildEnvironment, *_: set[str]) -> list[str]:
    """Name the first page when the PDF has come or gone."""
    if app.builder.format != "html":
        return []
    exists = Path(app.outdir, PDF).exists()
    before, env.book_has_pdf = getattr(env, "book_has_pdf", exists), exists
    return [app.config.root_doc] if before != exists else []


def rewrite_all_when_titles_change(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """Name all pages when a title has changed: every page shows all titles."""
    titles = [(name, env.titles[name].astext()) for name in sorted(env.found_docs) if name in env.titles]
    before, env.book_titles = getattr(env, "book_titles", None), titles
    return env.found_docs if before not in (None, titles) else []


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_html_theme("divergences", str(WEB / "theme"))
    for part in (mathematics, pictures):
        part.setup(app)
    app.add_config_value("book_digest", "", "html")
    app.connect("config-inited", set_digest)
    app.connect("env-get-outdated", reread_start_when_pdf_appears)
    app.connect("env-updated", rewrite_all_when_titles_change)
    app.connect("env-updated", drop_old_frames)
    app.connect("build-finished", copy_explorables)
    app.connect("build-finished", drop_old_pages)
    # After all other extensions have had their say.
    app.connect("html-page-context", add_context, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
