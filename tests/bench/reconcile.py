"""How long one reconciliation takes as the months grow: `make bench`. Invented rows, no files, no network."""

from __future__ import annotations

import sys
import time
from datetime import date, timedelta

import polars as pl

from toolkit import schemas
from toolkit.matching.model import Inputs, Scope
from toolkit.rules.reconcile import reconcile

SIZES = (1_000, 10_000, 50_000)
START = date(2026, 1, 1)


def company(size: int) -> Inputs:
    """`size` payments of one application each; one claim in fifty has no payment, one amount in forty differs."""
    every = range(size)
    days = [START + timedelta(days=number % 300) for number in every]
    dues = [100_000 + number for number in every]
    vendors = [f"Vendor {number % 200}" for number in every]
    projects = [f"P-{number % 20}" for number in every]
    invoices = [f"INV-{number:06d}" for number in every]
    key = {"erp": "netsuite", "erp_company": "default", "source_file": "bench", "source_row": 1}
    payments = pl.DataFrame({"payment_id": [str(n) for n in every], "payment_date": days, "payment_amount": dues})
    applications = pl.DataFrame(
        {"payment_id": [str(n) for n in every], "invoice_number": invoices, "applied_amount": dues}
    )
    claims = pl.DataFrame(
        {
            "claim_id": [str(9_000_000 + n) for n in every],
            "invoice_number": [name if n % 50 else f"X-{n}" for n, name in enumerate(invoices)],
            "due_amount": [due if n % 40 else due + 1 for n, due in enumerate(dues)],
            "vendor_name": vendors,
            "project_number": projects,
            "project_id": projects,
            "commitment_id": [f"{n % 20}-{n % 200}" for n in every],
        }
    )
    return Inputs(
        payments=schemas.conform(
            schemas.Payments,
            payments.with_columns(
                *(pl.lit(value).alias(name) for name, value in key.items()),
                vendor_name=pl.Series(vendors),
                project_number=pl.Series(projects),
                payment_method=pl.lit("check"),
                document_kind=pl.lit("payment"),
                currency_code=pl.lit("USD"),
                status=pl.lit("issued"),
                unapplied_amount=pl.lit(0),
            ),
        ),
        applications=schemas.conform(
            schemas.Applications,
            applications.with_columns(
                *(pl.lit(value).alias(name) for name, value in key.items()),
                application_id=pl.col("payment_id") + "-1",
                document_type=pl.lit("bill"),
                status=pl.lit("applied"),
                discount_amount=pl.lit(0),
                withholding_amount=pl.lit(0),
                retainage_amount=pl.lit(0),
                project_number=pl.Series(projects),
            ),
        ),
        claims=schemas.conform(
            schemas.Claims, claims.with_columns(status=pl.lit("approved"), currency_code=pl.lit("USD"))
        ),
    )


def main() -> None:
    """Print seconds per size, and stop where the two sides do not tie."""
    for size in SIZES:
        inputs = company(size)
        begun = time.perf_counter()
        found = reconcile(inputs, Scope(as_of=date(2026, 12, 31)))
        seconds = time.perf_counter() - begun
        last = found.statement.sort("position").row(-1, named=True)
        if (last["label"], last["amount"]) != ("unexplained", 0):
            sys.exit(f"{size} payments: the statement does not tie ({last})")
        said = f"{found.matches.height:>7,} matches {found.mismatches.height:>7,} mismatches"
        sys.stdout.write(f"{size:>7,} payments  {seconds:6.2f} s  {said}\n")


if __name__ == "__main__":
    main()
