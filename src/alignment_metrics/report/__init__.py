"""Writes the audit down for its readers: a page for people, JSON for scripts, tables for spreadsheets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alignment_metrics.charter import Charter
from alignment_metrics.quality import Quality
from alignment_metrics.report.chapters import headlines, more_broken
from alignment_metrics.values import Finding

__all__ = ["headlines", "more_broken", "write"]


def write(findings: Sequence[Finding], *, quality: Quality, charter: Charter, out: Path) -> None:
    """Write ``report.html``, ``findings.json`` and ``tables/*.csv``; the same input gives the same bytes.

    Parameters
    ----------
    findings : sequence of Finding
        In the order to be shown within their chapters.
    quality : Quality
        What happened to every row that was read.
    charter : Charter
        The plan that the findings follow.
    out : Path
        An empty directory that exists.

    Raises
    ------
    ValueError
        If two findings have the same code.
    FileNotFoundError
        If ``out`` is not there.
    """
    # The page needs a drawing library and a template engine; whoever only asks for `write` should not wait for them.
    from alignment_metrics.report import beside, document, goals, page, tables

    codes = [finding.code for finding in findings]
    if repeated := sorted({code for code in codes if codes.count(code) > 1}):
        raise ValueError(f"several findings have the code {', '.join(repeated)}; give each a code of its own.")
    if not out.is_dir():
        raise FileNotFoundError(f"there is no directory {out}; create it, empty, before the report is written.")
    promises = goals.promises(findings, charter)
    texts = {"findings.json": document.to_json(findings, quality=quality, charter=charter, promises=promises)}
    names = tables.file_names(findings)
    texts |= {f"tables/{name}": tables.to_csv(finding) for finding in findings if (name := names.get(finding.code))}
    # No finding is called as these are: the name of each begins with that of its chapter.
    if promises:
        texts["tables/scorecard.csv"] = tables.words_to_csv(goals.COLUMNS, goals.to_rows(promises))
    if marked := beside.to_rows(findings):
        texts["tables/benchmarks.csv"] = tables.words_to_csv(beside.COLUMNS, marked)
    texts["report.html"] = page.to_html(findings, quality=quality, charter=charter, promises=promises)
    (out / "tables").mkdir()
    for name, text in texts.items():
        # Bytes, for a text file would take the line ends of the machine it is written on.
        (out / name).write_bytes(text.encode("utf-8-sig" if name.endswith(".csv") else "utf-8"))
