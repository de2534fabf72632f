"""Which ERP company a Procore project belongs to, by the payments that meet its claims."""

from __future__ import annotations

import polars as pl

from toolkit.matching.keys import vendor_key
from toolkit.matching.model import Inputs
from toolkit.rules.picture import Picture

NOBODY = "(none)"


def assign(picture: Picture, inputs: Inputs) -> pl.DataFrame:
    """Rows of project_id and erp_company: the company with most evidence, by name where two are equal.

    Evidence is a unit that met a claim of the project, a unit that names the project, and last a
    vendor of the ERP company that has a commitment there. A project without any is not listed.
    """
    met = picture.units.drop_nulls("project_id").select("project_id", "erp_company", weight=pl.lit(100))
    named = picture.units.join(
        inputs.projects.drop_nulls("project_number").select("project_number", home="project_id"), on="project_number"
    ).select(project_id="home", erp_company="erp_company", weight=pl.lit(10))
    vendors = inputs.commitments.select(home="project_id", vendor_key=vendor_key("vendor_name")).drop_nulls().unique()
    known = picture.units.select("erp_company", "vendor_key").drop_nulls().unique().join(vendors, on="vendor_key")
    votes = pl.concat([met, named, known.select(project_id="home", erp_company="erp_company", weight=pl.lit(1))])
    return (
        votes.group_by("project_id", "erp_company")
        .agg(pl.col("weight").sum())
        .sort("project_id", "weight", "erp_company", descending=[False, True, False])
        .unique("project_id", keep="first", maintain_order=True)
        .select("project_id", "erp_company")
    )
