"""The shape of the notebooks, read without a kernel; what they print and draw is compared by nbval."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from folders import text_of, write

from alignment_metrics import evidence

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
CELL_LINES = 10
NOTEBOOK_LINES = 60
LOGIC = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While)
# A path from the root of a disk, at the start of a word: not the slash of a URL, a closing tag or and/or.
ABSOLUTE = re.compile(
    r"""(?:^|[\s"'`(=])((?:/[A-Za-z][\w.-]*/[\w.-]+|[A-Za-z]:(?:\\{1,2}|/)\w|file://)[^\s"'`)]*)""", re.M
)

Cell = dict[str, Any]


def source(cell: Cell) -> str:
    return "".join(cell["source"])


def said(cell: Cell) -> str:
    """Source and stored text of a cell, without its pictures."""
    texts = [source(cell)]
    for output in cell.get("outputs", []):
        texts.append("".join(output.get("text", [])))
        for kind, content in output.get("data", {}).items():
            if not kind.startswith("image/") or kind == "image/svg+xml":
                texts.append("".join(content))
    return "\n".join(texts)


def problems(notebook: Cell) -> list[str]:
    """Everything about a notebook that is not as CONTRIBUTING.md says it must be."""
    cells = notebook["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    markdown = "\n".join(source(cell) for cell in cells if cell["cell_type"] == "markdown")
    found = []
    headings = re.findall(r"^# .*", re.sub(r"^```.*?^```", "", markdown, flags=re.M | re.S), flags=re.M)
    if len(headings) != 1:
        found.append(f"{len(headings)} headings of the first level, not one")
    tagged = [cell for cell in code if "parameters" in cell["metadata"].get("tags", [])]
    if len(tagged) != 1:
        found.append(f"{len(tagged)} cells tagged parameters, not one")
    if [cell["execution_count"] for cell in code] != list(range(1, len(code) + 1)):
        found.append("not executed from top to bottom in one go")
    for number, cell in enumerate(code, 1):
        found += [f"cell {number}: {problem}" for problem in cell_problems(cell)]
    for cell in cells:
        found += [f"absolute path {path}" for path in ABSOLUTE.findall(said(cell))]
    lines = sum(len(source(cell).splitlines()) for cell in code)
    if lines > NOTEBOOK_LINES:
        found.append(f"{lines} lines of code, more than {NOTEBOOK_LINES}")
    return found


def cell_problems(cell: Cell) -> list[str]:
    text = source(cell)
    body = ast.parse(text)
    found = [
        f"a {type(node).__name__}, which belongs into the package" for node in ast.walk(body) if isinstance(node, LOGIC)
    ]
    lines = len(text.splitlines())
    if lines > CELL_LINES:
        found.append(f"{lines} lines, more than {CELL_LINES}")
    if text.rstrip().endswith(";"):
        found.append("ends in a semicolon, which nbval does not honour; assign the value instead")
    elif body.body and isinstance(body.body[-1], ast.Expr) and not cell["outputs"]:
        found.append("ends in an expression, but no output is stored")
    if any(output["output_type"] == "error" for output in cell["outputs"]):
        found.append("stores an error")
    if any(output.get("name") == "stderr" for output in cell["outputs"]):
        found.append("stores a warning or other text from stderr")
    return found


def code_cell(text: str, count: int | None, *outputs: Cell, tags: tuple[str, ...] = ()) -> Cell:
    return {
        "cell_type": "code",
        "source": text.splitlines(keepends=True),
        "execution_count": count,
        "outputs": list(outputs),
        "metadata": {"tags": list(tags)},
    }


def title(text: str) -> Cell:
    return {"cell_type": "markdown", "source": [text], "metadata": {}}


def shown(text: str) -> Cell:
    return {"output_type": "execute_result", "data": {"text/plain": [text]}, "metadata": {}}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_a_notebook_has_the_shape_that_contributing_describes(path: Path) -> None:
    assert problems(json.loads(path.read_text("utf-8"))) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_a_notebook_is_stored_as_refresh_stores_it(path: Path) -> None:
    metadata = json.loads(path.read_text("utf-8"))["metadata"]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    assert metadata == {"kernelspec": kernel, "language_info": {"name": "python"}}


def test_the_notebooks_that_the_user_asked_for_are_there() -> None:
    assert {path.stem for path in NOTEBOOKS} >= {
        "00-read-your-export",
        "01-benchmark-an-organisation",
        "02-segment-leads-by-source",
        "03-do-inbound-leads-convert-better",
    }


def test_nothing_is_found_in_a_notebook_of_the_right_shape() -> None:
    parameters = code_cell("folder = '../data/sample/hubspot'", 1, tags=("parameters",))
    answer = code_cell("1 + 1", 2, shown("2"))
    drawn = code_cell("ax = draw()", 3)
    assert (
        problems({"cells": [title("# Is it so?\n## Yes, and/or https://example.org/a/b"), parameters, answer, drawn]})
        == []
    )


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([title("# One")], "0 cells tagged parameters, not one"),
        ([title("# One\n# Two")], "2 headings of the first level, not one"),
        ([code_cell("x = 1", None)], "not executed from top to bottom in one go"),
        ([code_cell("x = 1", 2), code_cell("y = 1", 1)], "not executed from top to bottom in one go"),
        ([code_cell("x", 1)], "cell 1: ends in an expression, but no output is stored"),
        (
            [code_cell("draw(ax);", 1)],
            "cell 1: ends in a semicolon, which nbval does not honour; assign the value instead",
        ),
        ([code_cell("def f(): pass", 1)], "cell 1: a FunctionDef, which belongs into the package"),
        ([code_cell("for x in y: pass", 1)], "cell 1: a For, which belongs into the package"),
        ([code_cell("f = lambda x: x", 1)], "cell 1: a Lambda, which belongs into the package"),
        ([code_cell("x = 1\n" * 11, 1)], "cell 1: 11 lines, more than 10"),
        ([code_cell("x = 1\n" * 10, n) for n in range(1, 8)], "70 lines of code, more than 60"),
        ([code_cell("x", 1, shown("'/home/ann/leads.csv'"))], "absolute path /home/ann/leads.csv"),
        ([code_cell("open('C:\\\\leads.csv')", 1)], "absolute path C:\\\\leads.csv"),
        ([code_cell("x", 1, {"output_type": "error"})], "cell 1: stores an error"),
        (
            [code_cell("x", 1, {"output_type": "stream", "name": "stderr", "text": ["Warning"]})],
            "cell 1: stores a warning or other text from stderr",
        ),
    ],
)
def test_a_planted_flaw_is_found(cells: list[Cell], expected: str) -> None:
    assert expected in problems({"cells": cells})


