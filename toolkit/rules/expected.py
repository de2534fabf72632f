"""What Procore's own sync should bring, what it never will and why, and what arrived. Pure.

In a project whose payments Procore's ERP integration brings, Tieout pushes nothing: it says what to expect.
Sources: Procore's support pages on syncing paid invoices (the invoice is exported first, payments come only
for invoices that were, to a commitment with its Payments Issued tab on).
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from toolkit.matching.model import Inputs
from toolkit.matching.units import KEY
from toolkit.rules.picture import Picture
from toolkit.rules.requirements.company import NO_NATIVE_PAYMENTS, US_ONLY
from toolkit.rules.rollups import MONEY_OUT
from toolkit.rules.rule import PAYABLE, spaced

COLUMNS = (
    *KEY,
    "claim_id",
    "project_id",
    "project_number",
    "commitment_id",
    "commitment_number",
    "vendor_name",
    "invoice_number",
    "check_number",
    "payment_date",
    "currency_code",
    "amount",
    "issued_payment_id",
    "stands",
    "why",
    "click",
)
ARRIVED, BY_HAND, EXPECTED, NEVER = "arrived", "keyed by hand", "expected", "never"
TAB = "In Procore: the commitment > Advanced Settings > Payment Settings > tick Enable Payments."
SEND = "In Procore: the invoice > Send to ERP, then ERP Integrations > Subcontractor Invoices > Accept."
APPROVE = "In Procore: Commitments > Subcontractor Invoices > set the status to Approved."
DELETE = "Leave it, or delete it on the Payments Issued tab so that the sync can bring its own."
REFRESH = "In Procore: ERP Integrations > Subcontractor Invoices > the invoice > Refresh, or wait for the schedule."
KEY_IT = "Key it on the commitment's Payments Issued tab, or have this project pushed to from here."
BILL = "Say which invoice it pays (`tieout confirm`), or key it on the commitment's Payments Issued tab."
EDITION = "It has not come yet. Procore documents it for US editions only: from another it will not come."
_NO_CONNECTOR = pl.format("Procore's connector of {} brings no payments.", "erp")
_UNPAYABLE = pl.format("The invoice is {} in Procore, so nothing is paid on it.", spaced("claim_status"))
# The first that holds is said: arrived, then what keeps it away for good, then what it waits for.
CASES = (
    (pl.col("linked") & pl.col("synced"), ARRIVED, pl.lit("Procore's sync wrote it."), ""),
    (pl.col("linked"), BY_HAND, pl.lit("Somebody keyed it; the sync would bring it a second time."), DELETE),
    (pl.col("claim_id").is_null(), NEVER, pl.lit("No invoice of Procore's is known to be what it pays."), BILL),
    (pl.col("erp").is_in(NO_NATIVE_PAYMENTS), NEVER, _NO_CONNECTOR, KEY_IT),
    (pl.col("claim_origin").is_null(), NEVER, pl.lit("The invoice was not exported, so the sync skips it."), SEND),
    (pl.col("payments_enabled").not_(), NEVER, pl.lit("The commitment has no Payments Issued tab."), TAB),
    (~PAYABLE, NEVER, _UNPAYABLE, APPROVE),
    (pl.col("erp").is_in(US_ONLY), EXPECTED, pl.lit(EDITION), REFRESH),
    (pl.lit(value=True), EXPECTED, pl.lit("It has not come yet."), REFRESH),
)


def expected(picture: Picture, inputs: Inputs, overrides: Mapping[str, str]) -> pl.DataFrame:
    """One row per payment of a bill in a project of mode native, `amount` in minor units.

    `stands` is arrived (GREEN: Procore's sync wrote it), keyed by hand, expected, or never; `why` and
    `click` say what it waits for and what mends it. `overrides` are projects where we push after all.
    """
    native = pl.col("erp_integrated").fill_null(False) & ~pl.col("project_id").is_in(sorted(overrides))
    rows = (
        _placed(picture.units.filter(MONEY_OUT, "inside"), inputs)
        .filter(native)
        .join(inputs.commitments.select("commitment_id", "payments_enabled"), on="commitment_id", how="left")
        .join(inputs.issued_payments.select("issued_payment_id", "synced"), on="issued_payment_id", how="left")
        .with_columns(
            project_number=pl.coalesce("claim_project", "project_number"),
            invoice_number=pl.coalesce("invoice_number", "claim_number"),
        )
    )
    said = rows.with_columns(_standing()).unnest("standing")
    return said.select(COLUMNS).sort("stands", *KEY, "claim_id", nulls_last=True)


def _placed(units: pl.DataFrame, inputs: Inputs) -> pl.DataFrame:
    """Units with their project: the claim's, else the one whose number the ERP gives."""
    named = inputs.projects.select("project_number", numbered="project_id").unique("project_number", keep="none")
    known = inputs.projects.select("project_id", "erp_integrated")
    return (
        units.join(named.drop_nulls(), on="project_number", how="left")
        .with_columns(project_id=pl.coalesce("project_id", "numbered"))
        .join(known, on="project_id", how="left")
    )


def _standing() -> pl.Expr:
    said = pl.struct(stands=pl.lit(""), why=pl.lit(""), click=pl.lit(""))
    for holds, stands, why, click in reversed(CASES):
        case = pl.struct(stands=pl.lit(stands), why=why, click=pl.lit(click))
        said = pl.when(holds.fill_null(False)).then(case).otherwise(said)
    return said.alias("standing")
