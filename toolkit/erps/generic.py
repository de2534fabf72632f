"""Any other ERP's table, through a mapping file that says which header is which column."""

from __future__ import annotations

from toolkit import schemas
from toolkit.erps.base import Export, Extract, LoadOptions, SourceFile
from toolkit.erps.profile import Profile
from toolkit.erps.table_export import table_export
from toolkit.errors import RefusedFile

# Every column that a mapping may name; without a mapping none has a label, so nothing is recognised.
COLUMNS = (
    *(name for name in schemas.columns(schemas.Payments) if name not in ("erp", "source_file", "source_row")),
    *(name for name in schemas.columns(schemas.Applications) if name not in schemas.columns(schemas.Payments)),
    *("kind", "name", "document", "modified", "void_mark", "applied_amount"),
)

PROFILE = Profile(
    erp="generic",
    headers={name: () for name in dict.fromkeys(COLUMNS) if name not in ("application_id", "unapplied_amount")},
    needed=("payment_date",),
    by_sign=True,
    multiple=True,
    statuses={
        **dict.fromkeys(("issued", "paid", "posted", "open", "closed"), "issued"),
        **dict.fromkeys(("void", "voided"), "voided"),
        **dict.fromkeys(("cleared", "reconciled"), "cleared"),
        "pending": "pending",
    },
    twins=("check_number", "vendor_name"),
)

AMOUNTS = ("payment_amount", "applied_amount")
_TABLE = table_export(PROFILE, "any other ERP, through a mapping")


def read(file: SourceFile, options: LoadOptions) -> Extract:
    """The table by its mapping. RefusedFile where the mapping names no amount: there is nothing to load then."""
    if options.mapping and not set(options.mapping.columns) & set(AMOUNTS):
        why = "the mapping names no amount; add payment_amount (of the payment) or applied_amount (of each bill)."
        raise RefusedFile(file.name, why)
    return _TABLE.read(file, options)


EXPORT = Export(PROFILE.erp, _TABLE.title, _TABLE.recognises, read)
