"""A site's own labels: the mapping file, and the one that `tieout map` proposes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.load.conftest import Desk
from toolkit.cli import app
from toolkit.erps.guess import status_of
from toolkit.erps.mapping import mapping_of, read_mapping
from toolkit.errors import InputError, RefusedFile

EXPORT = """Payments of October
Check Date,Chk No.,Vendor Name,Vendor Inv #,Paid Amt,Colour
10/14/2026,000700,Tamarack Steel,TS-1,60.00,red
10/15/2026,000701,Osier Glazing,OG-1,12.00,blue
"""


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"columns": {}}, "says no ERP"),
        ({"erp": "sap"}, "known are workday"),
        ({"erp": "generic", "color": "red"}, "unknown key color"),
        ({"erp": "generic", "header_row": "5"}, "is no int"),
        ({"erp": "generic", "header_row": True}, "is no int"),
        ({"erp": "generic", "decimal": ";"}, "known are ., ,"),
        ({"erp": "generic", "columns": {"payment_date": ""}}, "columns.payment_date names no header"),
        ({"erp": "generic", "values": {"colour": {}}}, "values.colour is unknown"),
        ({"erp": "generic", "values": {"status": {"P": "gone"}}}, "values.status.P says 'gone'"),
    ],
)
def test_a_mapping_that_cannot_be_followed_is_refused_by_its_key(content: dict, reason: str) -> None:
    with pytest.raises(InputError) as refused:
        mapping_of(content, "site.toml")
    assert reason in str(refused.value)


def test_a_header_that_is_not_in_the_file_is_refused_with_those_that_are(desk: Desk) -> None:
    mapping = mapping_of(
        {"erp": "generic", "columns": {"payment_date": "Check Date", "payment_id": "Id", "applied_amount": "Paid Amt"}},
        "m",
    )
    with pytest.raises(RefusedFile, match=r'calls payment_id "Id", but the headers are Check Date, Chk No\.'):
        desk.load(EXPORT, mapping=mapping)


def test_another_mapping_of_the_same_file_is_another_load(desk: Desk) -> None:
    columns = {"payment_date": "Check Date", "vendor_name": "Vendor Name", "invoice_number": "Vendor Inv #"}
    one = mapping_of({"erp": "generic", "columns": columns | {"applied_amount": "Paid Amt"}}, "m")
    two = mapping_of({"erp": "generic", "columns": one.columns | {"check_number": "Chk No."}}, "m")
    assert desk.load(EXPORT, mapping=one).new == 2
    assert desk.load(EXPORT, mapping=two).already_loaded is False


def test_the_proposal_can_be_corrected_and_loaded_with(desk: Desk, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("october.csv").write_text(EXPORT)
    done = CliRunner().invoke(app, ["map", "october.csv", "-o", "site.toml"])
    assert done.exit_code == 0, done.output
    proposed = Path("site.toml").read_text()
    assert 'payment_date = "Check Date"' in proposed
    assert '# ? = "Colour"' in proposed
    lines = [
        "erp = 'generic'",
        "header_row = 2",
        "[columns]",
        'payment_date = "Check Date"',
        'check_number = "Chk No."',
    ]
    lines += ['vendor_name = "Vendor Name"', 'invoice_number = "Vendor Inv #"', 'applied_amount = "Paid Amt"']
    Path("site.toml").write_text("\n".join(lines))
    desk.load(EXPORT, mapping=read_mapping(Path("site.toml")))
    assert desk.rows("SELECT check_number, payment_amount FROM report.payments ORDER BY 1") == [
        ("000700", "60.00"),
        ("000701", "12.00"),
    ]


def test_a_proposal_never_writes_over_a_file(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("october.csv").write_text(EXPORT)
    Path("site.toml").write_text("mine")
    done = CliRunner().invoke(app, ["map", "october.csv", "-o", "site.toml"])
    assert isinstance(done.exception, InputError)
    assert Path("site.toml").read_text() == "mine"


ABROAD = {
    "german": (
        "Zahlungsliste;;;;;;\n\nBeleg-ID;Zahldatum;Scheck-Nr.;Kreditor;Rechnungsnummer;Zahlbetrag;Bezahlt;Zustand\n"
        "7;14.10.2026;000700;Tamarack Steel;TS-1;1.080,50;1.000,50;Gebucht\n"
        "7;14.10.2026;000700;Tamarack Steel;TS-2;1.080,50;80,00;Gebucht\n"
        "8;15.10.2026;000701;Osier Glazing;OG-1;12,00;12,00;Storniert\nSumme;;;;;2.173,00;1.092,50;\n"
    ),
    "french": (
        "Identifiant,Date de paiement,N° de chèque,Fournisseur,N° de facture,Montant,Appliqué,Statut\n"
        '7,14/10/2026,000700,Tamarack Steel,TS-1,"1080,50","1000,50",Comptabilisé\n'
        '7,14/10/2026,000700,Tamarack Steel,TS-2,"1080,50","80,00",Comptabilisé\n'
        '8,15/10/2026,000701,Osier Glazing,OG-1,"12,00","12,00",Annulé\n'
    ),
}


@pytest.mark.parametrize("language", ABROAD)
def test_an_export_in_another_language_loads_with_what_is_proposed(desk, tmp_path, monkeypatch, language) -> None:
    monkeypatch.chdir(tmp_path)
    Path("liste.csv").write_text(ABROAD[language], encoding="utf-8")
    done = CliRunner().invoke(app, ["map", "liste.csv", "-o", "site.toml"])
    assert done.exit_code == 0, done.output
    assert desk.load(ABROAD[language], mapping=read_mapping(Path("site.toml"))).counts.quarantined == 0
    assert desk.payments() == [("7", "1080.50", "issued"), ("8", "12.00", "voided")]
    assert desk.rows("SELECT invoice_number, applied_amount FROM report.applications ORDER BY 1")[1:] == [
        ("TS-1", "1000.50"),
        ("TS-2", "80.00"),
    ]


def test_what_nobody_can_tell_is_left_open_and_named(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("odd.csv").write_text("Aa,Bb,Cc\nx,1.50,2.50\ny,3.50,4.50\n")
    done = CliRunner().invoke(app, ["map", "odd.csv"])
    assert '# ? = "Bb"  # 1.50 | 3.50' in done.output
    assert "# Needed still: payment_date and payment_amount (of the payment) or applied_amount" in done.output


def test_a_mapping_without_an_amount_loads_nothing(desk: Desk) -> None:
    mapping = mapping_of({"erp": "generic", "columns": {"payment_date": "Check Date"}}, "m")
    with pytest.raises(RefusedFile, match="names no amount; add payment_amount"):
        desk.load(EXPORT, mapping=mapping)


def test_total_rows_that_a_mapping_names_must_be_met(desk: Desk) -> None:
    columns = {"payment_date": "Check Date", "check_number": "Chk No.", "applied_amount": "Paid Amt"}
    mapping = mapping_of({"erp": "generic", "totals": "Summe", "columns": columns}, "m")
    with pytest.raises(RefusedFile, match=r"73\.00"):
        desk.load(EXPORT + "Summe,,,,73.00,\n", mapping=mapping)
    assert desk.load(EXPORT + "Summe,,,,72.00,\n", mapping=mapping).counts.furniture == 3


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("Unpaid", "pending"),
        ("Nicht gebucht", "pending"),
        ("Pagado", "issued"),
        ("Annulé", "voided"),
        ("Uncleared", None),
        ("Xyz", None),
    ],
)
def test_a_status_word_is_guessed_by_its_stem_and_never_against_a_not(word: str, meaning: str | None) -> None:
    assert status_of(word) == meaning


def _legacy(kind: str, number: str, check: str) -> str:
    """One row of Yardi's legacy export: 113 fields, told by their position."""
    told = [kind, number, "tamasteel", "Tamarack Steel", "10/14/2026", "10/2026", "TS-1", "", "north", "60.00", "1010"]
    return ",".join([*told, "", "", check, *[""] * 99])


def test_yardis_export_without_a_header_is_refused_with_the_way_that_loads_it(desk: Desk) -> None:
    rows = [_legacy("P", "41010", ""), _legacy("K", "20452", "10452"), ""]
    with pytest.raises(RefusedFile, match=r"^export\.csv: is Yardi's legacy export.*--mapping"):
        desk.load("\n".join(rows))
    page = (Path(__file__).parents[2] / "docs" / "erps" / "yardi.md").read_text()
    mapping = mapping_of(tomllib.loads(page.split("```toml\n")[1].split("```")[0]), "yardi.md")
    labels = "TYPE,TRANNUM,PERSON,NAME,DATE,POSTMONTH,REF,REMARK,PROPERTY,AMOUNT,ACCOUNT,ACCRUAL,OFFSET,CHECKNUM"
    report = desk.load("\n".join([labels + "," * 99, *rows]), mapping=mapping)
    assert (report.counts.good, report.counts.other) == (1, 1)
    assert desk.payments() == [("20452", "60.00", "issued")]
