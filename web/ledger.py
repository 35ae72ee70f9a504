"""The claim ledger: every proposition of the book, and the tests that claim it.

The propositions are read from the pages, in the order of the table of contents; the claims from the syntax
trees of the tests. Nothing is executed and nothing is written by hand, so that the page that the reader
sees and the test that guards it cannot drift apart.
"""

from __future__ import annotations

import ast
import math
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import yaml
from markdown_it import MarkdownIt
from mdit_py_plugins.colon_fence import colon_fence_plugin

from . import portable

# Boxes that assert something; a definition, a remark or an example asserts nothing that could be wrong.
ASSERTIONS = {"corollary", "criterion", "lemma", "observation", "property", "proposition", "theorem"}
PREFIX = "prp-"
# What hypothesis draws for a test that does not say how many cases it wants.
DEFAULT_DRAWS = 100

_MARKDOWN = MarkdownIt("commonmark").use(colon_fence_plugin)


@dataclass(frozen=True)
class Box:
    """A theorem-like box on a page of the book."""

    kind: str
    label: str
    title: str
    page: str
    where: str

    @property
    def asserts(self) -> bool:
        """Whether the box needs a test."""
        return self.kind in ASSERTIONS or self.label.startswith(PREFIX)


@dataclass(frozen=True)
class Claim:
    """A test marked ``@pytest.mark.claim(label)``."""

    label: str
    test: str
    file: str
    first: int
    last: int
    how: str
    # How many parameter sets the test is run with, and how many cases hypothesis draws for each.
    runs: int = 1
    draws: int = 0

    @property
    def where(self) -> str:
        """The test as an editor finds it."""
        return f"{self.file}:{self.first}, {self.test}"

    @property
    def cases(self) -> int:
        """The number of cases that one run of the tests examines."""
        return self.runs * max(self.draws, 1)


@dataclass(frozen=True)
class Page:
    """A page of the book and its boxes."""

    name: str
    title: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Ledger:
    """All pages, all claims, and what does not fit together."""

    pages: tuple[Page, ...]
    claims: tuple[Claim, ...]
    misplaced: tuple[str, ...] = ()

    @classmethod
    def read(cls, root: Path) -> Ledger:
        """Read the book and its tests below `root`."""
        found = [
            entry for file in sorted((root / "tests").rglob("test_*.py")) for entry in claims_in(file, root)
        ]
        return cls(
            tuple(read_page(root, name) for name in pages_of(root)),
            tuple(entry for entry in found if isinstance(entry, Claim)),
            tuple(entry for entry in found if isinstance(entry, str)),
        )

    @cached_property
    def boxes(self) -> tuple[Box, ...]:
        """The boxes that assert something, in the order of the book."""
        return tuple(box for page in self.pages for box in page.boxes if box.asserts)

    @cached_property
    def tests_of(self) -> dict[str, list[Claim]]:
        """The claims of each label."""
        found: dict[str, list[Claim]] = defaultdict(list)
        for claim in self.claims:
            found[claim.label].append(claim)
        return dict(found)

    def faults(self) -> Iterator[str]:
        """Say what is missing, and where."""
        yield from self.misplaced
        places: dict[str, list[Box]] = defaultdict(list)
        for page in self.pages:
            for box in page.boxes:
                if box.label:
                    places[box.label].append(box)
                elif box.asserts:
                    label = f'id="{PREFIX}…"' if ".ipynb" in box.where else f":label: {PREFIX}…"
                    yield f"{box.where}: the {box.kind} “{box.title}” has no label; add “{label}”"
        for label, boxes in places.items():
            if len(boxes) > 1:
                yield f"the label {label} is used {len(boxes)} times: {'; '.join(box.where for box in boxes)}"
        for box in self.boxes:
            if box.label and not box.label.startswith(PREFIX):
                yield f"{box.where}: the {box.kind} {box.label} makes a claim: begin its label with {PREFIX}"
            elif box.label and box.label not in self.tests_of:
                yield f'{box.where}: no test is marked @pytest.mark.claim("{box.label}")'
        for label, claims in self.tests_of.items():
            if label not in {box.label for box in self.boxes}:
                yield f"{claims[0].where} claims {label!r}, but no box in the book has this label"
        for claim in self.claims:
            if not claim.how:
                yield f"{claim.where} claims {claim.label} without a docstring; say there how it is tested"


def pages_of(root: Path) -> list[str]:
    """List the files of the table of contents, in order, without suffix."""

    def files(entry: dict) -> Iterator[str]:
        if "file" in entry:
            yield entry["file"]
        for key in ("parts", "chapters", "sections"):
            for child in entry.get(key, []):
                yield from files(child)

    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    return [re.sub(r"\.(ipynb|md)$", "", name) for name in (toc["root"], *files(toc))]


def read_page(root: Path, name: str) -> Page:
    """Read the title and the boxes of one page, a notebook or a Markdown file."""
    files = [file for suffix in (".ipynb", ".md") if (file := root / f"{name}{suffix}").exists()]
    texts = portable.texts_of(files[0]) if files else []  # a missing page is for Sphinx to report
    boxes = tuple(box for place, text in texts for box in _boxes(text, name, f"{name}{place}"))
    return Page(name, portable.title_of(texts) or name, boxes)


