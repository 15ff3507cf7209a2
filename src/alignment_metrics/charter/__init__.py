"""The plan both teams signed: definitions, sources, agreement and policy, read from ``charter.toml`` and checked.

Every threshold of the audit lives here, and every mistake in the file is told at once, by the path of its key.
"""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

from alignment_metrics.charter.files import layouts
from alignment_metrics.charter.plan import (
    ACCOUNT,
    CHOICES,
    CHURNED,
    COLUMNS,
    CUSTOMER,
    DIRECTIONS,
    EVENT,
    ITEMS,
    LISTS,
    PERIODS,
    RESERVED,
    SIGNS,
    STANDARD,
    TAGS,
    TEAMS,
    TREATMENTS,
    Charter,
    Definition,
    Direction,
    Export,
    Funnel,
    Organisation,
    Policy,
    Source,
)
from alignment_metrics.charter.reading import Reader
from alignment_metrics.charter.stated import Agreement, Entered, Goal, Team, Year

__all__ = [
    "ACCOUNT",
    "CHOICES",
    "CHURNED",
    "COLUMNS",
    "CUSTOMER",
    "DIRECTIONS",
    "EVENT",
    "ITEMS",
    "LISTS",
    "PERIODS",
    "RESERVED",
    "SIGNS",
    "STANDARD",
    "TAGS",
    "TEAMS",
    "TREATMENTS",
    "Agreement",
    "Charter",
    "Definition",
    "Direction",
    "Entered",
    "Export",
    "Funnel",
    "Goal",
    "Organisation",
    "Policy",
    "Source",
    "Team",
    "Year",
    "layouts",
    "read_charter",
]


def read_charter(folder: str | Path) -> Charter:
    """Read and check ``charter.toml`` in a client's folder.

    Parameters
    ----------
    folder : str or Path
        The client's folder, or the charter file itself.

    Returns
    -------
    Charter

    Raises
    ------
    FileNotFoundError
        The folder or its charter is not there.
    ValueError
        The charter cannot be read, is not TOML, or breaks the rules; the message lists every mistake with the path of
        its key.
    """
    path = Path(folder)
    if path.name != "charter.toml":
        if not path.is_dir():
            raise FileNotFoundError(f"there is no folder {path}; name the folder that holds charter.toml.")
        path = path / "charter.toml"
    if not path.is_file():
        raise FileNotFoundError(
            f"there is no charter.toml in {path.parent}; write one, or start from the one in a sample folder "
            f"(alignment-metrics sample DIR)."
        )
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}; change its permissions.") from None
    try:
        # A charter edited on another machine must not change the findings by its line ends or byte-order mark.
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
        document = tomllib.loads(text)
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8 text; save it as UTF-8.") from None
    except RecursionError:
        raise ValueError(f"{path} is not valid TOML: it is nested too deeply; write it flat.") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} is not valid TOML: {error}; correct it there.") from None
    except ValueError:  # what is left is a number of more digits than Python reads
        raise ValueError(f"{path} is not valid TOML: it has a number of thousands of digits; shorten it.") from None
    return Reader(path.parent).charter(document, hashlib.sha256(text.encode()).hexdigest())
