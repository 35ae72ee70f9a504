"""Number the side roads of a chapter as such: page `02c_…` is 2c, its sections and figures are 2c.1, 2c.2 ….

Sphinx counts the pages below a chapter on from the chapter's own sections, so that a side road would change
its number whenever the chapter gets a section.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx_external_toc.collectors import TocTreeCollectorWithStyles

SIDE_ROAD = re.compile(r"chapters/\d+([a-z])_\w+")
Number = tuple[int | str, ...]


def renumbered(docname: str, number: Number | None) -> Number | None:
    """Return the number of a section as a side road has it; other pages keep theirs."""
    match = SIDE_ROAD.fullmatch(docname)
    if match is None or not number or isinstance(number[0], str):
        return number
    return (f"{number[0]}{match[1]}", *number[2:])


def renumber(env: BuildEnvironment, docname: str) -> None:
    """Renumber one page wherever Sphinx keeps numbers: by place, in its title, in its contents."""
    numbers = env.toc_secnumbers[docname]
    for place, number in numbers.items():
        numbers[place] = renumbered(docname, number)
    references = env.tocs[docname].findall(nodes.reference)
    for node in (env.titles[docname], *references):
        if node.get("secnumber"):
            node["secnumber"] = list(renumbered(docname, tuple(node["secnumber"])))


def assign(
    original: Callable[[TocTreeCollectorWithStyles, BuildEnvironment], list[str]],
) -> Callable[[TocTreeCollectorWithStyles, BuildEnvironment], list[str]]:
    """Let numbers be assigned, then renumber the side roads; name the pages whose numbers change."""

    def assign_section_numbers(self: TocTreeCollectorWithStyles, env: BuildEnvironment) -> list[str]:
        before = copy.deepcopy(env.toc_secnumbers)
        original(self, env)
        for docname in env.toc_secnumbers:
            renumber(env, docname)
        return [name for name, numbers in env.toc_secnumbers.items() if before.get(name) != numbers]

    return assign_section_numbers


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx, which has no event between the numbers of sections and those of figures."""
    if TocTreeCollectorWithStyles.assign_section_numbers.__module__ != __name__:
        TocTreeCollectorWithStyles.assign_section_numbers = assign(
            TocTreeCollectorWithStyles.assign_section_numbers
        )
    return {"parallel_read_safe": True, "parallel_write_safe": True}
