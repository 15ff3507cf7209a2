"""Holds the code to the floor plan of ARCHITECTURE.md: who may import whom, where queries run, how large a room is."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

PACKAGE = "alignment_metrics"
ROOM_LINES = 350
DOOR_NAMES = 30
# Calls that make an engine run something.
RUNS = {"execute", "raw_sql", "to_pandas", "to_polars", "to_pyarrow", "to_pyarrow_batches"}
# `tallies` is the one room where a question of the audit is asked. The others only bring rows to the engine: `files`,
# `columns` and `exports` judge each cell and row of a file and lay the journeys down once, `drafts` looks at files that
# have no charter yet, `samples` makes up rows.
MAY_RUN = {"tallies", "files", "columns", "exports", "drafts", "samples"}


@dataclass(frozen=True)
class Room:
    floor: float
    libraries: frozenset[str]


def rooms(architecture: str) -> dict[str, Room]:
    """The floor table: one row a room, ``| floor | `name` ... | responsibility | may import |``.

    A room with a dash for a floor stands beside the house: it may use every floor but the top one, which may use it.
    """
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in architecture.splitlines() if line[:1] == "|"
    ]
    plan = [row for row in rows if len(row) == 4 and re.fullmatch(r"\d+|[-–—]", row[0])]
    top = max((int(row[0]) for row in plan if row[0].isdigit()), default=0)
    found = {}
    for floor, names, _, libraries in plan:
        room = Room(int(floor) if floor.isdigit() else top - 0.5, frozenset(re.findall(r"\w+", libraries)))
        found |= dict.fromkeys(re.findall(r"`(\w+)/?`", names), room)
    return found


def modules(package: Path) -> dict[str, list[Path]]:
    """The files of each room; the front door, ``__init__.py`` itself, is none."""
    found: dict[str, list[Path]] = {}
    for path in sorted(package.rglob("*.py")):
        room = path.relative_to(package).parts[0].removesuffix(".py")
        if room != "__init__":
            found.setdefault(room, []).append(path)
    return found


def imported(tree: ast.AST, path: Path, package: Path) -> Iterator[str]:
    """Absolute dotted names of what a module imports, wherever in it."""
    here = [PACKAGE, *path.relative_to(package).with_suffix("").parts]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(here[: -node.level]) if node.level else ""
            origin = ".".join(part for part in (base, node.module) if part)
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def violations(package: Path, plan: dict[str, Room]) -> list[str]:
    """Everything in the package that is not as the plan says."""
    found = []
    there = modules(package)
    top = max((room.floor for room in plan.values()), default=0)
    found += [f"{room} is not in the plan" for room in there if room not in plan]
    found += [f"{room} is in the plan, but not in the house" for room in plan if room not in there]
    for name, paths in there.items():
        room = plan.get(name)
        for path in paths if room else ():
            text = path.read_text("utf-8")
            tree = ast.parse(text)
            where = path.relative_to(package).as_posix()
            if (lines := len(text.splitlines())) > ROOM_LINES:
                found.append(f"{where} has {lines} lines, more than {ROOM_LINES}")
            if name not in MAY_RUN:
                found += [f"{where}:{line} runs a query: .{call}()" for line, call in runs(tree)]
            for target in dict.fromkeys(imported(tree, path, package)):
                library, _, rest = target.partition(".")
                other = rest.partition(".")[0]
                if library != PACKAGE:
                    if library not in sys.stdlib_module_names and library not in room.libraries:
                        found.append(f"{where} imports {library}, which {name} may not")
                elif other in plan:
                    if other != name and plan[other].floor >= room.floor:
                        found.append(f"{where} imports {other}, which is not below {name}")
                elif room.floor < top:
                    found.append(f"{where} imports the front door")
    return found


def runs(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in RUNS:
            yield node.lineno, node.func.attr


PLAN = """
Some text | with a bar.

