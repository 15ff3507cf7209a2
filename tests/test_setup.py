"""Setting up: the three lists of packages agree, the wheel is whole, the import is light, and run.py keeps its word."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import lock
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import run

PIN = re.compile(r"([a-z0-9.-]+)==([0-9][\w.!+]*)(?: ; (.+))?")
CONFIGURATION = (
    *("run.py", "pyproject.toml", "constraints.txt", "environment.yml", ".ci/run"),
    *("tests/lock.py", "tests/conftest.py", "notebooks/conftest.py"),
)
HEAVY = ("pandas", "numpy", "scipy", "matplotlib", "seaborn", "ibis", "duckdb", "pyarrow", "typer", "jinja2")


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]


def requirements(project: dict[str, Any], *groups: str) -> list[Requirement]:
    texts = [text for group in groups for text in (project | project["optional-dependencies"])[group]]
    return [r for r in map(Requirement, texts) if r.name != project["name"]]


# --- the lists of packages ---------------------------------------------------------------------------------------


def test_environment_yml_is_what_lock_writes(root: Path) -> None:
    expected = lock.conda_environment((root / "pyproject.toml").read_text("utf-8"))
    assert (root / "environment.yml").read_text("utf-8") == expected


def test_environment_yml_has_the_packages_and_bounds_of_pyproject(root: Path, project: dict[str, Any]) -> None:
    lines = (root / "environment.yml").read_text("utf-8").splitlines()
    conda = dict(line.strip("- ").split(" ", 1) for line in lines if ">=" in line)
    wanted = {
        lock.CONDA_NAMES.get(str(r).partition(">=")[0], r.name): str(r.specifier)
        for r in requirements(project, "dependencies", "notebooks", "dev")
    }
    assert conda == wanted | {"python": project["requires-python"]}
    assert lines[-2:] == ["  - pip:", "      - -e ."]


def test_the_dev_extra_contains_the_notebooks_extra(project: dict[str, Any]) -> None:
    assert "alignment-metrics[notebooks]" in project["optional-dependencies"]["dev"]


def test_a_constraint_is_a_name_a_version_and_perhaps_a_marker(root: Path) -> None:
    lines = (root / "constraints.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if not PIN.fullmatch(line)] == []


def test_every_direct_dependency_is_pinned_within_its_bounds(root: Path, project: dict[str, Any]) -> None:
    pins: dict[str, list[str]] = {}
    for line in (root / "constraints.txt").read_text("utf-8").splitlines():
        name, version = line.partition(" ")[0].split("==")
        pins.setdefault(name, []).append(version)
    for wanted in requirements(project, "dependencies", "notebooks", "dev"):
        versions = pins.get(canonicalize_name(wanted.name), [])
        assert versions, f"{wanted.name} is not pinned"
        assert [v for v in versions if Version(v) not in wanted.specifier] == [], f"{wanted} is pinned outside"


@pytest.mark.parametrize("name", CONFIGURATION)
def test_no_configuration_names_an_address_or_a_registry(name: str, root: Path) -> None:
    text = (root / name).read_text("utf-8")
    assert re.findall(r"\w+://|index-url|find-links|pythonhosted|\bpypi\.", text) == []


def closure(project: dict[str, Any]) -> Iterator[str]:
    """Names of everything that `pip install alignment-metrics[notebooks]` brings to this machine."""
    todo = [(r.name, extra) for r in requirements(project, "dependencies", "notebooks") for extra in ("", *r.extras)]
    seen = set()
    while todo:
        name, extra = todo.pop()
        if (canonicalize_name(name), extra) in seen or name == "tzdata":
            continue
        seen.add((canonicalize_name(name), extra))
        for r in map(Requirement, distribution(name).requires or ()):
            if r.marker is None or r.marker.evaluate({"extra": extra}):
                todo += [(r.name, inner) for inner in ("", *r.extras)]
    yield from sorted({name for name, _ in seen})


def test_nothing_that_is_installed_to_run_the_package_is_under_the_gpl(project: dict[str, Any]) -> None:
    names = list(closure(project))
    assert {"numpy", "ibis-framework", "sqlglot", "jupyterlab"} <= set(names)
    gpl = []
    for name in names:
        about = distribution(name).metadata
        # The first line: some put the whole text there, with the licences of what they merely mention.
        told = [about.get("License-Expression") or (about.get("License") or "").split("\n")[0]]
        told += [c for c in about.get_all("Classifier") or () if c.startswith("License ::")]
        if re.search(r"\bA?GPL|General Public License", " ".join(told)):
            gpl.append((name, told))
    assert gpl == []


# --- the wheel ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=root, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_package_its_data_and_the_notebooks_and_nothing_else(root: Path, wheel: Path) -> None:
    package = root / "src" / "alignment_metrics"
    sources = [path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    expected = {f"alignment_metrics/{path.relative_to(package).as_posix()}" for path in sources}
    expected |= {f"alignment_metrics/notebooks/{path.name}" for path in (root / "notebooks").glob("*.ipynb")}
    files = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert files == expected
    assert "alignment_metrics/py.typed" in files


def test_the_wheel_imports_where_nothing_else_is_installed(wheel: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(wheel)!r}); import alignment_metrics; print(alignment_metrics.__file__)"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)
    assert done.stdout.startswith(str(wheel)), done.stderr


@pytest.mark.slow
def test_the_wheel_audits_a_sample_where_only_its_dependencies_are_installed(wheel: Path, tmp_path: Path) -> None:
    run.make(tmp_path / "bare", str(wheel))
    command = run.program("alignment-metrics", tmp_path / "bare")
    for arguments in (("sample", "acme", "--leads", "2000"), ("audit", "acme", "--no-notebooks")):
        done = subprocess.run([command, *arguments], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "acme" / "audit" / "report.html").is_file()


def test_the_import_takes_less_than_a_third_of_a_second_and_loads_no_heavy_library() -> None:
    code = (
        "import sys, time; start = time.perf_counter(); import alignment_metrics; print(time.perf_counter() - start);"
        f" print([name for name in {HEAVY} if name in sys.modules])"
    )
    seconds, loaded = [], set()
    for _ in range(5):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        first, second = done.stdout.splitlines()
        seconds.append(float(first))
        loaded.add(second)
    assert loaded == {"[]"}
    assert statistics.median(seconds) < 0.3


# --- run.py ------------------------------------------------------------------------------------------------------


class Recorder:
    """Stands in for a function of run.py: keeps each call and gives the answers it was told to."""

    def __init__(self, *answers: Any) -> None:
        self.calls: list[tuple[str, ...]] = []
        self.answers = list(answers)

    def __call__(self, *words: Any, **_: Any) -> Any:
        self.calls.append(tuple(map(str, words)))
        return self.answers.pop(0)


def test_an_unknown_command_is_named_with_the_commands_there_are(root: Path) -> None:
    done = subprocess.run([sys.executable, root / "run.py", "adit"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "run.py: unknown command 'adit'; there are audit, test, lab, refresh, bench.\n"
    assert done.stdout == ""


def test_without_a_command_the_commands_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main([]) == 0
    explained = capsys.readouterr().out
    assert re.findall(r"^  (\w+) ", explained, flags=re.M) == list(run.COMMANDS)


def test_refresh_takes_no_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["refresh", "01"]) == 2
    assert capsys.readouterr().err == "run.py: refresh takes no arguments; got 01.\n"


def test_an_older_python_gets_one_sentence(root: Path) -> None:
    older = (
        "import runpy, sys; sys.version_info = (3, 9, 18, 'final', 0); runpy.run_path('run.py', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", older], cwd=root, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "run.py needs Python 3.11 or newer; this is Python 3.9.18.\n"


def test_an_older_python_can_read_run_py_as_far_as_that_sentence(root: Path) -> None:
    ast.parse((root / "run.py").read_text("utf-8"), feature_version=(3, 7))


@pytest.fixture
def half_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An environment whose making was interrupted: its Python is there, the mark that it is complete is not."""
    monkeypatch.setattr(run, "VENV", tmp_path)
    monkeypatch.setattr(run, "program", lambda name, venv=tmp_path: str(venv / name))
    (tmp_path / "python").touch()
    return tmp_path


