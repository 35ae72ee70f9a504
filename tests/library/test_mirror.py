"""Each module of the library has its file of tests here, and each of its public functions a test in it."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
LIBRARY = TESTS.parent.parent / "divergences"
MODULES = sorted(
    path.stem for path in LIBRARY.iterdir() if (path.suffix == ".py" or (path / "__init__.py").exists())
)


def public_names(module):
    """List the functions and classes that a module defines without an underscore in front."""
    path = LIBRARY / f"{module}.py"
    body = ast.parse(path.read_text(encoding="utf-8")).body if path.exists() else []
    names = [node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return [name for name in dict.fromkeys(names) if not name.startswith("_")]


@pytest.mark.parametrize("module", [module for module in MODULES if module != "__init__"])
def test_the_file_of_tests_names_every_public_function(module):
    file = TESTS / f"test_{module.removeprefix('_')}.py"
    shown = file.relative_to(LIBRARY.parent)
    assert file.exists(), f"add the file {shown}: it tests divergences/{module}.py"
    text = file.read_text(encoding="utf-8")
    words = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    words |= {node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)}
    line = text.count("\n") + 1
    for name in public_names(module):
        if not module.startswith("_"):
            assert name in words, (
                f"add at {shown}, line {line}: a test that calls {name} of divergences.{module}"
            )


def test_every_file_of_tests_belongs_to_a_module():
    others = {"mirror", "peers", "types", "threads"}  # about the whole library
    for file in TESTS.glob("test_*.py"):
        name = file.stem.removeprefix("test_")
        assert {name, f"_{name}"} & {*MODULES, *others}, f"rename {file.name}: no module has this name"
