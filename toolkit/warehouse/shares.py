"""What is told twice under two keys, and would settle a bill twice: one of the two is set aside.

A credit as a document of its own, and as a share in the record of a payment beside it: NetSuite's searches
list a Bill Credit under its id, the record of a payment lists under `credit` what that payment used of it
(`CREDIT|PAYMENT`). And a batch of Xero's as one payment, where its suppliers were not yet known, and as a
payment for each (`BATCH|SUPPLIER`).
"""

from __future__ import annotations

import duckdb
import polars as pl

from toolkit.warehouse.reading import frame
from toolkit.warehouse.versions import KEY

# Of each credit's bills: what its own document settles of them, and what shares in payments do.
COVERED = """
WITH told AS (
    SELECT p.erp, p.erp_company, p.payment_id, a.document_id, a.invoice_number, a.applied_amount
    FROM core.payments p JOIN core.applications a USING (erp, erp_company, payment_id)
    WHERE p.current AND a.current AND p.erp = ? AND p.document_kind = 'credit_application' AND a.document_type = 'bill'
), share AS (
    SELECT *, split_part(payment_id, '|', 1) AS credit,
        sum(applied_amount) OVER (PARTITION BY erp_company, credit, coalesce(document_id, invoice_number)) AS used
    FROM told WHERE contains(payment_id, '|')
), met AS (
    SELECT s.erp, s.erp_company, s.payment_id, coalesce(bool_or(s.used <= o.applied_amount), false) AS by_own
    FROM share s LEFT JOIN told o ON o.erp_company = s.erp_company AND o.payment_id = s.credit
        AND (o.document_id = s.document_id OR o.invoice_number = s.invoice_number)
    GROUP BY s.erp, s.erp_company, s.payment_id, s.document_id, s.invoice_number
)
SELECT erp, erp_company, payment_id FROM met GROUP BY ALL HAVING bool_and(by_own) ORDER BY ALL
"""
# Of a batch and its payments by supplier the newer telling holds for each part; of two of one time, the split one.
OLDER = """
WITH told AS (
    SELECT p.erp, p.erp_company, p.payment_id, split_part(p.payment_id, '|', 1) AS batch,
        contains(p.payment_id, '|') AS split, a.application_id, p.extracted_at
    FROM core.payments p JOIN core.applications a USING (erp, erp_company, payment_id)
    WHERE p.current AND a.current AND p.erp = 'xero' AND p.document_kind = 'payment'
), met AS (
    SELECT t.erp, t.erp_company, t.payment_id, t.application_id, bool_or(o.application_id IS NOT NULL) AS again
    FROM told t LEFT JOIN told o ON o.erp_company = t.erp_company AND o.batch = t.batch AND o.split <> t.split
        AND o.application_id = t.application_id
        AND (o.extracted_at > t.extracted_at OR (o.extracted_at = t.extracted_at AND o.split))
    GROUP BY t.erp, t.erp_company, t.payment_id, t.application_id
)
SELECT erp, erp_company, payment_id FROM met GROUP BY ALL HAVING bool_and(again) ORDER BY ALL
"""


def told_twice(connection: duckdb.DuckDBPyConnection, erp: str) -> pl.DataFrame:
    """Keys of credits that their own document tells too, and of batches that their suppliers' payments do."""
    found = frame(connection, OLDER) if erp == "xero" else frame(connection, COVERED, [erp])
    return found.select(KEY)


def set_aside(connection: duckdb.DuckDBPyConnection, shares: pl.DataFrame) -> None:
    """These are kept as versions, but no longer count: the other telling does."""
    connection.register("told_twice", shares)
    for table in ("payments", "applications"):
        connection.execute(
            f"UPDATE core.{table} SET current = false WHERE current AND (erp, erp_company, payment_id) IN "
            "(SELECT (erp, erp_company, payment_id) FROM told_twice)"
        )
    connection.unregister("told_twice")
