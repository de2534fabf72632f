"""Invoice numbers inside text, as 64-bit keys: one pass over the bytes of a whole column, no loop over rows.

A text is cut into pieces at commas, semicolons, bars and line ends; a piece into runs of letters and
of digits. Two writings of one number have one `exact` key (case, marks, leading zeros of a run and a
leading "invoice" do not count), one `flat` key (marks may be missing, O may stand for 0), and may
share a `bare` key (without a short suffix like A, /2 or -1), `cut` (without its last character) or
`tail` (its last four digits or more).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]

MARK, DIGIT, LETTER, LIST = 0, 1, 2, 3
# Any odd number has an inverse modulo 2^64, which is what lets one running sum hash every slice.
BASE = 0x9E3779B97F4A7C15
STOP_WORDS = ("INVOICE", "INVOICES", "INV", "BILL", "NO", "NR", "NUMBER")
SHORTEST_TAIL = 4
BLOCK = 1 << 16
SCHEMA = {
    "row": pl.UInt32,
    "exact": pl.UInt64,
    "flat": pl.UInt64,
    "bare": pl.UInt64,
    "cut": pl.UInt64,
    "tail": pl.UInt64,
    "size": pl.UInt8,
}
# What the vendors' votes ask for.
VOTING = ("row", "exact", "size")


def _tables() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Per byte: its class, its upper case, and the character it may be mistaken for."""
    kind = np.full(256, MARK, np.uint8)
    kind[128:] = LETTER
    upper = np.arange(256, dtype=np.uint8)
    for code in range(256):
        char = chr(code)
        if code < 128 and char.isdigit():
            kind[code] = DIGIT
        elif code < 128 and char.isalpha():
            kind[code] = LETTER
            upper[code] = ord(char.upper())
    for char in ",;|\n\r\t":
        kind[ord(char)] = LIST
    alike = upper.copy()
    for wrong, right in (("O", "0"), ("I", "1"), ("L", "1")):
        alike[upper == ord(wrong)] = ord(right)
    return kind, upper, alike


KIND, UPPER, ALIKE = _tables()


