"""Put right what Sphinx and its extensions write where axe-core, a phone or a slow line would object."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bs4 import BeautifulSoup, NavigableString, Tag

from .pictures import Picture

# A picture of at most this width in CSS pixels is shown whole on a phone: its letters stay large enough.
PHONE = 500


def parse(text: str) -> BeautifulSoup:
    """Read a piece of a page."""
    return BeautifulSoup(text, "html.parser")


def clean(
    text: str,
    pictures: Callable[[str], Picture | None],
    words: Callable[[str], str],
    warn: Callable[[str], None],
) -> str:
    """Put the body of a page right.

    Parameters
    ----------
    text : str
        The body as Sphinx wrote it.
    pictures : callable
        Publishes the picture behind an address; returns nothing for one that is no picture of the book.
    words : callable
        Says in words a text that holds formulas.
    warn : callable
        Reports a fault that only the author can correct.
    """
    soup = parse(without_plain_tokens(text))
    drop_scripts(soup)
    trim_number(soup)
    unname_box_contents(soup)
    fold(soup)
    box_tables(soup, words)
    correct_roles(soup)
    keep_with_punctuation(soup)
    keep_with_percent(soup)
    measure_code(soup)
    place_images(soup, pictures, warn)
    find_stray_dollars(soup, warn)
    return str(soup)


def without_plain_tokens(text: str) -> str:
    """Unwrap the parts of code that have no colour of their own: half of all elements of a chapter."""
    return re.sub(r'<span class="(?:n|nn|o|p|w)">([^<]*)</span>|<span></span>', r"\1", text)


def drop_scripts(soup: BeautifulSoup) -> None:
    """Drop the scripts that sphinx-thebe puts into every page: they ask another host for a kernel."""
    for script in soup.find_all("script"):
        if script.get("type") == "text/x-thebe-config" or "kernelName" in script.get_text():
            script.decompose()


def trim_number(soup: BeautifulSoup) -> None:
    """Take the full stop from the number in a page's title, which the style sheet shows as `Chapter 1`."""
    number = soup.select_one("h1 > .section-number")
    if number is not None:
        number.string = number.get_text().strip().rstrip(".")
        number["data-level"] = "Chapter" if number.string.isdecimal() else "Side road"


def unname_box_contents(soup: BeautifulSoup) -> None:
    """Make the contents of theorem and exercise boxes plain: all carry one and the same id."""
    for section in soup.select("section#proof-content, section#exercise-content, section#solution-content"):
        section.name = "div"
        del section["id"]
    for proof in soup.select("div.proof#proof"):
        del proof["id"]
        words = proof.find(string=re.compile(r"^Proof\. "))
        if words is not None:
            title = soup.new_tag("em", attrs={"class": "proof-title"})
            title.string = "Proof."
            words.insert_before(title)
            words.replace_with(words.removeprefix("Proof."))


def fold(soup: BeautifulSoup) -> None:
    """Make folded boxes from `details`, which opens by keyboard and without a script."""
    for box in soup.select(".admonition.dropdown"):
        title = box.find(class_="admonition-title", recursive=False)
        box.name = "details"
        title.name = "summary"
        # A link in the part that opens the box could not be reached; the box stands below what it links to.
        for link in title.find_all("a"):
            link.unwrap()
        words = title.get_text()
        if not title.find(True) or words.startswith("Solution to"):
            title.string = re.sub(r"\s+", " ", words).strip()


def box_tables(soup: BeautifulSoup, words: Callable[[str], str]) -> None:
    """Let wide tables scroll in a box of their own; give each heading words, and none to an empty cell."""
    for cell in soup.find_all("th"):
        if not cell.get_text(strip=True):
            cell.name = "td"
        for formula in cell.select(".math"):
            formula["role"], formula["aria-label"] = "img", words(formula.get_text())
    for table in soup.find_all("table"):
        table.wrap(soup.new_tag("div", attrs={"class": "scroll", "data-label": "Table"}))


def keep_with_percent(soup: BeautifulSoup) -> None:
    """Let no line end between a number and its percent sign."""
    for text in soup.find_all(string=re.compile(r"\d %")):
        if not text.find_parent("pre"):
            text.replace_with(unbroken(text))


def unbroken(text: str) -> str:
    """Put a space that does not break between a number and its percent sign."""
    return re.sub(r"(?<=\d) %", "\N{NO-BREAK SPACE}%", text)


