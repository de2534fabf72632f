"""Broken exports by the thousand: `make fuzz N=100000`.

Each is a real case of `tests/erps` with some of its bytes, cells or lines changed. It must be refused
in one sentence, or read with every row accounted for; anything else is printed with its seed.
"""

from __future__ import annotations

import hashlib
import random
import sys
from pathlib import Path

from toolkit import erps
from toolkit.erps.base import LoadOptions, SourceFile
from toolkit.errors import TieoutError

HERE = Path(__file__).parent
OURS = ("said.toml", "payments.csv", "applications.csv", "loads.csv", "commitments.csv", "claims.csv")
OURS = (*OURS, "issued_payments.csv")
SEEDS = sorted(path for path in HERE.glob("*/*/*") if path.name not in OURS and path.is_file())
ODD = ["", '"', ",", ";", "\n", "\r", "\x00", "-", "(", "1e9", "NaN", "9" * 25, "\u202e", "=1+1", "Total", "null", "{}"]
ODD += ["[]", "12/31/2026", "31/12/2026", "1.234,5", "1,234.5", "Grand Total", "Voided", "\ufeff", "0", "true"]


def broken(seed: int) -> tuple[str, bytes]:
    """The name and content of one broken export; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    path = chance.choice(SEEDS)
    content = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(content) + 1)
        kind = chance.randrange(5)
        if kind == 0:
            content[at:at] = chance.choice(ODD).encode()
        elif kind == 1:
            del content[at : at + chance.randint(1, 40)]
        elif kind == 2 and at < len(content):
            content[at] = chance.randrange(256)
        elif kind == 3:
            lines = bytes(content).splitlines(keepends=True)
            chance.shuffle(lines) if chance.random() < 0.1 else lines.insert(0, chance.choice(lines or [b""]))
            content = bytearray(b"".join(lines))
        else:
            content[at : at + chance.randint(1, 8)] = chance.choice(ODD).encode()
    return path.name, bytes(content)


def fault(seed: int) -> str | None:
    """What is wrong with how this broken export was met; None where it was met well."""
    name, content = broken(seed)
    chance = random.Random(seed)  # noqa: S311
    options = LoadOptions(date_order=chance.choice([None, "mdy", "dmy"]), project=chance.choice([None, "24-118"]))
    try:
        extract = erps.read(SourceFile(name, content, hashlib.sha256(content).hexdigest()), options)
    except TieoutError as refusal:
        said = str(refusal)
        return None if name in said and "\n" not in said.strip() else f"{seed}: refused without its place: {said}"
    except Exception as error:  # noqa: BLE001 (whatever it is, it is what we look for)
        return f"{seed}: {name}: {type(error).__name__}: {error}"
    counts = vars(extract.counts)
    seen = counts.pop("rows_seen")
    return None if seen == sum(counts.values()) and min(counts.values()) >= 0 else f"{seed}: {name}: {extract.counts}"


if __name__ == "__main__":
    wrong = [said for seed in range(int(sys.argv[1])) if (said := fault(seed))]
    sys.stdout.write("\n".join([*wrong[:50], f"{sys.argv[1]} files, {len(wrong)} met badly", ""]))
    sys.exit(1 if wrong else 0)