def mixed(values: Hashes) -> Hashes:
    """A 64-bit finaliser (splitmix64): keys that are sums of powers lose their structure."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


@lru_cache(maxsize=8)
def _powers(count: int) -> tuple[Hashes, Hashes]:
    """BASE to the power of 0..count, and the inverses."""
    inverse = pow(BASE, -1, 1 << 64)
    ups, downs = (np.full(count + 1, value, np.uint64) for value in (BASE, inverse))
    ups[0] = downs[0] = 1
    return np.cumprod(ups, dtype=np.uint64), np.cumprod(downs, dtype=np.uint64)


class _Sliced:
    """Hashes of any slices of one array of codes."""

    def __init__(self, codes: Hashes) -> None:
        # Rounded up, so that few lengths are ever raised.
        ups, self._downs = _powers(1 << int(codes.size).bit_length())
        self._sums = np.zeros(codes.size + 1, np.uint64)
        np.cumsum((codes + np.uint64(1)) * ups[: codes.size], out=self._sums[1:])

    def hashes(self, start: Ints, end: Ints) -> Hashes:
        """One hash per slice; an empty slice has the hash of nothing."""
        return mixed((self._sums[end] - self._sums[start]) * self._downs[start])


@dataclass(frozen=True)
class _Runs:
    """Runs of letters or digits: where each begins and ends among the characters, and its piece."""

    start: Ints
    end: Ints
    piece: Ints
    letters: Bools


def words(texts: pl.Series) -> pl.DataFrame:
    """The words of those texts that have several, as `numbers` gives pieces: a number may stand in a sentence."""
    several = texts.str.contains(r"[A-Za-z0-9] +[A-Za-z0-9]").fill_null(False).to_numpy()
    place = np.flatnonzero(several)
    found = numbers(texts.gather(place).str.replace_all(" ", ",", literal=True), lists=True)
    return found.with_columns(row=pl.Series(place[found["row"].to_numpy()], dtype=pl.UInt32))


def numbers(texts: pl.Series, lists: bool, alike: bool = True) -> pl.DataFrame:
    """One row per piece that holds a letter or digit, in the order of rows (`SCHEMA`); `lists` False: one piece.

    Without `alike` only row, exact key and size.
    """
    # Blocks that stay in the processor's cache; a whole column takes several times as long.
    found = [
        _block(texts[begin : begin + BLOCK], lists, alike).with_columns(pl.col("row") + begin)
        for begin in range(0, len(texts), BLOCK)
    ]
    found = found or [pl.DataFrame(schema=SCHEMA)]
    return pl.concat(found, how="diagonal").select(list(SCHEMA) if alike else VOTING)


def _block(texts: pl.Series, lists: bool, alike: bool) -> pl.DataFrame:
    filled = texts.fill_null("")
    data = np.frombuffer((filled.str.join("").item() or "").encode(), np.uint8)
    lengths = filled.str.len_bytes().to_numpy().astype(np.int64)
    if not data.size:
        return pl.DataFrame(schema=SCHEMA)
    kinds = KIND[data]
    begins = (np.cumsum(lengths) - lengths)[lengths > 0]
    fresh = np.zeros(data.size, np.bool_)
    fresh[begins] = True
    if lists:
        fresh |= kinds == LIST
    kept = np.flatnonzero((kinds == DIGIT) | (kinds == LETTER))
    if not kept.size:
        return pl.DataFrame(schema=SCHEMA)
    piece = np.cumsum(fresh, dtype=np.int32)[kept]
    # Pieces count from one.
    row = np.flatnonzero(lengths)[np.searchsorted(begins, np.flatnonzero(fresh), side="right") - 1]
    return _keyed(data[kept], _runs(kept, kinds[kept], piece), row, alike)


def _runs(position: Ints, kinds: npt.NDArray[np.uint8], piece: npt.NDArray[np.int32]) -> _Runs:
    new = np.ones(position.size, np.bool_)
    new[1:] = (np.diff(position) != 1) | (kinds[1:] != kinds[:-1]) | (piece[1:] != piece[:-1])
    start = np.flatnonzero(new)
    end = np.append(start[1:], position.size)
    return _Runs(start, end, piece[start].astype(np.int64), kinds[start] == LETTER)


def _keyed(chars: npt.NDArray[np.uint8], runs: _Runs, row: Ints, alike: bool) -> pl.DataFrame:
    """Hash the runs, drop leading words, and put the runs of each piece together."""
    upper = UPPER[chars]
    # Leading zeros of a run of digits go; letters are no zeros here.
    begin = _past_zeros(upper, runs.start, runs.end)
    slices = _Sliced(upper.astype(np.uint64))
    run_hash = slices.hashes(begin, runs.end)
    first = np.ones(runs.piece.size, np.bool_)
    first[1:] = runs.piece[1:] != runs.piece[:-1]
    word = runs.letters & np.isin(run_hash, _stop_hashes())
    leading = word & first
    second = np.zeros_like(leading)
    second[1:] = word[1:] & leading[:-1] & ~first[1:]
    keep = np.flatnonzero(~(leading | second))
    if not keep.size:
        return pl.DataFrame(schema=SCHEMA)
    return _pieces(ALIKE[chars], begin[keep], runs, keep, run_hash[keep], row, alike)


def _past_zeros(chars: npt.NDArray[np.uint8], begin: Ints, end: Ints) -> Ints:
    """Where each slice begins without its leading zeros; one of zeros alone keeps its last."""
    found = begin.copy()
    at = np.arange(begin.size)
    while at.size:
        at = at[(chars[found[at]] == ord("0")) & (found[at] < end[at] - 1)]
        found[at] += 1
    return found


def _stop_hashes() -> Hashes:
    found = []
    for text in STOP_WORDS:
        codes = np.frombuffer(text.encode(), np.uint8).astype(np.uint64)
        found.append(_Sliced(codes).hashes(np.array([0]), np.array([codes.size])))
    return np.concatenate(found)


def _pieces(
    chars: npt.NDArray[np.uint8], begin: Ints, runs: _Runs, keep: Ints, run_hash: Hashes, row: Ints, alike: bool
) -> pl.DataFrame:
    piece, end = runs.piece[keep], runs.end[keep]
    new = np.ones(piece.size, np.bool_)
    new[1:] = piece[1:] != piece[:-1]
    head = np.flatnonzero(new)
    last = np.append(head[1:], piece.size) - 1
    # The flat form runs from the first character that counts to the end; runs lie side by side among the characters.
    stop = end[last]
    start = _past_zeros(chars, begin[head], stop)
    columns: dict[str, Any] = {
        "row": row[piece[head] - 1],
        "exact": _Sliced(run_hash).hashes(head, last + 1),
        "size": np.minimum(stop - start, 255),
    }
    if alike:
        letters = runs.letters[keep]
        short = np.where(letters[last], 1, 2) >= stop - runs.start[keep[last]]
        bare_end = np.where(short & (last > head), runs.start[keep[last]], stop)
        digits = np.where(letters, 0, end - begin)
        tail = np.maximum.reduceat(np.where(digits >= SHORTEST_TAIL, np.arange(piece.size), -1), head)
        columns |= _alike(_Sliced(chars.astype(np.uint64)), (start, stop, bare_end), tail, (begin, end))
    return pl.DataFrame({name: pl.Series(columns[name]).cast(SCHEMA[name]) for name in SCHEMA if name in columns})


def _alike(slices: _Sliced, flat: tuple[Ints, Ints, Ints], tail: Ints, runs: tuple[Ints, Ints]) -> dict[str, Hashes]:
    """The keys of what may be the same number: of pieces with `flat` start, end and end of the bare form."""
    (start, stop, bare_end), (begin, end) = flat, runs
    tails = slices.hashes(begin[np.maximum(tail, 0)], end[np.maximum(tail, 0)])
    return {
        "flat": slices.hashes(start, stop),
        "bare": slices.hashes(start, bare_end),
        "cut": slices.hashes(start, np.maximum(stop - 1, start)),
        "tail": np.where(tail >= 0, tails, np.uint64(0)),
    }
