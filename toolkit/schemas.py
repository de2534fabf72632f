"""The canonical tables: the only home of column names.

Every frame between two rooms has one of these shapes. Amounts are signed 64-bit integers of minor
units of `currency_code` (`toolkit.money`); identifiers are text with leading zeros kept; dates have
no zone. Field meanings: the ERP's payment document, its applications, and Procore's claims
(API `requisition`), commitments and issued payments (API `contract_payment`). Longer than other
modules, because a column's name has one home.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from functools import cache
from typing import Any, get_type_hints

import polars as pl

ERP_CODES = ("workday", "qbo", "yardi", "xero", "cmic", "netsuite", "mri", "acumatica", "myob", "generic", "procore")
PAYMENT_METHODS = ("check", "ach", "wire", "credit_card", "eft", "other")
DOCUMENT_KINDS = ("payment", "prepayment", "refund", "reversal", "credit_application")
PAYMENT_STATUSES = ("pending", "issued", "cleared", "voided", "reversed", "deleted")
APPLICATION_STATUSES = ("applied", "reversed")
DOCUMENT_TYPES = ("bill", "vendor_credit", "prepayment", "retainage_bill", "journal", "other")
# Procore's six statuses; the first three are payable.
PAYABLE_STATUSES = ("approved", "approved_as_noted", "pending_owner_approval")
CLAIM_STATUSES = (*PAYABLE_STATUSES, "draft", "under_review", "revise_and_resubmit")
COMMITMENT_KINDS = ("subcontract", "purchase_order")
BANDS = ("auto", "suggest", "confirmed")
SEVERITIES = ("blocker", "high", "medium", "low", "info")
CASE_STATES = ("open", "resolved", "waived")

# A payment's cash has left: it may be matched and paid on.
SETTLED = ("issued", "cleared")
# A payment that stands for nothing any more.
DEAD = ("voided", "reversed", "deleted")


@dataclass(frozen=True)
class Field:
    """What a column may hold, beside its type: may it be null, how long at least, which words, from what to what."""

    nullable: bool
    shortest: int | None = None
    isin: tuple[str, ...] | None = None
    within: tuple[float, float] | None = None


def _field(**said: Any) -> Any:
    """A `Field`; any type, because a column's annotation is its type."""
    return Field(**said)


def _key() -> Any:
    return _field(nullable=False, shortest=1)


def _text() -> Any:
    return _field(nullable=True)


def _one_of(words: tuple[str, ...]) -> Any:
    return _field(nullable=False, isin=words)


class Table:
    """Base of the canonical tables: exactly these columns, exactly these types, in this order."""

    @classmethod
    def validate(cls, frame: pl.DataFrame, lazy: bool = False) -> pl.DataFrame:
        """The frame itself; pandera's SchemaError (`lazy`: SchemaErrors, every fault) where it is not this table."""
        table: Any = cls
        if _is_sound(cls, frame):
            return frame
        found: pl.DataFrame = _schema(table).validate(frame, lazy=lazy)
        return found


def _is_sound(table: type[Table], frame: pl.DataFrame) -> bool:
    """Does every rule of the table hold? Asked first, because pandera, which says what does not, starts slowly."""
    if list(frame.schema.items()) != list(columns(table).items()):
        return False
    rules = [pl.lit(True)]
    for name in frame.columns:
        field: Field = getattr(table, name)
        rules += [pl.col(name).null_count() == 0] if not field.nullable else []
        rules += [(pl.col(name).str.len_chars() >= field.shortest).all()] if field.shortest else []
        rules += [pl.col(name).is_in(list(field.isin)).all()] if field.isin else []
        rules += [pl.col(name).is_between(*field.within).all()] if field.within else []
    return bool(frame.select(pl.all_horizontal(rules)).item())


@cache
def _schema(table: Any) -> Any:
    """The table as pandera checks it."""
    pa, _ = _pandera()

    def column(dtype: pl.DataType, field: Field) -> Any:
        checks = [
            *([pa.Check.str_length(min_value=field.shortest)] if field.shortest else []),
            *([pa.Check.isin(list(field.isin))] if field.isin else []),
            *([pa.Check.in_range(*field.within)] if field.within else []),
        ]
        return pa.Column(dtype, checks, nullable=field.nullable)

    fields = {name: column(dtype, getattr(table, name)) for name, dtype in columns(table).items()}
    return pa.DataFrameSchema(fields, strict=True, ordered=True, name=table.__name__)


