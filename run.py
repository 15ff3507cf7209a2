#!/usr/bin/env python3
"""One way in: makes the environment it needs, then runs one command inside it. Standard library only.

Nothing but Python and pip has to be there first, and nothing is installed outside this folder.
"""

import sys

if sys.version_info < (3, 11):  # first of all: an older Python stumbles over what follows
    sys.stderr.write(f"run.py needs Python 3.11 or newer; this is Python {'.'.join(map(str, sys.version_info[:3]))}.\n")
    sys.exit(2)

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

USAGE = """usage: python3 run.py COMMAND [ARGUMENTS]

  audit    audit a client's folder (the sample, where none is named) and say where the report lies
  test     lint, types, tests, doctests and notebooks; with arguments, only pytest with those
  lab      open JupyterLab on the notebooks
  refresh  execute the notebooks again and store what they print and draw
  bench    measure, and print the measurements as JSON; with --libraries, also those of other libraries, which are
           installed into an environment of their own
"""
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
UV = ROOT / ".cache" / "uv"
CONSTRAINTS = ROOT / "constraints.txt"
# Of the libraries that ours is measured beside: an environment of their own, and what is in it.
OTHERS = ROOT / ".cache" / "bench-venv"
OTHER_PINS = ROOT / "tests" / "bench-libraries.txt"
SAMPLE = Path("data", "sample", "hubspot")
# Options of `audit` whose value must not be taken for the client's folder.
VALUED = ("--out", "--database", "--engine", "--only")


class SetupError(Exception):
    """The environment could not be made; the text says why and what to do."""


def say(text: str) -> None:
    print(f"run.py: {text}", file=sys.stderr, flush=True)


# --- the environment ---------------------------------------------------------------------------------------------


def program(name: str, venv: Path = VENV) -> str:
    return str(venv / "Scripts" / f"{name}.exe") if os.name == "nt" else str(venv / "bin" / name)


def base_python() -> str:
    """The Python to build with: never the one inside .venv, which is about to be thrown away."""
    inside = Path(sys.prefix).resolve() == VENV.resolve()
    return str(getattr(sys, "_base_executable", sys.executable)) if inside else sys.executable


def works(*command: str | Path, quiet: bool = False) -> bool:
    output = subprocess.DEVNULL if quiet else None
    return subprocess.call([str(word) for word in command], cwd=ROOT, stdout=output, stderr=output) == 0


def find_uv() -> str | None:
    """The uv of this folder, fetched by pip where it is not there; None where it cannot be had."""
    places = os.pathsep.join(str(UV / folder) for folder in ("bin", "Scripts"))
    uv = shutil.which("uv", path=places)
    if uv is None or not works(uv, "--version", quiet=True):
        shutil.rmtree(UV, ignore_errors=True)
        works(base_python(), "-m", "pip", "install", "--target", UV, "uv>=0.9", quiet=True)
        uv = shutil.which("uv", path=places)
    return uv if uv and works(uv, "--version", quiet=True) else None


def make(venv: Path, *what: str, pins: Path = CONSTRAINTS) -> None:
    """A new environment with these requirements in it: by uv, or by venv and pip where uv cannot do it."""
    os.environ["UV_PYTHON_DOWNLOADS"] = "never"
    python, uv = program("python", venv), find_uv()
    shutil.rmtree(venv, ignore_errors=True)
    if uv and works(uv, "venv", "--quiet", "--python", base_python(), venv):
        # -b holds the build backend to the pins too, which pip cannot do in every version.
        options = ("--quiet", "--compile-bytecode", "--python", python, "-c", str(pins), "-b", str(pins))
        if works(uv, "pip", "install", *options, *what):
            return
    say(f"uv {'failed' if uv else 'cannot be had'}; doing the same with pip, which takes a minute or two")
    shutil.rmtree(venv, ignore_errors=True)
    if not works(base_python(), "-m", "venv", venv):
        raise SetupError(
            f"{base_python()} has neither a working pip nor a complete venv module; install one of the two"
            " (python3-pip or python3-venv on Debian and Ubuntu) and call again."
        )
    if not works(python, "-m", "pip", "install", "--quiet", "-c", pins, *what):
        raise SetupError("pip could not install the packages, for the reason above; remove it and call again.")


