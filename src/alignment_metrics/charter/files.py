"""Reads the tables of a charter that name files: the exports, and the lists that lie beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from alignment_metrics.charter.grammar import Grammar, shown
from alignment_metrics.charter.plan import LISTS, Export

_OWN_LAYOUT = ".toml"
_ENCODINGS = ("utf-8", "utf-16", "cp1252")
# What may be said of any file.
_WRITTEN = ("timezone", "day_first", "decimal", "encoding", "sheet", "columns")


@cache
def layouts() -> tuple[str, ...]:
    """The layouts that are known: the names of their data files."""
    folder = files("alignment_metrics") / "data" / "layouts"
    return tuple(sorted(one.name.removesuffix(_OWN_LAYOUT) for one in folder.iterdir()))


class Files(Grammar):
    """Reads what a charter says of files; they lie in ``folder``."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def exports(self, raw: Any) -> tuple[Export, ...]:
        if not isinstance(raw, list) or not raw:
            self.wrong("export", "at least one [[export]] with a file is needed; there is none")
            return ()
        found = tuple(part for number, item in enumerate(raw) for part in self.export(item, number))
        for kind, key in ((False, "file"), (True, "table")):
            self.once([export.file for export in found if export.file and export.is_table is kind], f"export.{key}")
        return found

    def export(self, raw: Any, number: int) -> tuple[Export, ...]:
        """One ``[[export]]``: an ``Export`` for each of its files."""
        path = f"export[{number}]"
        told = ("file", "table", "layout", *_WRITTEN, "field", "stages", "ignore", "join")
        table = self.table(raw, path, told)
        names, is_table = self.files(table, path)
        stages = self.table(table.get("stages", {}), f"{path}.stages", None)
        ignore = self.texts(table, path, "ignore")
        one = Export(
            file="",
            layout=self.layout(table, path),
            stages={value: self.text(stages, f"{path}.stages", value) for value in stages},
            field=self.text(table, path, "field") or None,
            ignore=ignore,
            join=self.text(table, path, "join") or None,
            is_table=is_table,
            part_of=number,
            **self.written(table, path, None),
        )
        return tuple(replace(one, file=name) for name in names)

    def list_(self, raw: Any, name: str) -> Export:
        """``[spend]`` or ``[customers]``: a file that lies beside those of the leads."""
        table = self.table(raw, name, ("file", *_WRITTEN))
        file = self.text(table, name, "file") or f"{name}.csv"
        if not self.inside(file):
            self.wrong(f"{name}.file", f"must lie inside the client's folder; {shown(file)} does not")
        return Export(file, layout=name, **self.written(table, name, LISTS[name]))

    def written(self, table: dict[str, Any], path: str, columns: Sequence[str] | None) -> dict[str, Any]:
        """How a file is written, and what its ``columns`` (None: any) are called."""
        day_first = table.get("day_first")
        if day_first is not None and not isinstance(day_first, bool):
            self.wrong(f"{path}.day_first", f"must be true or false; got {shown(day_first)}")
        decimal = table.get("decimal")
        if decimal not in (None, ".", ","):
            self.wrong(f"{path}.decimal", f'must be "." or ","; got {shown(decimal)}')
        named = self.table(table.get("columns", {}), f"{path}.columns", columns)
        return {
            "timezone": self.zone(table, path),
            "day_first": day_first,
            "decimal": decimal,
            "encoding": self.choice(table, path, "encoding", _ENCODINGS) if "encoding" in table else None,
            "sheet": self.text(table, path, "sheet") or None,
            "columns": {name: self.text(named, f"{path}.columns", name) for name in named},
        }

    def files(self, table: dict[str, Any], path: str) -> tuple[tuple[str, ...], bool]:
        """The files of one ``[[export]]``, or its one table of a database."""
        if "table" in table:
            if "file" in table:
                self.wrong(path, "has a file and a table; keep one of them")
            return (self.text(table, path, "table"),), True
        if "file" not in table:
            self.wrong(f"{path}.file", "missing; write it")
            return ("",), False
        many = isinstance(table["file"], list)
        names = self.texts(table, path, "file") if many else (self.text(table, path, "file"),)
        if many and not table["file"]:
            self.wrong(f"{path}.file", "names no file; name at least one")
        for name in names:
            if name and not self.inside(name):
                self.wrong(f"{path}.file", f"must lie inside the client's folder; {shown(name)} does not")
        return names or ("",), False

    def layout(self, table: dict[str, Any], path: str) -> str | None:
        """The name of a known layout, or a layout of one's own in the client's folder; None: found by the header."""
        name = table.get("layout")
        if name is None or not (isinstance(name, str) and name.endswith(_OWN_LAYOUT)):
            return None if name is None else str(self.choice(table, path, "layout", layouts()))
        if not self.inside(name):
            self.wrong(f"{path}.layout", f"must lie inside the client's folder; {shown(name)} does not")
        elif not (self.folder / name).is_file():
            self.wrong(f"{path}.layout", f"there is no file {shown(name)} in the client's folder; write it there")
        return name

    def inside(self, file: str) -> bool:
        try:
            return (self.folder / file).resolve().is_relative_to(self.folder.resolve())
        except (OSError, RuntimeError, ValueError):  # a name that no file can have, or links that go in a circle
            return False