def measure_code(soup: BeautifulSoup) -> None:
    """Tell the style sheet how long the longest line of code is, so that it may fit a phone."""
    for block in soup.select(".cell pre"):
        columns = max(map(len, block.get_text().split("\n")))
        block["style"] = f"--columns: {max(columns, 1)}"


def correct_roles(soup: BeautifulSoup) -> None:
    """Replace roles and names that are deprecated, wrong, or stand in the wrong place."""
    for entry in soup.select("[role=doc-biblioentry]"):
        entry["role"] = "listitem"
    for notes in soup.select("aside.footnote-list"):
        notes.name = "div"
        notes["role"] = "list"
    for note in soup.select("aside.footnote"):
        note.name = "div"
        note["role"] = "listitem"
    for summary in soup.select("summary[aria-label]"):
        del summary["aria-label"]  # a fold of code is called what it shows: "Show the code"
    for mark in soup.select("a.headerlink"):
        mark["aria-label"] = mark.get("title", "Link to this place")


def keep_with_punctuation(soup: BeautifulSoup) -> None:
    """Keep a formula on one line with the comma after it and the bracket before it."""
    for math in soup.select("span.math:not(.wide)"):
        before, after = math.previous_sibling, math.next_sibling
        head = tail = ""
        if isinstance(before, NavigableString) and (match := re.search(r"[(\[“‘]+$", before)):
            head = match[0]
        if isinstance(after, NavigableString) and (match := re.match(r"[.,;:!?)\]”’–-]+\w*", after)):
            tail = match[0]
        if not head and not tail:
            continue
        keep = math.wrap(soup.new_tag("span", attrs={"class": "keep"}))
        if head:
            before.replace_with(before[: -len(head)])
            keep.insert(0, head)
        if tail:
            after.replace_with(after[len(tail) :])
            keep.append(tail)


def place_images(
    soup: BeautifulSoup, pictures: Callable[[str], Picture | None], warn: Callable[[str], None]
) -> None:
    """Give images their size, so that the text does not jump, and load those further down when needed."""
    for image in soup.find_all("img"):
        address = image.get("src", "")
        if not image.get("alt"):
            warn(f"an image without alt text: {address}")
        picture = pictures(address)
        if picture is None:
            continue
        image["src"] = address.rpartition("/")[0] + "/" + picture.name
        image["width"], image["height"] = str(picture.width), str(picture.height)
        if re.fullmatch(r"(width|height): \d+px; (width|height): \d+px;", image.get("style", "")):
            del image["style"]  # would keep the height on a screen that is narrower than the picture
        image["loading"], image["decoding"] = "lazy", "async"
        if image.parent.name == "a" and image.parent.get("href") == address:
            image.parent.unwrap()
        if picture.width > PHONE:
            image["class"] = [*image.get("class", []), "wide"]
        if image.parent.name == "figure":
            image.wrap(soup.new_tag("div", attrs={"class": "scroll", "data-label": "Figure"}))


def find_stray_dollars(soup: BeautifulSoup, warn: Callable[[str], None]) -> None:
    """Report a dollar sign beside a formula: a display that was read as a formula in the running text."""
    for math in soup.select("span.math"):
        for text in (math.previous_sibling, math.next_sibling):
            if isinstance(text, NavigableString) and (text.endswith("$") or text.startswith("$")):
                warn("a stray $ beside a formula: put an empty line before and after a $$ display")


def contents(text: str) -> str:
    """Return the list of the sections of a page, without the page itself."""
    soup = parse(text)
    keep_with_percent(soup)
    inner = soup.select_one("ul > li > ul")
    return str(inner) if isinstance(inner, Tag) and inner.find("a") else ""


def navigation(text: str) -> str:
    """Return the table of contents, the headings of its parts being plain text."""
    soup = parse(text)
    for caption in soup.select("p.caption"):
        for name in ("role", "aria-level"):
            del caption[name]
    for link in soup.select("a.current"):
        link["aria-current"] = "page"
    keep_with_percent(soup)
    return str(soup)


def tags_with_hyphen(text: str) -> Iterator[str]:
    """Yield the names of the web components in a page."""
    yield from sorted(set(re.findall(r"<([a-z]+(?:-[a-z]+)+)\b", text)))