def stamp(*inputs: Path) -> str:
    """What an environment is made from: where two stamps differ, so may the environments."""
    files = [path.read_bytes() for path in inputs or (ROOT / "pyproject.toml", CONSTRAINTS)]
    return hashlib.sha256(b"\0".join([*files, sys.version.encode(), str(ROOT).encode()])).hexdigest()


def made(venv: Path, stamped: str) -> bool:
    """Whether the environment there was made from these very inputs, and to the end."""
    mark = venv / "made-from"
    return mark.is_file() and mark.read_text() == stamped and Path(program("python", venv)).exists()


def prepare() -> None:
    """Make .venv, unless it is there."""
    if not made(VENV, stamp()):
        say(f"setting up {VENV}, once; this takes about half a minute")
        make(VENV, "-e", ".[dev]")
        (VENV / "made-from").write_text(stamp())


def prepare_others() -> None:
    """Make the environment of the other libraries, unless it is there."""
    if not made(OTHERS, stamp(OTHER_PINS)):
        say(f"setting up {OTHERS}, once; this takes a minute or two")
        make(OTHERS, "-r", str(OTHER_PINS), pins=OTHER_PINS)
        (OTHERS / "made-from").write_text(stamp(OTHER_PINS))


# --- the commands ------------------------------------------------------------------------------------------------


def inside(name: str, *arguments: str | Path, cwd: Path | None = None) -> int:
    """Run a program of the environment; its exit status is ours, and Ctrl-C is its to answer."""
    child = subprocess.Popen([program(name), *map(str, arguments)], cwd=cwd)
    while True:
        try:
            status = child.wait()
            return status if status >= 0 else 128 - status
        except KeyboardInterrupt:
            continue


def audit(*arguments: str) -> int:
    words = [word for last, word in zip(("", *arguments), arguments, strict=False) if last not in VALUED]
    named = "--help" in words or any(not word.startswith("-") for word in words)
    sample = SAMPLE if Path.cwd() == ROOT else ROOT / SAMPLE
    return inside("alignment-metrics", "audit", *([] if named else [sample]), *arguments)


def test(*arguments: str) -> int:
    if arguments:
        return inside("python", "-m", "pytest", *arguments)
    status = 0
    # A file of tests is a worker's own: what its tests share is made once.
    for step in ("ruff check", "ruff format --check", "mypy", "pytest -n auto --dist loadfile"):
        say(step)
        status = inside("python", "-m", *step.split(), cwd=ROOT) or status
    return status


def lab(*arguments: str) -> int:
    start = (f"--ServerApp.root_dir={ROOT}", "--LabApp.default_url=/lab/tree/notebooks")
    return inside("python", "-m", "jupyterlab", *start, *arguments)


def refresh() -> int:
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    quiet = "--ExecutePreprocessor.extra_arguments=--IPKernelApp.log_level=50"
    execute = (
        "nbconvert",
        "--execute",
        "--inplace",
        "--to=notebook",
        "--ExecutePreprocessor.record_timing=False",
        quiet,
    )
    status = inside("python", "-m", *execute, *notebooks)
    for path in notebooks if status == 0 else []:
        notebook = json.loads(path.read_text("utf-8"))
        # Anything more in here tells of the machine, not of the notebook.
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        notebook["metadata"] = {"kernelspec": kernel, "language_info": {"name": "python"}}
        text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)
        path.write_text(text + "\n", "utf-8", newline="\n")
    return status


def bench(*arguments: str) -> int:
    if "--libraries" in arguments:
        prepare_others()
    return inside("python", ROOT / "tests" / "bench.py", *arguments)


COMMANDS = {"audit": audit, "test": test, "lab": lab, "refresh": refresh, "bench": bench}


def main(arguments: list[str]) -> int:
    name, *rest = arguments or ["--help"]
    if name in ("-h", "--help"):
        print(USAGE, end="")
        return 0
    if name not in COMMANDS:
        say(f"unknown command {name!r}; there are {', '.join(COMMANDS)}.")
        return 2
    if rest and name == "refresh":
        say(f"refresh takes no arguments; got {' '.join(rest)}.")
        return 2
    try:
        prepare()
        return COMMANDS[name](*rest)
    except SetupError as error:
        say(str(error))
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