def test_a_half_made_environment_is_made_again_and_a_whole_one_is_left_alone(
    half_made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Recorder(None)
    monkeypatch.setattr(run, "make", make)
    run.prepare()
    run.prepare()
    assert make.calls == [(str(half_made), "-e", ".[dev]")]


@pytest.mark.parametrize("spoil", ["the stamp", "the python"])
def test_an_environment_that_no_longer_fits_is_made_again(
    spoil: str, half_made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Recorder(None, None)
    monkeypatch.setattr(run, "make", make)
    run.prepare()
    if spoil == "the stamp":
        (half_made / "made-from").write_text("other packages")
    else:
        (half_made / "python").unlink()
    run.prepare()
    assert len(make.calls) == 2


def test_an_environment_that_could_not_be_made_is_not_taken_for_a_whole_one(
    half_made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def make(venv: Path, *what: str) -> None:
        raise run.SetupError("no network.")

    monkeypatch.setattr(run, "make", make)
    assert run.main(["bench"]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == "run.py: no network."
    assert not (half_made / "made-from").exists()


@pytest.mark.parametrize(
    ("uv", "answers", "said", "programs"),
    [
        ("uv", [True, True], "", ["uv", "uv"]),
        ("uv", [True, False, True, True], "uv failed", ["uv", "uv", "base", "python"]),
        ("uv", [False, True, True], "uv failed", ["uv", "base", "python"]),
        (None, [True, True], "uv cannot be had", ["base", "python"]),
    ],
)
def test_where_uv_cannot_do_it_pip_does(
    uv: str | None,
    answers: list[bool],
    said: str,
    programs: list[str],
    half_made: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    works = Recorder(*answers)
    monkeypatch.setattr(run, "works", works)
    monkeypatch.setattr(run, "find_uv", lambda: uv)
    monkeypatch.setattr(run, "base_python", lambda: "base")
    run.make(half_made, "-e", ".[dev]")
    assert [Path(call[0]).name for call in works.calls] == programs
    ending = "; doing the same with pip, which takes a minute or two\n"
    assert capsys.readouterr().err == (f"run.py: {said}{ending}" if said else "")


@pytest.mark.parametrize(
    ("answers", "text"),
    [
        (
            [False],
            "base has neither a working pip nor a complete venv module; install one of the two (python3-pip or"
            " python3-venv on Debian and Ubuntu) and call again.",
        ),
        ([True, False], "pip could not install the packages, for the reason above; remove it and call again."),
    ],
)
def test_what_cannot_be_set_up_is_said_with_the_remedy(
    answers: list[bool], text: str, half_made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "works", Recorder(*answers))
    monkeypatch.setattr(run, "find_uv", lambda: None)
    monkeypatch.setattr(run, "base_python", lambda: "base")
    with pytest.raises(run.SetupError) as caught:
        run.make(half_made, "-e", ".[dev]")
    assert str(caught.value) == text


SAMPLE = str(run.SAMPLE)


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        ((), (SAMPLE,)),
        (("acme",), ("acme",)),
        (("--no-notebooks",), (SAMPLE, "--no-notebooks")),
        (("--no-notebooks", "acme"), ("--no-notebooks", "acme")),
        (("--out", "there"), (SAMPLE, "--out", "there")),
        (("--out=there",), (SAMPLE, "--out=there")),
        (("--out", "there", "acme"), ("--out", "there", "acme")),
        (("--help",), ("--help",)),
    ],
)
def test_audit_takes_the_sample_where_no_folder_is_named(
    given: tuple[str, ...], passed: tuple[str, ...], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = Recorder(0)
    monkeypatch.setattr(run, "inside", inside)
    monkeypatch.chdir(root)
    run.audit(*given)
    assert inside.calls == [("alignment-metrics", "audit", *passed)]


def test_audit_finds_the_sample_from_any_directory(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = Recorder(0)
    monkeypatch.setattr(run, "inside", inside)
    monkeypatch.chdir(tmp_path)
    run.audit()
    assert inside.calls == [("alignment-metrics", "audit", str(root / run.SAMPLE))]


def test_audit_knows_which_options_take_a_value() -> None:
    from typer.main import get_group

    from alignment_metrics.cli import app

    options = [p for p in get_group(app).commands["audit"].params if p.param_type_name == "option"]
    assert {name for p in options if not getattr(p, "is_flag", False) for name in p.opts} == set(run.VALUED)


def test_a_failed_step_fails_the_whole_test_and_pytest_still_comes_last(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = Recorder(1, 0, 0, 0)
    monkeypatch.setattr(run, "inside", inside)
    assert run.test() == 1
    assert [call[2] for call in inside.calls] == ["ruff", "ruff", "mypy", "pytest"]


def test_the_exit_status_of_a_program_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "program", lambda name: sys.executable)
    assert run.inside("python", "-c", "raise SystemExit(7)") == 7