@cache
def _pandera() -> tuple[Any, Any]:
    """What pandera has for polars, and its errors; imported late, because it takes longer to start than a match to run.

    Where Spark's client is installed pandera would load it, which takes seconds and warns of pandas; it is
    not there for that moment.
    """
    hidden = "pyspark.pandas" if "pyspark" in sys.modules else "pyspark"
    known = sys.modules.get(hidden)
    if known is None:
        sys.modules[hidden] = None  # type: ignore[assignment]
    try:
        return importlib.import_module("pandera.polars"), importlib.import_module("pandera.errors")
    finally:
        if known is None:
            del sys.modules[hidden]


class Payments(Table):
    """One row per ERP payment document, as it stands now. Key: erp, erp_company, payment_id."""

    erp: str = _one_of(ERP_CODES)
    erp_company: str = _key()
    payment_id: str = _key()
    payment_number: str = _text()
    check_number: str = _text()
    payment_method: str = _one_of(PAYMENT_METHODS)
    document_kind: str = _one_of(DOCUMENT_KINDS)
    payment_date: pl.Date = _field(nullable=False)
    vendor_id: str = _text()
    vendor_name: str = _text()
    payee_name: str = _text()
    currency_code: str = _text()
    payment_amount: pl.Int64 = _field(nullable=False)
    unapplied_amount: pl.Int64 = _field(nullable=False)
    status: str = _one_of(PAYMENT_STATUSES)
    voided_date: pl.Date = _field(nullable=True)
    cleared_date: pl.Date = _field(nullable=True)
    post_period: str = _text()
    bank_account_id: str = _text()
    reference: str = _text()
    memo: str = _text()
    project_number: str = _text()
    source_file: str = _key()
    source_row: pl.Int64 = _field(nullable=False)


class Applications(Table):
    """How much of one payment settles one document. Key: erp, erp_company, payment_id, application_id.

    `document_id` is the ERP's own key of the document (a QuickBooks Bill.Id), by which `Bills` is
    joined where the payment itself does not carry the vendor's invoice number. `entity` is the MRI
    entity or Yardi property that the document belongs to, where one payment spans several.
    """

    erp: str = _one_of(ERP_CODES)
    erp_company: str = _key()
    payment_id: str = _key()
    application_id: str = _key()
    document_type: str = _one_of(DOCUMENT_TYPES)
    document_id: str = _text()
    document_number: str = _text()
    invoice_number: str = _text()
    invoice_date: pl.Date = _field(nullable=True)
    applied_amount: pl.Int64 = _field(nullable=False)
    discount_amount: pl.Int64 = _field(nullable=False)
    withholding_amount: pl.Int64 = _field(nullable=False)
    retainage_amount: pl.Int64 = _field(nullable=False)
    project_number: str = _text()
    commitment_number: str = _text()
    entity: str = _text()
    status: str = _one_of(APPLICATION_STATUSES)
    source_file: str = _key()
    source_row: pl.Int64 = _field(nullable=False)


class Bills(Table):
    """Bills and vendor credits that a source lists beside its payments. Key: erp, erp_company, document_id."""

    erp: str = _one_of(ERP_CODES)
    erp_company: str = _key()
    document_id: str = _key()
    document_type: str = _one_of(DOCUMENT_TYPES)
    document_number: str = _text()
    invoice_number: str = _text()
    invoice_date: pl.Date = _field(nullable=True)
    vendor_id: str = _text()
    vendor_name: str = _text()
    currency_code: str = _text()
    document_amount: pl.Int64 = _field(nullable=True)
    project_number: str = _text()
    source_file: str = _key()
    source_row: pl.Int64 = _field(nullable=False)


class Projects(Table):
    """Procore projects (GET /rest/v1.0/projects/{id}). Key: project_id."""

    project_id: str = _key()
    project_number: str = _text()
    project_name: str = _text()
    currency_code: str = _text()
    erp_integrated: pl.Boolean = _field(nullable=False)
    origin_id: str = _text()