def test_a_notebook_that_serves_several_chapters_is_executed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("papermill.execute_notebook", lambda source, target, **_: shutil.copy(source, target))
    names = list(evidence.write(tmp_path, tmp_path))
    assert names == [path.stem for path in NOTEBOOKS]
    for chapter in ("benchmark", "perception", "claims", "agreement"):
        assert list(evidence.write(tmp_path, tmp_path, only=chapter)) == ["01-benchmark-an-organisation"]


@pytest.mark.slow
def test_an_export_with_nothing_to_report_and_a_charter_without_definitions_are_shown_too(tmp_path: Path) -> None:
    leads = [("lead_id", "source", "lead", "won"), *((n, "Web", "2026-06-01", "2026-06-30") for n in range(30))]
    client = write(tmp_path / "client", {"leads.csv": text_of(leads)})
    assert list(evidence.write(client, tmp_path, only="quality")) == ["00-read-your-export"]
    page = (tmp_path / "00-read-your-export.html").read_text("utf-8")
    assert "30 of 30 rows are kept (100.0%); 0 are set aside." in page
    assert "Nothing had to be set aside." in page
    assert "Warning" not in page


@pytest.mark.slow
def test_a_stored_picture_must_be_the_one_that_is_drawn(root: Path, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text((root / "notebooks" / "conftest.py").read_text("utf-8"), "utf-8")
    stored = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "aGVsbG8="}}
    for name, drawn in (("same", "aGVsbG8="), ("other", "d29ybGQ=")):
        show = f"from IPython.display import publish_display_data as show\nshow({{'image/png': {drawn!r}}})"
        cells = [code_cell(show, 1, stored) | {"id": "picture"}]
        notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (tmp_path / f"{name}.ipynb").write_text(json.dumps(notebook), "utf-8")
    there = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q", "-rA", "--color=no"]
    output = subprocess.run(there, cwd=tmp_path, capture_output=True, text=True).stdout
    assert "PASSED same.ipynb::Cell 0" in output
    assert "FAILED other.ipynb::Cell 0" in output
