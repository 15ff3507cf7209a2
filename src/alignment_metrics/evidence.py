"""Executes the notebooks on a client's folder and files them as pages: the evidence behind the report.

A page is self-contained: no script, no picture and no style is fetched from anywhere.
"""

from __future__ import annotations

import html
import re
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Which notebook goes with which chapter of the audit; the first with what all of them rest on, which is no chapter.
NOTEBOOKS = {
    "quality": "00-read-your-export",
    "benchmark": "01-benchmark-an-organisation",
    "perception": "01-benchmark-an-organisation",
    "claims": "01-benchmark-an-organisation",
    "agreement": "01-benchmark-an-organisation",
    "sources": "02-segment-leads-by-source",
    "inbound_vs_outbound": "03-do-inbound-leads-convert-better",
    "cohorts": "04-conversion-over-time",
    "reconcile": "05-whose-definition",
}
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: #1c2430 }}
pre {{ font-size: 13px; line-height: 1.4; white-space: pre-wrap; margin: .4rem 0 }}
.input_area, .jp-InputArea-editor {{ background: #f4f6f8; padding: .3rem .8rem; border-left: 3px solid #c9d2dc }}
.prompt, .jp-InputPrompt, .jp-OutputPrompt, .anchor-link {{ display: none }}
table {{ border-collapse: collapse; font-size: 14px; margin: .6rem 0 }}
th, td {{ text-align: right; padding: .2rem .7rem; border-bottom: 1px solid #dde3e9 }}
img {{ max-width: 100%; height: auto }}
</style></head><body>
{body}
</body></html>
"""


class EvidenceError(Exception):
    """A notebook could not be executed on these leads; the text says which, and why."""


def available() -> str | None:
    """Why the notebooks cannot be executed here; None where they can."""
    import importlib.util

    missing = [name for name in ("papermill", "nbconvert", "ipykernel") if importlib.util.find_spec(name) is None]
    if missing:
        return f"{', '.join(missing)} not installed; pip install 'alignment-metrics[notebooks]' brings them"
    return None if _folder().is_dir() else "the notebooks were not installed with the package"


def write(folder: Path, out: Path, *, only: str | None = None) -> Iterator[str]:
    """Execute the notebooks on ``folder`` and write each as ``out/NAME.html``; yields each name before its turn.

    Parameters
    ----------
    folder : Path
        A client's folder.
    out : Path
        A directory that exists.
    only : str, optional
        One chapter; only its notebook, if it has one, is executed.

    Raises
    ------
    EvidenceError
        A cell of a notebook raised an error.
    """
    with warnings.catch_warnings():
        # Both libraries warn about their own imports; nothing here can mend it, and a client should not see it.
        warnings.simplefilter("ignore")
        import papermill
        from nbconvert import HTMLExporter

        exporter: Any = HTMLExporter(template_name="basic")  # type: ignore[no-untyped-call]
        # One notebook may serve several chapters, and is executed once.
        for name in dict.fromkeys(name for chapter, name in NOTEBOOKS.items() if only in (None, chapter)):
            yield name
            with tempfile.TemporaryDirectory() as scratch:
                executed = Path(scratch) / f"{name}.ipynb"
                try:
                    # The client's folder is where the kernel works, so that no path of this machine is printed.
                    papermill.execute_notebook(
                        str(_folder() / f"{name}.ipynb"),
                        str(executed),
                        parameters={"folder": "."},
                        kernel_name="python3",
                        cwd=str(folder),
                        progress_bar=False,
                        # The kernel tells of its connection and of being ended; nobody can act on either.
                        # Nor may a file of the client's folder be imported: it is data, whatever its name.
                        extra_arguments=["--IPKernelApp.log_level=50", "--IPKernelApp.ignore_cwd=True"],
                    )
                except papermill.PapermillExecutionError as error:
                    raise EvidenceError(f"{name} stopped at a cell: {error.ename}: {error.evalue}") from None
                body, _ = exporter.from_filename(str(executed))
                # The cell that papermill adds has a name made up anew each time.
                body = re.sub(r'id="cell-id=[0-9a-f]{8}"', 'id="cell-id=parameters"', body)
            # What a figure shows stands as a table above it, which serves a reader who cannot see it better.
            body = body.replace("No description has been provided for this image", "Figure of the table above")
            (out / f"{name}.html").write_text(_PAGE.format(title=html.escape(name), body=body), "utf-8", newline="\n")


def _folder() -> Path:
    """The notebooks of the installed package, or those of the repository it is worked on in."""
    installed = Path(__file__).parent / "notebooks"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "notebooks"
