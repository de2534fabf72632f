"""The `report` views, the same text in the warehouse and in every snapshot.

Amounts become DECIMAL(18,2) here and only here; the run's id and clock come from `canon.run`.
"""

from __future__ import annotations

from toolkit import money

_NONE = ", ".join(f"'{code}'" for code in sorted(money.NO_DECIMALS))


def _shown(column: str, currency: str, name: str | None = None) -> str:
    """Minor units as a decimal of the currency, exactly; a cast of a product, never a division."""
    factor = f"CASE WHEN {currency} IN ({_NONE}) THEN 1::DECIMAL(3,2) ELSE 0.01::DECIMAL(3,2) END"
    return f"({column}::DECIMAL(18,0) * {factor})::DECIMAL(18,2) AS {name or column.rsplit('.', maxsplit=1)[-1]}"


RUN_ID = "(SELECT run_id FROM canon.run) AS run_id"
# A payment's currency speaks for its applications and matches.
_PAYMENT = "p.erp = x.erp AND p.erp_company = x.erp_company AND p.payment_id = x.payment_id"
_APPLICATION = "a.erp = x.erp AND a.erp_company = x.erp_company AND a.payment_id = x.payment_id"

VIEWS = {
    "payments": f"""
        SELECT erp, erp_company, payment_id, payment_number, check_number, payment_method, document_kind, payment_date,
            vendor_id, vendor_name, payee_name, currency_code, {_shown("payment_amount", "currency_code")},
            {_shown("unapplied_amount", "currency_code")}, status, voided_date, cleared_date, post_period,
            bank_account_id, reference, memo, project_number, source_file, source_row
        FROM canon.payments ORDER BY erp, erp_company, payment_id""",
    "applications": f"""
        SELECT x.erp, x.erp_company, x.payment_id, x.application_id, x.document_type, x.document_id, x.document_number,
            x.invoice_number, x.invoice_date, {_shown("x.applied_amount", "p.currency_code")},
            {_shown("x.discount_amount", "p.currency_code")}, {_shown("x.withholding_amount", "p.currency_code")},
            {_shown("x.retainage_amount", "p.currency_code")}, x.project_number, x.commitment_number, x.entity,
            x.status, x.source_file, x.source_row
        FROM canon.applications x LEFT JOIN canon.payments p ON {_PAYMENT}
        ORDER BY x.erp, x.erp_company, x.payment_id, x.application_id""",
    "claims": f"""
        SELECT claim_id, project_id, project_number, commitment_id, commitment_number, vendor_id, vendor_name,
            claim_number, invoice_number, status, billing_date, {_shown("gross_amount", "currency_code")},
            {_shown("retainage_amount", "currency_code")}, {_shown("tax_amount", "currency_code")},
            {_shown("due_amount", "currency_code")}, currency_code, origin_id
        FROM canon.claims ORDER BY claim_id""",
    "commitments": f"""
        SELECT commitment_id, commitment_number, kind, project_id, vendor_id, vendor_name, status, currency_code,
            payments_enabled, {_shown("revised_amount", "currency_code")}, {_shown("paid_amount", "currency_code")}
        FROM canon.commitments ORDER BY commitment_id""",
    "projects": "SELECT * FROM canon.projects ORDER BY project_id",
    "vendors": "SELECT * FROM canon.vendors ORDER BY vendor_id",
    "issued_payments": f"""
        SELECT issued_payment_id, project_id, commitment_id, claim_id, invoice_number, check_number, payment_number,
            payment_date, {_shown("amount", "currency_code")}, currency_code, origin_id, synced, notes
        FROM canon.issued_payments ORDER BY issued_payment_id""",
    "matches": f"""
        SELECT {RUN_ID}, x.erp, x.erp_company, x.payment_id, x.application_id, x.claim_id,
            {_shown("x.matched_amount", "p.currency_code")}, x.rule, x.band, x.confidence, x.reason, p.currency_code,
            p.payment_date, p.check_number, p.vendor_name, a.invoice_number, c.invoice_number AS claim_invoice_number,
            c.project_number, c.commitment_number
        FROM canon.matches x LEFT JOIN canon.payments p ON {_PAYMENT}
        LEFT JOIN canon.applications a ON {_APPLICATION} AND a.application_id = x.application_id
        LEFT JOIN canon.claims c ON c.claim_id = x.claim_id
        ORDER BY x.erp, x.erp_company, x.payment_id, x.application_id, x.claim_id""",
    "links": f"""
        SELECT {RUN_ID}, x.*, {_shown("i.amount", "i.currency_code")}, i.payment_date, i.check_number, i.claim_id
        FROM canon.links x LEFT JOIN canon.issued_payments i USING (issued_payment_id)
        ORDER BY x.erp, x.erp_company, x.payment_id, x.application_id, x.issued_payment_id""",
    "mismatches": f"""
        SELECT {RUN_ID}, x.mismatch_id, x.erp, x.erp_company, x.code, x.severity, x.payment_id, x.application_id,
            x.claim_id, x.issued_payment_id, {_shown("x.amount", "x.currency_code")}, x.sentence, x.action,
            coalesce(f.first_seen, (SELECT as_of FROM canon.run)) AS first_seen,
            coalesce(k.state, 'open') AS state, k.owner, k.due_date, k.note, x.currency_code,
            coalesce(p.vendor_name, c.vendor_name) AS vendor_name,
            coalesce(c.project_number, p.project_number, j.project_number) AS project_number,
            coalesce(p.payment_date, i.payment_date) AS payment_date,
            coalesce(p.check_number, i.check_number) AS check_number,
            coalesce(c.invoice_number, i.invoice_number) AS invoice_number
        FROM canon.mismatches x LEFT JOIN canon.payments p ON {_PAYMENT}
        LEFT JOIN canon.claims c ON c.claim_id = x.claim_id
        LEFT JOIN canon.issued_payments i ON i.issued_payment_id = x.issued_payment_id
        LEFT JOIN canon.projects j ON j.project_id = i.project_id
        LEFT JOIN canon.first_seen f ON f.mismatch_id = x.mismatch_id
        LEFT JOIN canon.cases k ON k.mismatch_id = x.mismatch_id
        ORDER BY x.mismatch_id""",
    "statement": f"""
        SELECT {RUN_ID}, erp_company, currency_code, position, label, {_shown("amount", "currency_code")}, row_count
        FROM canon.statement ORDER BY erp_company, currency_code, position""",
    "loads": """
        SELECT load_id, source_file, sha256, erp, rows_seen, good, quarantined, blank, duplicate, furniture, other,
            amount_total, extracted_at, loaded_at, notes
        FROM canon.loads ORDER BY loaded_at, load_id""",
    "quarantine": """
        SELECT load_id, source_file, source_row, column_name, reason, raw
        FROM canon.quarantine ORDER BY load_id, source_row, column_name, reason""",
    "runs": """
        SELECT run_id, as_of, period, started_at, rules_version, parameters, inputs, content, prepared_by
        FROM canon.run ORDER BY started_at, run_id""",
}
# What `loads.duckdb` shows: everything that is known before any run.
BEFORE_ANY_RUN = (
    "payments",
    "applications",
    "claims",
    "commitments",
    "projects",
    "vendors",
    "issued_payments",
    "loads",
    "quarantine",
)


def create_statements(names: tuple[str, ...] = tuple(VIEWS)) -> list[str]:
    """One CREATE VIEW per name."""
    return [f"CREATE OR REPLACE VIEW report.{name} AS {VIEWS[name]}" for name in names]
