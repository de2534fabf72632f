"""Yardi Voyager: a payment register, one block of rows per check, its head on the first row only.

A reversing check is a new control with the old check's number and the opposite amount. Credits
stand negative among a check's rows. One check over several properties is one payment. The legacy
export without a header row is known and refused with the way to load it.
"""

from __future__ import annotations

import re

from toolkit.erps.base import Export, Extract, LoadOptions, SourceFile
from toolkit.erps.dates import is_dated
from toolkit.erps.markup import is_markup
from toolkit.erps.profile import Profile
from toolkit.erps.sheets import is_workbook
from toolkit.erps.table_export import table_export
from toolkit.erps.text import csv_head, looks_like_json
from toolkit.errors import RefusedFile

PROFILE = Profile(
    erp="yardi",
    headers={
        "payment_number": ("control", "ctrl", "check control"),
        "bank_account_id": ("bank", "bank code", "cash account"),
        "check_number": ("check#", "check #", "check number", "chk#"),
        "payment_date": ("check date", "date"),
        "post_period": ("post month", "period"),
        "vendor_id": ("vendor", "vendor code", "person", "payee code"),
        "vendor_name": ("vendor name", "payee name", "name"),
        "invoice_number": ("invoice #", "invoice", "invoice number", "invoice#", "ref"),
        "document_number": ("payable control", "payable", "invoice control"),
        "applied_amount": ("amount", "amt payable", "check amount"),
        "cleared_date": ("clear date", "cleared date"),
        "entity": ("property", "property code"),
        "project_number": ("job",),
        "commitment_number": ("contract",),
        "memo": ("notes", "remark"),
        "payment_method": ("payment method",),
    },
    needed=("payment_number", "check_number", "payment_date", "invoice_number", "document_number", "applied_amount"),
    key=("payment_number",),
    amount="lines",
    fill_down=True,
    by_sign=True,
    twins=("check_number", "vendor_id"),
    subtotal=re.compile(r"^total k-\S+", re.IGNORECASE),
    total=re.compile(r"^grand total", re.IGNORECASE),
)

# Fields of the legacy export by position: its first says what a row is, and no row says what a field is.
LEGACY = ("TYPE", "TRANNUM", "PERSON", "NAME", "DATE", "POSTMONTH", "REF", "REMARK", "PROPERTY", "AMOUNT")
MONTH = re.compile(r"^\d{1,2}/\d{4}$")


def _is_legacy(file: SourceFile) -> bool:
    """Do the first rows have a type, a date, a month and an amount where the legacy export has them?"""
    if is_workbook(file) or is_markup(file) or looks_like_json(file):
        return False
    rows = [record.cells for record in csv_head(file, None, 5) if not record.blank]
    return bool(rows) and all(
        len(cells) >= 14 and cells[0].strip().isalpha() and is_dated(cells[4]) and MONTH.match(cells[5].strip())
        and cells[9].strip("-() ").replace(",", "").replace(".", "").isdecimal()
        for cells in rows
    )  # fmt: skip


def _refuse(file: SourceFile, options: LoadOptions) -> Extract:
    del options
    raise RefusedFile(
        file.name,
        f"is Yardi's legacy export, which has no header row. Write one above it ({', '.join(LEGACY)} ...) and load it "
        "with --mapping, as docs/erps/yardi.md shows; or export a payment register.",
    )


EXPORT = table_export(PROFILE, "Yardi Voyager", Export("yardi", "Yardi Voyager", _is_legacy, _refuse))
