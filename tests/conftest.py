"""What every test shares: where the repository lies, and Hypothesis cases that are the same on every machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# Looked through for doctests otherwise: bench.py is a program, and two modules named conftest collide.
collect_ignore = ["bench.py", "conftest.py"]

# A red run must be red again tomorrow; `--hypothesis-profile=default` goes looking for new cases.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the repository."""
    return Path(__file__).resolve().parent.parent
