"""The passes that put cash on claims by what its text and its amount say, in order, each on what is still open.

Agreement on amount comes before agreement on a number alone, because a slip of the keyboard hits a
sibling invoice. Where the ERP's own applications say it, `passes` has spoken before.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from toolkit.matching import again, ledger, lists, splits, together
from toolkit.matching.board import CENTS, DUE, OFTEN, ROUND, Board, Floats
from toolkit.matching.edges import EARLIEST, LATEST, NEAR, SAME, SPECIFIC, Edges, edges, pieces
from toolkit.matching.ledger import CLEAR_LEAD, Ledger, pairwise
from toolkit.matching.tokens import Bools, Ints
from toolkit.matching.vendors import Named

# What each of these passes says; the reason of a match begins with it.
SENTENCES = {
    "named_amount": "The text names the invoice and the cash is its amount",
    "near_amount": "The text nearly names the invoice and the cash is its amount",
    "named_basis": "The text names the invoice and the cash is its amount on another basis",
    "remittance": "The text lists invoices whose dues come to the cash",
    "remittance_basis": "The text lists invoices whose dues come to the cash but for cents or a discount",
    "vendor_amount": "Vendor and amount are the same, no invoice is named",
    "remittance_short": "The text lists invoices whose dues are more than the cash",
    "split": "Several payments name the invoice and come to its due",
    "partial": "The text names the invoice and the cash is a part of it",
    "split_rest": "The cash is what other payments left open of the claim",
    "sum": "The dues of several claims come to the cash",
    "named_part": "The text names the invoice, and with others of the vendor it comes to the cash",
    "named_only": "The text names the invoice; nothing explains the rest of the cash",
    "vendor_basis": "The cash is the claim's amount on another basis, no invoice is named",
    "near_basis": "The text nearly names the invoice and the cash is its amount on another basis",
    "paid_again": "The text names an invoice that another payment of the same amount has settled",
}
# A number that is off by one digit belongs to the sibling invoice as often; days beyond these make it worse.
LATE = 120
FIRST_BELIEF, LAST_BELIEF = 0.8, 0.35
FIRST_CAP, LAST_CAP = 500, 3000


def allocate(on: Board, said: Named) -> Ledger:
    """Run every pass over the board; the ledger holds what they found."""
    named = pieces(on, said)
    parts = _parts(on, said, named)
    pairs = edges(on, named)
    book = Ledger(on)
    blank = ~on.units.text.str.contains("[0-9]").fill_null(False).to_numpy()
    one = pairs.where((parts[pairs.unit] <= 1) & (pairs.project >= 0))
    sums_up = _decider(on)
    pairwise(book, one.where((one.number == SAME) & (one.basis == DUE)), "named_amount", sums_up)
    pairwise(book, one.where(_near(one) & (one.basis == DUE)), "near_amount", sums_up)
    pairwise(book, one.where((one.number == SAME) & (one.basis > DUE)), "named_basis", sums_up)
    _misspelt(book, one.where((one.number == 0) & (one.basis == DUE) & ~blank[one.unit]))
    listed = lists.listed(book, named, parts)
    lists.whole(book, listed)
    silent = pairs.where((pairs.number == 0) & blank[pairs.unit] & (pairs.project >= 0) & _soon(pairs))
    pairwise(book, silent.where(silent.basis == DUE), "vendor_amount", _by_project(on))
    splits.in_parts(book, one, blank)
    # What is plain comes first: it thins the claims among which the rest is looked for.
    together.combined(book, listed, FIRST_BELIEF, FIRST_CAP)
    together.combined(book, listed, LAST_BELIEF, LAST_CAP)
    lists.short(book, listed)
    together.partly_named(book, listed)
    again.earlier_first(book, pairs, blank)
    pairwise(book, silent.where((silent.basis > DUE) & (silent.basis < CENTS)), "vendor_basis", _never)
    pairwise(book, one.where((one.number > 0) & (one.basis > DUE)), "near_basis", _by_near_number)
    again.doubted(book)
    book.also.append(again.paid_again(book, pairs))
    return book


def _parts(on: Board, said: Named, named: pl.DataFrame) -> Ints:
    """How many invoices each unit's text may name: its pieces, or the words in it that name one."""
    whole = np.bincount(said.units["row"].to_numpy(), minlength=on.units.size)
    spoken = named.filter(pl.col("piece") >= said.units.height).group_by("unit").agg(pl.n_unique("piece"))
    whole[spoken["unit"].to_numpy()] = spoken["piece"].to_numpy()
    return whole


