"""What the README prints is what the package prints."""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from typing import Any

import pytest

# What setting ours beside published numbers can come to.
COMPARISONS = {
    "higher",
    "lower",
    "no_difference_shown",
    "equivalent",
    "within_range",
    "not_comparable",
    "not_enough_data",
}


def blocks(text: str) -> list[doctest.DocTest]:
    """The fenced blocks that show a session, each by the line it starts on; they share what they define."""
    parser, shared = doctest.DocTestParser(), {}
    found = []
    for fence in re.finditer(r"^```[a-z]*\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL):
        if ">>> " in fence[1]:
            line = text.count("\n", 0, fence.start(1))
            found.append(parser.get_doctest(fence[1], shared, f"README.md:{line + 1}", "README.md", line))
    return found


def run(tests: list[doctest.DocTest]) -> tuple[int, str]:
    """How many examples there were, and what went wrong."""
    runner, wrong, shared = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE), [], dict[str, Any]()
    tried = 0
    for test in tests:
        # The parser copies what it is given; a later block builds on an earlier one.
        test.globs = shared
        tried += runner.run(test, out=wrong.append, clear_globs=False).attempted
    return tried, "".join(wrong)


def test_every_session_of_the_readme_prints_what_it_says(root: Path) -> None:
    tests = blocks((root / "README.md").read_text("utf-8"))
    tried, wrong = run(tests)
    assert wrong == ""
    assert tried > 1


def test_the_readme_prints_one_comparison_of_each_verdict(root: Path) -> None:
    tests = blocks((root / "README.md").read_text("utf-8"))
    printed = [line for test in tests for example in test.examples for line in example.want.splitlines()]
    verdicts = [line.partition(":")[0] for line in printed]
    assert set(verdicts) >= COMPARISONS
    assert all(verdicts.count(one) == 1 for one in COMPARISONS)


@pytest.mark.parametrize(
    ("text", "tried", "wrong"),
    [
        ("```python\n>>> 1 + 1\n2\n```\ntext\n```\n>>> 2 + 2\n4\n```\n", 2, ""),
        ("```python\n>>> a = 3\n```\n\n```python\n>>> a\n3\n```\n", 2, ""),
        ("```python\nprint(1)\n```\n", 0, ""),
        ("```python\n>>> 1 + 1\n3\n```\n", 1, "Expected:\n    3\nGot:\n    2\n"),
    ],
    ids=["two", "shared", "no session", "wrong"],
)
def test_sessions_are_found_and_mistakes_in_them_too(text: str, tried: int, wrong: str) -> None:
    told = run(blocks(text))
    assert told[0] == tried
    assert told[1].endswith(wrong) if wrong else told[1] == ""