| floor | room | one responsibility | may import |
|---|---|---|---|
| 0 | `values`, `charter` | nouns | stdlib |
| 1 | `stats/` | estimates | numpy, scipy |
| 3 | `tallies` | queries | ibis |
| 6 | `cli` | thin | typer |
| – | `samples` | made-up exports | numpy |
"""
HOUSE = {
    "__init__.py": "import alignment_metrics.cli",
    "values.py": "import math",
    "charter.py": "import tomllib",
    "stats/__init__.py": "",
    "stats/rates.py": "from scipy import stats\nfrom ..values import Counts",
    "stats/many.py": "from .rates import rate\nfrom alignment_metrics.stats import rates",
    "tallies.py": "from . import values\nimport ibis\nibis.table().execute()",
    "samples.py": "import numpy as np\nfrom alignment_metrics import tallies",
    "cli.py": "import typer\nimport alignment_metrics as am\nfrom alignment_metrics.samples import write",
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for name, text in HOUSE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def test_the_floor_table_is_read() -> None:
    plan = rooms(PLAN)
    assert list(plan) == ["values", "charter", "stats", "tallies", "cli", "samples"]
    assert plan["stats"] == Room(1, frozenset({"numpy", "scipy"}))
    assert plan["samples"].floor == 5.5


def test_nothing_is_found_in_a_house_built_to_plan(house: Path) -> None:
    assert violations(house, rooms(PLAN)) == []


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("values.py", "from .tallies import Tally", "values.py imports tallies, which is not below values"),
        ("values.py", "from . import tallies", "values.py imports tallies, which is not below values"),
        ("values.py", "import alignment_metrics.tallies", "values.py imports tallies, which is not below values"),
        ("values.py", "from .charter import Charter", "values.py imports charter, which is not below values"),
        ("values.py", "def f():\n    import numpy", "values.py imports numpy, which values may not"),
        ("stats/rates.py", "from ..cli import main", "stats/rates.py imports cli, which is not below stats"),
        ("stats/rates.py", "from .. import read_export", "stats/rates.py imports the front door"),
        ("tallies.py", "from . import samples", "tallies.py imports samples, which is not below tallies"),
        ("samples.py", "from . import cli", "samples.py imports cli, which is not below samples"),
        ("cli.py", "x = 1\ntable.to_pandas()", "cli.py:2 runs a query: .to_pandas()"),
        ("cli.py", "\n" * 351, "cli.py has 351 lines, more than 350"),
        ("attic.py", "", "attic is not in the plan"),
    ],
)
def test_a_planted_violation_is_found(house: Path, name: str, text: str, expected: str) -> None:
    (house / name).write_text(text, "utf-8")
    assert violations(house, rooms(PLAN)) == [expected]


def test_a_room_that_was_never_built_is_found(house: Path) -> None:
    (house / "charter.py").unlink()
    assert violations(house, rooms(PLAN)) == ["charter is in the plan, but not in the house"]


def test_the_package_is_built_to_the_plan_of_architecture_md(root: Path) -> None:
    plan = rooms((root / "ARCHITECTURE.md").read_text("utf-8"))
    assert "values" in plan, "ARCHITECTURE.md has no floor table"
    assert violations(root / "src" / PACKAGE, plan) == []


def test_the_rooms_that_may_run_queries_exist(root: Path) -> None:
    assert set(modules(root / "src" / PACKAGE)) >= MAY_RUN


def test_the_front_door_is_narrow_and_every_name_at_it_opens() -> None:
    import alignment_metrics

    names = alignment_metrics.__all__
    assert len(names) <= DOOR_NAMES
    assert sorted(set(names)) == sorted(names)
    assert [name for name in names if not hasattr(alignment_metrics, name)] == []


def test_every_library_that_the_package_imports_is_a_declared_dependency(root: Path) -> None:
    package = root / "src" / PACKAGE
    used = {
        name.partition(".")[0]
        for path in package.rglob("*.py")
        for name in imported(ast.parse(path.read_text("utf-8")), path, package)
    }
    declared = declared_names(root, "dependencies") | declared_names(root, "notebooks")
    provided = packages_distributions()
    third_party = used - sys.stdlib_module_names - {PACKAGE}
    assert [
        name for name in sorted(third_party) if not declared & {one.lower() for one in provided.get(name, [])}
    ] == []


def declared_names(root: Path, group: str) -> set[str]:
    import tomllib

    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    # Distributions are named in any case: the package index knows Jinja2 and jinja2 as one.
    requirements = (project | project["optional-dependencies"])[group]
    return {re.split(r"[\[<>=;]", text)[0].lower() for text in requirements}
