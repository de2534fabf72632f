"""Payments whose reversing document came in another file: the original is void from that day on.

Yardi never marks an original, Acumatica's may have been exported before it was voided: without this a
reversed check would stay payable for ever.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import duckdb
import polars as pl

from toolkit import schemas
from toolkit.warehouse.reading import frame
from toolkit.warehouse.versions import KEY

Undone = tuple[tuple[str, str, str], date]
RELEVANT = """
SELECT erp, erp_company, payment_id, check_number, coalesce(vendor_id, vendor_name) AS vendor, payment_amount,
    payment_date, voided_date, status, document_kind
FROM core.payments
WHERE current AND erp = ? AND check_number IS NOT NULL AND (erp_company, check_number) IN (
    SELECT (erp_company, check_number) FROM core.payments WHERE current AND erp = ? AND document_kind = 'reversal'
)
ORDER BY payment_date, erp_company, payment_id
"""


def reversed_elsewhere(connection: duckdb.DuckDBPyConnection, erp: str) -> list[Undone]:
    """Key and reversal date of each payment that a reversal in the warehouse undoes.

    It undoes the earliest living payment of its number, vendor and opposite amount; one that stands
    beside its voided original undoes nothing more.
    """
    living: dict[tuple[object, ...], list[tuple[str, str, str]]] = defaultdict(list)
    voided: dict[tuple[object, ...], int] = defaultdict(int)
    dates: dict[tuple[str, str, str], date] = {}
    reversals = []
    for row in frame(connection, RELEVANT, [erp, erp]).iter_rows(named=True):
        same = (row["erp_company"], row["check_number"], row["vendor"], abs(row["payment_amount"]))
        if row["document_kind"] == "reversal":
            reversals.append((same, row["payment_date"]))
        elif row["status"] == "voided":
            voided[*same, row["voided_date"]] += 1
        elif row["status"] not in schemas.DEAD and row["payment_amount"] > 0:
            key = (row["erp"], row["erp_company"], row["payment_id"])
            living[same].append(key)
            dates[key] = row["payment_date"]
    undone = []
    for same, day in reversals:
        if voided[*same, day]:
            voided[*same, day] -= 1
        elif living[same] and dates[living[same][0]] <= day:
            undone.append((living[same].pop(0), day))
    return undone


def keys(undone: list[Undone], day: date) -> pl.DataFrame:
    """The keys of the payments that were reversed on this day."""
    return pl.DataFrame([key for key, on in undone if on == day], schema=dict.fromkeys(KEY, pl.String), orient="row")
