"""What every test shares: where the repository lies, and Hypothesis cases that are the same on every machine."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from hypothesis import settings

# Looked through for doctests otherwise: bench.py is a program, and two modules named conftest collide.
collect_ignore = ["bench.py", "conftest.py"]

# A query is built from many small objects that refer to each other; looking for garbage after every 700 of them takes a
# sixth of the time of a run.
gc.set_threshold(50_000, 20, 20)

# A red run must be red again tomorrow; `--hypothesis-profile=default` goes looking for new cases.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the repository."""
    return Path(__file__).resolve().parent.parent
