"""Every rule asked, and what they found as one table."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import polars as pl

from toolkit import schemas
from toolkit.rules.catalogue import RULES
from toolkit.rules.companies import NOBODY
from toolkit.rules.picture import Picture
from toolkit.rules.rule import Rule

IDENTITY = ["code", "erp", "erp_company", "payment_id", "application_id", "claim_id", "issued_payment_id"]


def find(picture: Picture, companies: pl.DataFrame, rules: Sequence[Rule] = RULES) -> pl.DataFrame:
    """`Mismatches` of one run. `companies` says which ERP company a project belongs to."""
    found = pl.concat([rule.find(picture) for rule in rules])
    homes = picture.rows.join(companies.rename({"erp_company": "home"}), on="project_id", how="left")
    found = found.join(homes.select("issued_payment_id", "home"), on="issued_payment_id", how="left").with_columns(
        erp_company=pl.coalesce("erp_company", "home", pl.lit(NOBODY))
    )
    table = found.with_columns(mismatch_id=_ids(found)).sort("mismatch_id")
    return schemas.conform(schemas.Mismatches, table)


def _ids(found: pl.DataFrame) -> pl.Series:
    """The same id for the same code and ids in every run."""
    joined = found.select(pl.concat_str(pl.col(IDENTITY).fill_null(""), separator="|")).to_series()
    return pl.Series([hashlib.sha256(text.encode()).hexdigest()[:16] for text in joined], dtype=pl.String)
