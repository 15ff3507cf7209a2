"""Makes a client folder of the city's violations: the charter that lies here, and the file with a number for each row.

Run it with the folder that holds ``dob_violations.csv``, and the one to write: ``python number_rows.py DATA CLIENT``.
"""

from __future__ import annotations

import csv
import shutil
import sys
from pathlib import Path

FILE = "dob_violations.csv"


def prepare(data: Path, client: Path) -> None:
    """Write the client folder."""
    client.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(__file__).with_name("charter.toml"), client / "charter.toml")
    with (
        (data / FILE).open(encoding="utf-8", newline="") as source,
        (client / "violations.csv").open("w", encoding="utf-8", newline="") as target,
    ):
        written = csv.writer(target, lineterminator="\n")
        for number, row in enumerate(csv.reader(source)):
            written.writerow([number or "number", *row])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: number_rows.py FOLDER-OF-DOB-VIOLATIONS CLIENT-FOLDER")
    prepare(Path(sys.argv[1]), Path(sys.argv[2]))
