"""Client folders written for a test: a charter, and the files it names."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from alignment_metrics.charter import read_charter
from alignment_metrics.crm import Crm
from alignment_metrics.exports import read_export
from alignment_metrics.quality import Problem

SOURCES = {"Web": ("website", "inbound"), "Call": ("cold call", "outbound")}


def charter(
    *exports: Mapping[str, Any],
    stages: Sequence[str] = ("lead", "won"),
    exits: Sequence[str] = (),
    segments: Sequence[str] = (),
    timezone: str = "Europe/Paris",
    as_of: str = "2026-06-30",
    sources: Mapping[str, tuple[str, str]] = SOURCES,
    funnel: Mapping[str, str] | None = None,
    treatment: Mapping[str, str] | None = None,
    since: str | None = None,
    policy: Mapping[str, float] | None = None,
) -> str:
    """The text of a ``charter.toml``. An export is ``{"file": ..., "columns": {...}, ...}``; its layout is custom."""
    lines = [
        "[organisation]",
        'name = "Acme"',
        f'timezone = "{timezone}"',
        f"as_of = {as_of}",
        f"segments = {toml(list(segments))}",
        *([f"since = {since}"] if since else []),
        "[funnel]",
        f"stages = {toml(list(stages))}",
        f"exits = {toml(list(exits))}",
        *(f"{key} = {toml(value)}" for key, value in (funnel or {}).items()),
        "[sources]",
        *(
            f"{toml(raw)} = {{ source = {toml(source)}, direction = {toml(direction)} }}"
            for raw, (source, direction) in sources.items()
        ),
    ]
    lines += ["[treatment]", *(f"{code} = {toml(value)}" for code, value in (treatment or {}).items())]
    lines += ["[policy]", *(f"{key} = {toml(value)}" for key, value in (policy or {}).items())]
    for export in exports or ({"file": "leads.csv"},):
        rest = {"layout": "custom", **export}
        columns, stages = rest.pop("columns", {}), rest.pop("stages", {})
        rest = {key: value for key, value in rest.items() if value is not None}
        lines += ["[[export]]", *(f"{key} = {toml(value)}" for key, value in rest.items())]
        lines += ["[export.columns]", *(f"{toml(name)} = {toml(header)}" for name, header in columns.items())]
        lines += ["[export.stages]", *(f"{toml(value)} = {toml(stage)}" for value, stage in stages.items())]
    return "\n".join(lines) + "\n"


def toml(value: Any) -> str:
    # What JSON writes of texts, lists of them, numbers and truths is TOML as well.
    return json.dumps(value, ensure_ascii=False)


def text_of(rows: Sequence[Sequence[object]], *, delimiter: str = ",") -> str:
    """Rows as CSV; the first is the header."""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def write(folder: Path, files: Mapping[str, str | bytes], plan: str = "") -> Path:
    """A folder with these files and this charter (left out: one file of leads with canonical headers)."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "charter.toml").write_text(plan or charter(), "utf-8")
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def read(folder: Path, files: Mapping[str, str | bytes], plan: str = "", *, engine: Any = None) -> Crm:
    return read_export(read_charter(write(folder, files, plan)), engine=engine)


def rows_of(table: Any, *columns: str, by: str = "lead_id") -> list[tuple[Any, ...]]:
    """The rows of a table as tuples of these columns, in the order of ``by``."""
    rows = sorted(table.to_pyarrow().to_pylist(), key=lambda row: str(row[by]))
    return [tuple(row[column] for column in columns) for row in rows]


def problems_of(crm: Crm, file: int = 0) -> dict[str, tuple[int, tuple[int, ...]]]:
    """Rows and examples of each kind of trouble with the rows of a file."""
    return {one.code: (one.rows, one.examples) for one in _of_rows(crm, file)}


def messages_of(crm: Crm, file: int = 0) -> list[str]:
    """What is said of the rows of a file."""
    return [one.message for one in _of_rows(crm, file)]


def _of_rows(crm: Crm, file: int) -> list[Problem]:
    # The few rows of a test are often months older than its as_of, which is no trouble of theirs.
    return [one for one in crm.quality.files[file].problems if one.code != "as_of_after_export"]
