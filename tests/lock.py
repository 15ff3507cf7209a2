"""Pins the newest packages again: writes constraints.txt and environment.yml from pyproject.toml.

Run it with the environment's Python: ``.venv/bin/python tests/lock.py``.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# PyPI name: conda-forge name, where the two differ.
CONDA_NAMES = {
    "duckdb": "python-duckdb",
    "ibis-framework[duckdb]": "ibis-duckdb",
    "matplotlib": "matplotlib-base",
    "tzdata": "python-tzdata",
}


def conda_environment(pyproject: str) -> str:
    """The text of environment.yml, from the text of pyproject.toml."""
    project = tomllib.loads(pyproject)["project"]
    extras = project["optional-dependencies"]
    packages = [f"python {project['requires-python']}", "pip"]
    for requirement in [*project["dependencies"], *extras["notebooks"], *extras["dev"]]:
        name, at_least, version = requirement.partition(";")[0].strip().partition(">=")
        if not name.startswith(project["name"]):  # the extra `dev` names the extra `notebooks`
            packages.append(f"{CONDA_NAMES.get(name, name)} {at_least}{version}")
    return "\n".join(
        [
            "# Written by tests/lock.py from pyproject.toml.",
            f"name: {project['name']}",
            "channels:",
            "  - conda-forge",
            "dependencies:",
            *(f"  - {package}" for package in sorted(packages)),
            "  - pip:",
            "      - -e .",
            "",
        ]
    )


def main() -> int:
    sys.path.insert(0, str(ROOT))
    import run

    uv = run.find_uv()
    if uv is None:
        print("uv cannot be had, and only uv pins for every platform at once.", file=sys.stderr)
        return 2
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    (ROOT / "environment.yml").write_text(conda_environment(text), "utf-8", newline="\n")
    plain = ("--quiet", "--no-header", "--no-annotate", "--upgrade", "--universal", "--python-version=3.11")
    pins = ("--extra=dev", "--output-file=constraints.txt", "pyproject.toml")
    return subprocess.call([uv, "pip", "compile", *plain, *pins], cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main())