def _boxes(text: str, page: str, where: str, offset: int = 0) -> Iterator[Box]:
    for token in _MARKDOWN.parse(text):
        directive = re.match(r"\{([\w:+-]+)\}\s*(.*)", token.info.strip()) if "fence" in token.type else None
        if directive is None:
            continue
        name, title = directive.groups()
        line = offset + token.map[0] + 1
        if name.startswith("prf:") and name != "prf:proof":
            label = re.search(r"^\s*:?label:\s*(\S+)\s*$", _options(token.content), re.MULTILINE)
            yield Box(name[4:], label.group(1) if label else "", title.strip(), page, f"{where}, line {line}")
        yield from _boxes(token.content, page, where, line)


def _options(content: str) -> str:
    """Return the lines of options at the head of a directive, in either of MyST's two forms."""
    if block := re.match(r"---\n(.*?)\n---", content, re.DOTALL):
        return block.group(1)
    return re.match(r"(\s*:[\w-]+:.*\n?)*", content).group(0)


def claims_in(file: Path, root: Path) -> Iterator[Claim | str]:
    """Read the claims of one file; a mark that cannot be honoured comes out as words."""
    path = file.relative_to(root).as_posix()
    source = file.read_text(encoding="utf-8")
    if "mark.claim" not in source:  # the others need not be parsed
        return
    tree = ast.parse(source)
    constants = _constants(tree)
    marks = {node.lineno for node in ast.walk(tree) if _name(node) == "pytest.mark.claim"}
    for function in tree.body:
        if not (isinstance(function, ast.FunctionDef) and function.name.startswith("test")):
            continue
        decorators = [(_name(decorator), decorator) for decorator in function.decorator_list]
        labels = [decorator for name, decorator in decorators if name == "pytest.mark.claim"]
        if not labels:
            continue
        parametrize = [decorator for name, decorator in decorators if name == "pytest.mark.parametrize"]
        first = min(decorator.lineno for _, decorator in decorators)
        marks.difference_update(range(first, function.lineno))
        where = f"{path}:{first}, {function.name}"
        try:
            claim = Claim(
                label="",
                test=function.name,
                file=path,
                first=first,
                last=function.end_lineno or first,
                how=" ".join((ast.get_docstring(function) or "").split("\n\n")[0].split()),
                runs=math.prod(_runs(decorator, constants) for decorator in parametrize),
                draws=_draws(decorators, constants),
            )
            for label in labels:
                yield replace(claim, label=_text(label))
        except ValueError as error:
            yield f"{where}: {error}"
        for name, _ in decorators:
            if name in {"pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail"}:
                yield f"{where} is marked {name.split('.')[-1]}: a claim is tested always, or not made"
    for line in sorted(marks):
        yield f"{path}:{line}: a claim decorates a test function at the top level of a file; this one is lost"


def _name(node: ast.AST) -> str:
    """Return the dotted name of what is called or named."""
    if isinstance(node, ast.Call):
        return _name(node.func)
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _text(mark: ast.expr) -> str:
    """Return the label of a mark."""
    match mark:
        case ast.Call(args=[ast.Constant(value=str(label))], keywords=[]):
            return label
    raise ValueError("write the label of the claim out, as one string")


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _length(node: ast.expr, constants: dict[str, ast.expr]) -> int:
    """Count the elements of a literal, of a named one, or of a range."""
    match node:
        case ast.Name(id=name) if name in constants:
            return _length(constants[name], constants)
        case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
            return sum(_length(e.value, constants) if isinstance(e, ast.Starred) else 1 for e in elements)
        case ast.Dict(keys=keys):
            return len(keys)
        case ast.Call(func=ast.Name(id="range"), args=arguments):
            return len(range(*map(ast.literal_eval, arguments)))
        case (
            ast.Call(func=ast.Name(id="list" | "sorted" | "tuple"), args=[same])
            | ast.Call(func=ast.Attribute(value=same, attr="items" | "keys" | "values"), args=[])
            | ast.ListComp(generators=[ast.comprehension(iter=same, ifs=[])])
        ):
            return _length(same, constants)
    raise ValueError(
        "the ledger cannot count these parameters; write them out, or name a literal of this file"
    )


def _runs(parametrize: ast.Call, constants: dict[str, ast.expr]) -> int:
    """Return the number of parameter sets of one ``parametrize``."""
    named = [keyword.value for keyword in parametrize.keywords if keyword.arg == "argvalues"]
    return _length(*named or parametrize.args[1:2], constants)


def _draws(decorators: list[tuple[str, ast.expr]], constants: dict[str, ast.expr]) -> int:
    """Return the number of cases that hypothesis draws; 0 if it is not asked."""
    if not any(name in {"given", "hypothesis.given"} for name, _ in decorators):
        return 0
    for _, decorator in decorators:
        settings = constants.get(decorator.id) if isinstance(decorator, ast.Name) else decorator
        if _name(settings) in {"settings", "hypothesis.settings"}:
            for keyword in settings.keywords:
                if keyword.arg == "max_examples":
                    value = keyword.value
                    return ast.literal_eval(
                        constants.get(value.id, value) if isinstance(value, ast.Name) else value
                    )
    return DEFAULT_DRAWS
