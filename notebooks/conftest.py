"""Makes nbval compare the pictures too: left alone, it passes a notebook whose stored figure is not the drawn one."""

from __future__ import annotations

import pytest

# Looked through for doctests otherwise, where it collides with the other module of this name.
collect_ignore = ["conftest.py"]


def pytest_collectstart(collector: pytest.Collector) -> None:
    skipped = getattr(collector, "skip_compare", ())
    if skipped:
        # Also its names and traceback text; what is left differs from run to run without anything being wrong.
        collector.skip_compare = tuple(
            key for key in skipped if key in ("metadata", "prompt_number", "execution_count")
        )
