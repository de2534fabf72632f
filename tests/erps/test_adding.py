"""The page on adding an ERP is followed to the letter: its profile reads a file."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from toolkit.erps.base import LoadOptions, SourceFile
from toolkit.erps.rows import read_table

PAGE = Path(__file__).parent.parent.parent / "docs" / "erps" / "adding.md"
EXPORT = """Payment listing
Payment key,Cheque No,Paid on,Subcontractor,Their invoice,Paid,Cheque total,State
7,000700,10/14/2026,Tamarack Steel,TS-1,60.00,50.00,
7,000700,10/14/2026,Tamarack Steel,TS-CR,-10.00,50.00,
8,000701,10/15/2026,Osier Glazing,OG-1,12.00,12.00,stopped
"""


def test_the_profile_of_the_page_is_short_and_reads_a_file() -> None:
    code = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)[0].replace("\n   ", "\n")
    assert len(code.splitlines()) < 30
    found: dict = {}
    exec(code.lstrip(), found)  # noqa: S102 (our own page)
    profile = replace(found["PROFILE"], erp="generic")
    extract = read_table(profile, SourceFile("listing.csv", EXPORT.encode(), "0" * 64), LoadOptions())
    rows = extract.payments.select("payment_id", "payment_amount", "status").rows()
    assert rows == [("7", 5000, "issued"), ("8", 1200, "voided")]
    assert extract.applications["document_type"].to_list() == ["bill", "vendor_credit", "bill"]
