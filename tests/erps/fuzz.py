"""Broken exports by the thousand: `make fuzz N=100000`.

Each is a real case of `tests/erps` with some of its bytes, cells or lines changed. It must be refused
in one sentence, or read with every row accounted for; anything else is printed with its seed.
"""

from __future__ import annotations

import hashlib
import random
import sys
from collections import Counter
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Met:
    """How one broken export was met: the outcome's name, and what was wrong with it (None: nothing)."""

    outcome: str
    wrong: str | None = None


def meet(seed: int) -> Met:
    """Read this broken export as `tieout load` would, in this process."""
    name, content = broken(seed)
    chance = random.Random(seed)  # noqa: S311
    options = LoadOptions(date_order=chance.choice([None, "mdy", "dmy"]), project=chance.choice([None, "24-118"]))
    try:
        extract = erps.read(SourceFile(name, content, hashlib.sha256(content).hexdigest()), options)
    except TieoutError as refusal:
        said = str(refusal)
        placed = name in said and "\n" not in said.strip()
        return Met("refused", None if placed else f"{seed}: refused without its place: {said}")
    except Exception as error:  # noqa: BLE001 (whatever it is, it is what we look for)
        return Met("crashed", f"{seed}: {name}: {type(error).__name__}: {error}")
    counts = dict(vars(extract.counts))
    seen = counts.pop("rows_seen")
    whole = seen == sum(counts.values()) and min(counts.values()) >= 0
    outcome = "read in part" if counts["quarantined"] else "read whole"
    return Met(outcome, None if whole else f"{seed}: {name}: rows lost: {extract.counts}")


def fault(seed: int) -> str | None:
    """What is wrong with how this broken export was met; None where it was met well."""
    return meet(seed).wrong


def main() -> None:
    """Meet `FILES` broken exports from seed `FIRST` on, and sum up; exit 1 where one was met badly."""
    files, first = (int(word) for word in (*sys.argv[1:], "0")[:2])
    met = [meet(seed) for seed in range(first, first + files)]
    wrong = [one.wrong for one in met if one.wrong]
    outcomes = Counter(one.outcome for one in met)
    said = ", ".join(f"{times:,} {outcome}" for outcome, times in sorted(outcomes.items()))
    last = f"{files:,} files (seeds {first:,} to {first + files - 1:,}): {said}; {len(wrong)} met badly"
    sys.stdout.write("\n".join([*wrong[:50], last, ""]))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