class Vendors(Table):
    """Procore's company directory vendors (GET /rest/v1.0/vendors). Key: vendor_id."""

    vendor_id: str = _key()
    vendor_name: str = _text()
    origin_id: str = _text()
    origin_code: str = _text()


class Commitments(Table):
    """Subcontracts and purchase orders. Key: commitment_id.

    `payments_enabled` is the commitment's `allow_payments`: does it have a Payments Issued tab.
    """

    commitment_id: str = _key()
    commitment_number: str = _text()
    kind: str = _one_of(COMMITMENT_KINDS)
    project_id: str = _key()
    vendor_id: str = _text()
    vendor_name: str = _text()
    status: str = _text()
    currency_code: str = _text()
    payments_enabled: pl.Boolean = _field(nullable=True)
    revised_amount: pl.Int64 = _field(nullable=True)
    paid_amount: pl.Int64 = _field(nullable=True)


class Claims(Table):
    """Subcontractor progress claims (GET /rest/v1.1/requisitions). Key: claim_id.

    `gross_amount` is the work claimed before retainage; `due_amount` is `current_payment_due`, the
    amount that payments are reconciled against.
    """

    claim_id: str = _key()
    project_id: str = _key()
    project_number: str = _text()
    commitment_id: str = _key()
    commitment_number: str = _text()
    vendor_id: str = _text()
    vendor_name: str = _text()
    claim_number: str = _text()
    invoice_number: str = _text()
    status: str = _key()
    billing_date: pl.Date = _field(nullable=True)
    gross_amount: pl.Int64 = _field(nullable=True)
    retainage_amount: pl.Int64 = _field(nullable=True)
    tax_amount: pl.Int64 = _field(nullable=True)
    due_amount: pl.Int64 = _field(nullable=True)
    currency_code: str = _text()
    origin_id: str = _text()


class IssuedPayments(Table):
    """Rows of the Payments Issued tabs (GET /rest/v1.0/contract_payments). Key: issued_payment_id.

    `synced` is true where an `origin_id` marks the row as written by an integration (it is locked).
    """

    issued_payment_id: str = _key()
    project_id: str = _key()
    commitment_id: str = _key()
    claim_id: str = _text()
    invoice_number: str = _text()
    check_number: str = _text()
    payment_number: str = _text()
    payment_date: pl.Date = _field(nullable=True)
    amount: pl.Int64 = _field(nullable=False)
    currency_code: str = _text()
    origin_id: str = _text()
    origin_data: str = _text()
    notes: str = _text()
    synced: pl.Boolean = _field(nullable=False)


class Decisions(Table):
    """What people decided about matches; facts that enter before the first pass.

    `verdict` confirm puts the application on the claim; unmatch forbids the two ever meeting.
    """

    erp: str = _one_of(ERP_CODES)
    erp_company: str = _key()
    payment_id: str = _key()
    application_id: str = _text()
    claim_id: str = _key()
    verdict: str = _one_of(("confirm", "unmatch"))


class Cases(Table):
    """What people said about mismatches: who looks after one, until when, and how it ended."""

    mismatch_id: str = _key()
    state: str = _one_of(CASE_STATES)
    owner: str = _text()
    due_date: pl.Date = _field(nullable=True)
    note: str = _text()


class PostedSyncs(Table):
    """What we pushed, from the control database: ties an issued payment to its application for good."""

    sync_id: str = _key()
    erp: str = _one_of(ERP_CODES)
    erp_company: str = _key()
    payment_id: str = _key()
    application_id: str = _text()
    claim_id: str = _text()
    issued_payment_id: str = _text()
    amount: pl.Int64 = _field(nullable=False)


class ClosedPeriods(Table):
    """Months that were signed off and locked, and by which run. Key: period (YYYY-MM)."""

    period: str = _key()
    version: pl.Int64 = _field(nullable=False)
    run_id: str = _key()


class ClosedItems(Table):
    """What was dated in a closed month when it was closed: payments of the ERP, issued payments of Procore.

    `settles` says the documents and amounts (minor units) of a payment's applications, or the claim
    of an issued payment.
    """

    period: str = _key()
    side: str = _one_of(("erp", "procore"))
    erp: str = _text()
    erp_company: str = _text()
    payment_id: str = _text()
    issued_payment_id: str = _text()
    check_number: str = _text()
    vendor_name: str = _text()
    payment_date: pl.Date = _field(nullable=False)
    currency_code: str = _text()
    amount: pl.Int64 = _field(nullable=False)
    standing: str = _one_of(("paid", "pending", "void"))
    settles: str = _text()


