"""What the file, or the person who exported it, says it comes to: a difference refuses the file."""

from __future__ import annotations

from collections import Counter
from typing import Any

import polars as pl

from toolkit import money
from toolkit.erps.base import LoadOptions, SourceFile
from toolkit.erps.draft import Drafts
from toolkit.errors import RefusedFile


def check_totals(file: SourceFile, options: LoadOptions, drafts: Drafts) -> None:
    """What the file, or the person who exported it, says it comes to."""
    amounts: list[Any] = [payment.cells.get("payment_amount") for payment in drafts.payments]
    seen = sum(amount for amount in amounts if isinstance(amount, int))
    for said, whose in ((drafts.control_total, "its own total"), (options.expect_total, "--expect-total")):
        if said is None:
            continue
        total, reason = money.parse_amounts(pl.Series([said], dtype=pl.String)).row(0)
        if reason or total is None:
            raise RefusedFile(file.name, f"{whose} {said!r} is no amount.")
        if total != seen and not (options.accept_difference and whose == "its own total"):
            raise RefusedFile(
                file.name,
                f"{whose} is {money.plain(total, None)} but its payments come to {money.plain(seen, None)}; "
                "nothing was loaded. Export it again, or load it with --accept-difference REASON.",
            )
    if options.expect_rows is not None and options.expect_rows != len(drafts.payments):
        raise RefusedFile(
            file.name, f"--expect-rows says {options.expect_rows} payments, the file has {len(drafts.payments)}."
        )
    repeated = [key for key, times in Counter(payment.key for payment in drafts.payments).items() if times > 1]
    if repeated:
        raise RefusedFile(file.name, f"payment {repeated[0][1]} stands twice among its payments.")