def _near(pairs: Edges) -> Bools:
    return (pairs.number > 0) & (pairs.number < SAME)


def _soon(pairs: Edges) -> Bools:
    return (pairs.days >= 0) & (pairs.days <= 150)


def _never(pick: Edges, lead: Floats) -> Bools:
    del lead
    return np.zeros(pick.unit.size, np.bool_)


def _decider(on: Board) -> ledger.Decides:
    """Number and amount decide where no other claim comes near; a short number needs project or rare amount too."""

    def decides(pick: Edges, lead: Floats) -> Bools:
        rare = on.claims.repeated[pick.claim] < OFTEN
        odd = (on.units.amount[pick.unit] % ROUND != 0) | on.claims.once[pick.claim]
        telling = (pick.size >= SPECIFIC) | (rare & ((pick.project == 1) | ((lead >= 3) & odd)))
        # A sibling invoice of the same amount is too near to a slip.
        plain = rare | (pick.number == SAME)
        timely = (pick.days >= EARLIEST) & (pick.days <= LATEST)
        sure: Bools = (lead >= CLEAR_LEAD) & telling & plain & timely
        return sure

    return decides


def _by_project(on: Board) -> ledger.Decides:
    """Amount and project decide where no other claim comes near and the amount is not one that keeps coming.

    So does an amount in odd cents that occurs once among all claims and once among all payments of the vendor.
    """

    def decides(pick: Edges, lead: Floats) -> Bools:
        repeated = on.claims.repeated[pick.claim]
        once = on.claims.once[pick.claim] & (on.units.repeated[pick.unit] == 1)
        once &= on.units.amount[pick.unit] % ROUND != 0
        sure: Bools = (lead >= CLEAR_LEAD) & (((pick.project == 1) & (repeated < OFTEN)) | once)
        return sure

    return decides


def _by_near_number(pick: Edges, lead: Floats) -> Bools:
    """A number but for its suffix, the project, and a basis of the amount to the cent."""
    exact = (pick.basis > DUE) & (pick.basis < CENTS) & (pick.number == NEAR) & (pick.size >= SPECIFIC)
    sure: Bools = exact & (pick.project == 1) & (lead >= CLEAR_LEAD)
    return sure


def _misspelt(book: Ledger, pairs: Edges) -> None:
    """Numbers a slip apart (two, where they are long), the amount the same; a sibling's number only suggests."""
    pairs = book.open(pairs)
    if not pairs.unit.size:
        return
    ours, theirs = _plain(book.on.units.text.gather(pairs.unit)), _plain(book.on.claims.number.gather(pairs.claim))
    apart = cpdist(ours.to_list(), theirs.to_list(), scorer=OSA.distance)
    length = ours.str.len_bytes().to_numpy()
    close = (apart <= np.where(length >= 7, 2, 1)) & (length >= SPECIFIC)
    sibling = _sibling(ours, theirs)[close]
    near = pairs.where(close).numbered(np.full(int(close.sum()), NEAR))
    decides = _decider(book.on)
    pairwise(book, near.where(~sibling), "near_amount", lambda pick, lead: decides(pick, lead) & (pick.days <= LATE))
    pairwise(book, near.where(sibling), "near_amount", _never)


def _plain(texts: pl.Series) -> pl.Series:
    """Letters and digits alone, a leading "inv" gone, with letters that are read as digits."""
    bare = texts.fill_null("").str.to_uppercase().str.replace_all("[^A-Z0-9]", "").str.replace("^INV(OICE)?", "")
    return bare.str.replace_all("O", "0", literal=True).str.replace_all("I", "1", literal=True)


def _sibling(ours: pl.Series, theirs: pl.Series) -> Bools:
    """True where the two differ by the value of a digit: that is another invoice's number as well as a slip."""
    digits = [side.str.replace_all("[^0-9]", "") for side in (ours, theirs)]
    as_long = (ours.str.len_bytes() == theirs.str.len_bytes()) & (
        digits[0].str.len_bytes() == digits[1].str.len_bytes()
    )
    same = [sorted(one) == sorted(other) for one, other in zip(*digits, strict=True)]
    return (as_long & ~pl.Series(same, dtype=pl.Boolean)).to_numpy()
