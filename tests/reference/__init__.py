"""Known answers from published tables and from R; each case of ``oracle.json`` names its source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Case = dict[str, Any]

CASES: dict[str, Case] = {
    case["id"]: case for case in json.loads(Path(__file__).with_name("oracle.json").read_text(encoding="utf-8"))
}


def cases(*expected: str) -> list[Case]:
    """The cases that know an answer by each of these names."""
    return [case for case in CASES.values() if set(expected) <= set(case["expected"])]


def agrees(got: float, case: Case, name: str) -> bool:
    """The rule that every case of the file states: absolute below 1, relative above."""
    want = case["expected"][name]
    tol = case["tol"].get("by_name", {}).get(name, case["tol"]["default"])
    return bool(abs(got - want) <= tol * max(1, abs(want)))
