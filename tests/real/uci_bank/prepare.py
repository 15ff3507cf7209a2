"""Makes a client folder of the bank's phone campaign: the charter that lies here, and its ``calls.csv``.

Run it with the folder that holds ``bank-full.csv``, and the one to write: ``python prepare.py DATA CLIENT``.
"""

from __future__ import annotations

import csv
import datetime as dt
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

COLUMNS = ("id", "called", "subscribed", "line", "job", "previous_campaign", "calls")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FIRST_YEAR = 2008


def rows(source: Path) -> Iterator[dict[str, str]]:
    """One row a client called. The file is in order of time, so a month that falls back begins another year."""
    year, before = FIRST_YEAR, 0
    with source.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file, delimiter=";"), start=1):
            month = MONTHS.index(row["month"]) + 1
            year += month < before
            before = month
            day = dt.date(year, month, int(row["day"])).isoformat()
            yield {
                "id": str(number),
                "called": day,
                "subscribed": day if row["y"] == "yes" else "",
                "line": row["contact"],
                "job": row["job"],
                "previous_campaign": row["poutcome"],
                "calls": band(int(row["campaign"])),
            }


def band(calls: int) -> str:
    """The number of calls in the campaign, the deciding one included, in bands: no day is known but the last."""
    return str(calls) if calls <= 2 else "3 to 5" if calls <= 5 else "6 or more"


def prepare(data: Path, client: Path) -> None:
    """Write the client folder."""
    client.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(__file__).with_name("charter.toml"), client / "charter.toml")
    with (client / "calls.csv").open("w", encoding="utf-8", newline="") as file:
        written = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        written.writeheader()
        written.writerows(rows(data / "bank-full.csv"))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: prepare.py FOLDER-OF-BANK-FULL CLIENT-FOLDER")
    prepare(Path(sys.argv[1]), Path(sys.argv[2]))