class Matches(Table):
    """An application (or a payment without applications: null) put beside a claim."""

    erp: str = _one_of(ERP_CODES)
    erp_company: str = _key()
    payment_id: str = _key()
    application_id: str = _text()
    claim_id: str = _key()
    matched_amount: pl.Int64 = _field(nullable=False)
    rule: str = _key()
    band: str = _one_of(BANDS)
    confidence: pl.Float64 = _field(nullable=False, within=(0, 1))
    reason: str = _key()


class Links(Table):
    """An application put beside the issued payment that already shows it in Procore.

    `claim_id` is the claim of the match that the row shows: a payment without applications may meet
    several claims and stand in several rows.
    """

    erp: str = _one_of(ERP_CODES)
    erp_company: str = _key()
    payment_id: str = _key()
    application_id: str = _text()
    issued_payment_id: str = _key()
    rule: str = _key()
    reason: str = _key()
    claim_id: str = _text()


class Mismatches(Table):
    """One broken rule on one payment, application, claim or issued payment.

    `mismatch_id` is a hash of the code and the ids, so that it is the same in every run; `amount` is
    the money at stake. `erp_company` is `(none)` where no ERP company could be told.
    """

    mismatch_id: str = _key()
    erp: str = _text()
    erp_company: str = _text()
    code: str = _key()
    severity: str = _one_of(SEVERITIES)
    payment_id: str = _text()
    application_id: str = _text()
    claim_id: str = _text()
    issued_payment_id: str = _text()
    currency_code: str = _text()
    amount: pl.Int64 = _field(nullable=False)
    sentence: str = _key()
    action: str = _key()


class StatementLines(Table):
    """The tie-out of one ERP company in one currency, line by line; the last is `unexplained`."""

    erp_company: str = _key()
    currency_code: str = _text()
    position: pl.Int64 = _field(nullable=False)
    label: str = _key()
    amount: pl.Int64 = _field(nullable=False)
    row_count: pl.Int64 = _field(nullable=False)


def columns(table: type[Table]) -> dict[str, pl.DataType]:
    """Column names and polars types of a table, in order."""
    return {name: (pl.String if hint is str else hint)() for name, hint in get_type_hints(table).items()}


def empty(table: type[Table]) -> pl.DataFrame:
    """The table with no rows."""
    return pl.DataFrame(schema=columns(table))


def conform(table: type[Table], frame: pl.DataFrame) -> pl.DataFrame:
    """Select the table's columns in order, missing ones null, cast strictly (never lossy)."""
    have = set(frame.columns)
    return frame.select(
        (pl.col(name) if name in have else pl.lit(None)).cast(dtype, strict=True).alias(name)
        for name, dtype in columns(table).items()
    )


def validate(table: type[Table], frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split a conformed frame into good rows and bad ones.

    The bad frame has the table's columns and `reasons` (String, every reason, `; ` between).
    A fault of the whole frame (a missing column, a wrong type) raises pandera's SchemaErrors.
    """
    nothing = frame.clear().with_columns(reasons=pl.lit(None, dtype=pl.String))
    if _is_sound(table, frame):
        return frame, nothing
    _, faults = _pandera()
    try:
        return table.validate(frame, lazy=True), nothing
    except faults.SchemaErrors as errors:
        failures = errors.failure_cases
        if failures["index"].null_count():
            raise
        said = (
            failures.group_by("index")
            .agg(
                pl.concat_str(
                    "column", pl.lit(": "), "check", pl.lit(" fails for "), pl.col("failure_case").fill_null("nothing")
                )
                .unique()
                .sort()
            )
            .select(pl.col("index").cast(pl.UInt32), reasons=pl.col("column").list.join("; "))
        )
        numbered = frame.with_row_index("index")
        bad = numbered.join(said, on="index", how="inner", maintain_order="left").drop("index")
        good = numbered.join(said, on="index", how="anti", maintain_order="left").drop("index")
        return good, bad
