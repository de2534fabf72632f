"""What stands twice, and which payments replace a voided one: flags that several rules ask for."""

from __future__ import annotations

import polars as pl

from toolkit import schemas
from toolkit.matching.keys import check_key, invoice_key
from toolkit.matching.model import Inputs
from toolkit.matching.units import KEY

# A memo that speaks of an earlier payment, in words that ERPs and people use.
TOLD = r"(?i)void|reissu|re-issu|replac|redo|stop|lost|cancel|instead"


def paid_twice(parts: pl.DataFrame) -> pl.DataFrame:
    """Flag `paid_twice` on every payment of a bill after the one that settles it; name the `earlier_check`.

    The bill is the claim, or the vendor's invoice number where no claim is known; only payments of
    the same amount whose sum is more than is due count, so that part payments stay part payments.
    """
    group = ["erp", "erp_company", "bill", "amount"]
    alive = parts.filter("alive", "cash", pl.col("amount") > 0)
    several = _billed(alive).filter(pl.col("bill").is_not_null(), pl.len().over(group) > 1)
    # What Procore already shows came first; then the earlier payment, then the lower id.
    order = several.sort(
        pl.col("linked").not_(), "payment_date", pl.col("payment_id").str.len_chars(), *KEY, "part", nulls_last=True
    )
    enough = pl.coalesce("bill_due", "amount")
    more = pl.col("amount").sum().over(group) > enough
    nth = pl.int_range(pl.len()).over(group)
    room = (nth + 1) * pl.col("amount") <= enough
    flagged = order.select(
        "unit",
        "part",
        paid_twice=more & ~room & (nth > 0),
        earlier_check=pl.col("check_number").first().over(group),
        earlier_payment=pl.col("payment_id").first().over(group),
    )
    return parts.join(flagged, on=["unit", "part"], how="left").with_columns(pl.col("paid_twice").fill_null(False))


def _billed(parts: pl.DataFrame) -> pl.DataFrame:
    """Parts with their `bill` and its `bill_due`: a second payment finds the first one's claim by number."""
    by_number = ["erp", "erp_company", "vendor_bill"]
    named = parts.with_columns(
        vendor_bill=pl.concat_str(pl.coalesce("vendor_id", "vendor_key"), pl.lit("#"), "number_key")
    )
    met = named.filter(pl.col("claim_id").is_not_null(), pl.col("vendor_bill").is_not_null())
    lone = met.unique([*by_number, "claim_id"]).unique(by_number, keep="none")
    claims = lone.select(*by_number, lone_claim="claim_id", lone_due="due")
    return named.join(claims, on=by_number, how="left").with_columns(
        bill=pl.coalesce("claim_id", "lone_claim", "vendor_bill"), bill_due=pl.coalesce("due", "lone_due")
    )


def reissued(parts: pl.DataFrame, inputs: Inputs) -> pl.DataFrame:
    """Name the voided payment that a payment replaces (`replaces`, `void_check`) and its row in Procore (`void_row`).

    It is the latest voided payment of the vendor, not later than the payment, on the same bill, or
    one whose check number the memo names.
    """
    dead = _dead(parts, inputs)
    alive = parts.filter("alive", "cash").select(
        *KEY, "part", "vendor_key", "number_key", "claim_id", "payment_date", "memo"
    )
    company = ["erp", "erp_company"]
    by_number = alive.join(
        dead.with_columns(number_key=pl.coalesce("void_number", "void_invoice")),
        on=[*company, "vendor_key", "number_key"],
    )
    by_claim = alive.join(dead.with_columns(claim_id="void_claim"), on=[*company, "vendor_key", "claim_id"])
    by_memo = (
        alive.filter(pl.col("memo").str.contains(TOLD))
        .join(dead, on=[*company, "vendor_key"])
        .filter(pl.col("memo").str.contains(pl.col("void_check"), literal=True))
    )
    columns = [*KEY, "part", "payment_date", "replaces", "void_check", "void_row", "void_date"]
    found = (
        pl.concat([pairs.select(columns) for pairs in (by_number, by_claim, by_memo)])
        .filter(pl.col("payment_date") >= pl.col("void_date"), pl.col("payment_id") != pl.col("replaces"))
        .sort("void_date", "replaces", descending=[True, False])
        .unique([*KEY, "part"], keep="first", maintain_order=True)
    )
    return parts.join(
        found.select(*KEY, "part", "replaces", "void_check", "void_row"),
        on=[*KEY, "part"],
        how="left",
        nulls_equal=True,
    )


def _dead(parts: pl.DataFrame, inputs: Inputs) -> pl.DataFrame:
    stands = inputs.issued_payments.select(
        void_row="issued_payment_id", void_claim="claim_id", void_invoice=invoice_key("invoice_number")
    )
    return (
        parts.filter(pl.col("status").is_in(schemas.DEAD))
        .select(
            "erp",
            "erp_company",
            "vendor_key",
            replaces="payment_id",
            void_check="check_number",
            void_number="number_key",
            void_date="payment_date",
            void_row="issued_payment_id",
        )
        .join(stands, on="void_row", how="left")
    )


def shown_twice(rows: pl.DataFrame) -> pl.DataFrame:
    """Flag `twice` on rows that repeat another row of Procore, and name that one (`first_row`).

    They stand on one claim (or, without a claim, on one Invoice # of a commitment), with the same
    amount and the same check number or date. The row that shows a payment is the first, else a synced
    one, else the lower id.
    """
    place = pl.coalesce("claim_id", pl.concat_str("commitment_id", pl.lit("#"), invoice_key("invoice_number")))
    marked = rows.with_columns(
        place=place,
        by_check=pl.concat_str(place, pl.lit("#"), check_key("check_number")),
        by_date=pl.concat_str(place, pl.lit("#"), pl.col("payment_date").cast(pl.String)),
    )
    order = marked.sort(
        pl.col("link_rule").is_null(),
        ~pl.col("synced"),
        pl.col("issued_payment_id").str.len_chars(),
        "issued_payment_id",
    )
    first = {
        name: pl.when(pl.col(name).is_not_null())
        .then(pl.col("issued_payment_id").first().over(name, "amount"))
        .otherwise("issued_payment_id")
        for name in ("by_check", "by_date")
    }
    seen = order.with_columns(**{f"{name}_first": expr for name, expr in first.items()})
    other = pl.coalesce(
        pl.when(pl.col(f"{name}_first") != pl.col("issued_payment_id")).then(f"{name}_first")
        for name in ("by_check", "by_date")
    )
    return (
        seen.with_columns(first_row=pl.when(pl.col("link_rule").is_null()).then(other))
        .with_columns(twice=pl.col("first_row").is_not_null())
        .drop("place", "by_check", "by_date", "by_check_first", "by_date_first")
        .sort("issued_payment_id")
    )
