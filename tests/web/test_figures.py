"""Figures and code fit a phone with letters that can be read, and figures do not glare at night."""

from __future__ import annotations

import base64
import colorsys
import io
import json
import re
from collections.abc import Iterator

import pytest
from built import BOOK, CHAPTERS, DESK, MARKS, ROOT, UNFOLD, Visit, address
from PIL import Image
from playwright.sync_api import Browser

from divergences import plotting

PHONE = {"width": 390, "height": 844}
MAIN = ["01_prior", "02_kl", "03_cross_entropy", "04_js", "05_wasserstein", "06_side_by_side"]
MAIN += ["07_as_a_loss"]
SIDE = ["07b_from_samples", "07c_drift_at_scale"]
SIZE = re.compile(r"(?:fontsize|labelsize|titlesize)\W+(?:=\s*)?([\d.]+|\"[\w-]+\"|'[\w-]+')")
# The colours that carry a meaning, and the contrast that each needs: words 4.5, lines 3.
COLOURS = {
    "BLUE": plotting.BLUE,
    "ORANGE": plotting.ORANGE,
    "GREEN": plotting.GREEN,
    "INK": plotting.INK,
    "GREY": plotting.GREY,
    **dict(zip(("violet", "amber"), plotting._STYLE["axes.prop_cycle"].by_key()["color"][3:5], strict=True)),
}

pytestmark = MARKS


@pytest.fixture(scope="module")
def visit(chromium: Browser) -> Iterator[Visit]:
    """Open a window as sharp as that of a phone."""
    context = chromium.new_context(color_scheme="light", device_scale_factor=2, is_mobile=True)
    yield Visit(context)
    context.close()


def smallest_letters(name: str) -> float:
    """Return the size in points of the smallest text that the code of a chapter draws."""
    cells = json.loads((ROOT / "chapters" / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    named = [size for size in SIZE.findall(code) if not size[0].isdigit()]
    assert not named, f"chapters/{name}.ipynb: give sizes of letters in points, not as {named}"
    return min([plotting._STYLE["font.size"], *map(float, SIZE.findall(code))])


@pytest.mark.parametrize("name", MAIN)
def test_letters_in_the_figures_can_be_read_on_a_phone_and_on_a_desk(visit: Visit, name: str) -> None:
    page = visit.open(address(f"chapters/{name}.html"))
    page.evaluate(UNFOLD)
    pixels = smallest_letters(name) * plotting._STYLE["figure.dpi"] / 72
    for screen, least in ((PHONE, 10), (DESK, 12)):
        page.set_viewport_size(screen)
        for alt, drawn, shown, room in page.locator("main figure img").evaluate_all(
            """images => images.filter(image => image.checkVisibility()).map(image => [
                image.alt, Number(image.getAttribute('width')), image.clientWidth,
                image.parentElement.clientWidth])"""
        ):
            assert shown <= room, f"{alt[:50]!r} is cut at {screen['width']} px: draw it plotting.WIDTH wide"
            size = pixels * shown / drawn
            assert size >= least, f"{alt[:50]!r}: letters of {size:.1f} px at {screen['width']} px"


@pytest.mark.parametrize(
    ("name", "blocks"), [*((name, ".cell pre") for name in MAIN), *((name, ".output pre") for name in SIDE)]
)
def test_code_and_printed_tables_of_the_chapters_fit_a_phone(visit: Visit, name: str, blocks: str) -> None:
    page = visit.open(address(f"chapters/{name}.html"))
    page.set_viewport_size(PHONE)
    cut = """blocks => blocks
        .filter(block => block.checkVisibility() && block.scrollWidth > block.clientWidth)
        .map(block => block.textContent)"""
    assert page.locator(blocks).evaluate_all(cut) == []


def test_a_figure_that_scrolls_says_so(visit: Visit) -> None:
    wide = [name for name in CHAPTERS if 'class="wide"' in (BOOK / name).read_text(encoding="utf-8")]
    if not wide:
        pytest.skip("no figure of the book is wide")
    page = visit.open(address(wide[0]))
    page.set_viewport_size(PHONE)
    page.evaluate(UNFOLD)
    box = page.locator("figure > .scroll:has(> img.wide)").first
    page.wait_for_function("box => box.getAttribute('role') === 'group'", arg=box.element_handle())
    sign = box.evaluate("box => getComputedStyle(box.nextElementSibling, '::before').content")
    assert "scrolls sideways" in sign


def luminance(colour: tuple[int, ...]) -> float:
    """Return the relative luminance of a colour, as WCAG defines it."""
    parts = [part / 255 for part in colour[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """Return the contrast of two colours."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def hue(colour: tuple[int, ...]) -> float:
    """Return the hue of a colour in degrees."""
    return 360 * colorsys.rgb_to_hls(*(part / 255 for part in colour[:3]))[0]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_keep_their_hues_and_their_contrast_in_both_themes(visit: Visit, theme: str) -> None:
    # In the place of a figure stands a picture of the colours that figures are drawn with, on white.
    drawn = Image.new("RGB", (20 * (len(COLOURS) + 1), 20), "white")
    for place, colour in enumerate(COLOURS.values(), 1):
        drawn.paste(colour, (20 * place, 0, 20 * place + 20, 20))
    png = io.BytesIO()
    drawn.save(png, "PNG")
    page = visit.open(address("chapters/02_kl.html"))
    page.emulate_media(color_scheme=theme)
    page.locator(f"html[data-theme={theme}]").wait_for(state="attached")
    image = page.locator("main figure img").first
    image.evaluate(
        """async (image, data) => {
            image.removeAttribute('height');
            Object.assign(image.style, { width: '320px', padding: 0, borderRadius: 0 });
            image.src = `data:image/png;base64,${data}`;
            await image.decode();
        }""",
        base64.b64encode(png.getvalue()).decode(),
    )
    seen = Image.open(io.BytesIO(image.screenshot())).convert("RGB")
    paper = tuple(
        map(int, re.findall(r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor")))
    )
    step = seen.width / (len(COLOURS) + 1)
    ground, *colours = (
        seen.getpixel((round(step * (k + 0.5)), seen.height // 2)) for k in range(len(COLOURS) + 1)
    )
    assert max(abs(a - b) for a, b in zip(ground, paper, strict=True)) <= 1, "the ground is not the page's"
    for (name, before), after in zip(COLOURS.items(), colours, strict=True):
        assert contrast(after, paper) >= 4.5, name
        if name not in {"INK", "GREY"}:
            rgb = tuple(bytes.fromhex(before[1:]))
            assert abs(hue(after) - hue(rgb)) <= 5, name
