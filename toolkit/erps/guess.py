"""What a column could be where no ERP calls it so: by the stem of a word, in several languages, and by its cells.

A guess is shown to a person; nothing is loaded by it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import polars as pl

from toolkit import money
from toolkit.erps.dates import is_dated

# Stems as they stand in a label without accents, by what the cells are; the first that fits is taken.
# English, German, French, Spanish, Italian, Portuguese, Dutch.
INVOICE = ("invoice", "rechnung", "factur", "fattur", "fatur", "bill no", "bill num")
VENDOR = (
    *(" vend", "supplier", "subcontractor", "lieferant", "kreditor", "fournisseur", "proveedor"),
    *("fornitor", "fornecedor", "leverancier"),
)
STEMS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "date": (
        ("invoice_date", INVOICE),
        ("voided_date", ("void", "revers", "storn", "annul", "anul")),
        ("cleared_date", ("clear", "reconcil", "valuta", "wertstell", "rapproch", "concil")),
        ("payment_date", ("",)),
    ),
    "amount": (
        ("discount_amount", (" disc", "skonto", "escompte", "descuento", "sconto", "desconto", "korting")),
        ("withholding_amount", ("withh", "quellensteuer", "retenue a la source", "retencion")),
        ("retainage_amount", ("retain", "retention", "holdback", "einbehalt", "retenue de garantie")),
        ("applied_amount", (" net ", " netto", "amount applied", "angewandt")),
    ),
    "currency": (("currency_code", ("",)),),
    "text": (
        ("invoice_number", INVOICE),
        ("check_number", ("check", "cheque", "scheck", "assegno", "eft", "reference", "referenz", "referencia")),
        ("project_number", ("project", "job", "projekt", "bauvorhaben", "baustelle", "projet", "chantier")),
        ("project_number", ("proyecto", "obra", "progetto", "cantiere", "werf")),
        ("commitment_number", ("commitment", "contract", "subcontract", "vertrag", "contrat", "pedido", "purchase o")),
        ("vendor", VENDOR),
        ("payee_name", ("payee", "empfanger", "beneficiaire", "beneficiario")),
        ("status", ("status", "state", "zustand", "statut", "estado", "stato")),
        ("payment_method", ("method", "zahlart", "zahlweg", "mode de", "metodo", "forma de")),
        ("memo", ("memo", "note", "remark", "verwendungszweck", "libelle", "concepto", "descri")),
        ("void_mark", ("void", "revers", "storno", "annul", "anul")),
        ("payment_id", (" id ", "-id ", " key ", "beleg", "identi")),
        ("bank_account_id", ("bank", "konto", "compte", "cuenta", "conto", "conta")),
    ),
}
STATUSES = (
    ("voided", ("void", "cancel", "revers", "storn", "annul", "anul", "fail")),
    ("cleared", ("clear", "reconcil", "ausgeglichen", "rapproch", "concil")),
    ("pending", ("pend", "hold", "progress", "draft", "entwurf", "offen", "attente", "borrador", "print")),
    ("issued", ("paid", "issued", "post", "complet", "closed", "gebucht", "bezahlt", "pay", "pag", "comptab", "emit")),
)
# What turns a word into its contrary.
NOT = re.compile(r" (?:not|nicht|non|no|niet|nao) | (?:un|im|in)(?=p|c|r|v)")
TOTALS = re.compile(
    r"^(grand total|report total|total|totals|summe|gesamt\w*|totale|somme|suma|totaal)\b", re.IGNORECASE
)
_CURRENCY = re.compile(r"^[A-Z]{3}$")


def plain(label: str) -> str:
    """A label in small letters, without accents, one blank between words and at each end."""
    bare = unicodedata.normalize("NFKD", label.lower()).encode("ascii", "ignore").decode()
    return f" {' '.join(re.sub(r'[^a-z0-9-]+', ' ', bare).split())} "


def kind_of(cells: Sequence[str]) -> str:
    """What the cells are: date, amount, currency, else text."""
    if cells and all(is_dated(cell) for cell in cells):
        return "date"
    if cells and all(_CURRENCY.match(cell) for cell in cells):
        return "currency"
    texts = pl.Series(cells, dtype=pl.String)
    mark = money.decimal_mark(texts) if len(cells) else None
    written = any("." in cell or "," in cell for cell in cells)
    if mark and written and money.parse_amounts(texts, 2, mark)["reason"].null_count() == len(cells):
        return "amount"
    return "text"


def by_stem(label: str, cells: Sequence[str]) -> str | None:
    """The canonical column whose stem stands in the label and whose cells are of its kind."""
    kind, text = kind_of(cells), plain(label)
    found = next((name for name, stems in STEMS[kind] if any(stem in text for stem in stems)), None)
    if found == "vendor":
        # A code has a digit and no blank, a name has neither the one nor the other for long.
        return (
            "vendor_id" if all(" " not in cell and any(c.isdigit() for c in cell) for cell in cells) else "vendor_name"
        )
    return found


def status_of(word: str) -> str | None:
    """The canonical status that a word of a known language stands for; what is not paid is pending, the rest open."""
    text = plain(word)
    found = next((status for status, stems in STATUSES if any(stem in text for stem in stems)), None)
    return ("pending" if found == "issued" else None) if NOT.search(text) and found != "pending" else found


def whole_and_part(columns: Sequence[tuple[str, ...]], keys: Sequence[str]) -> tuple[int, int] | None:
    """Which of the amount columns is the payment's and which the bill's: the one repeats, and is the other's sum.

    `columns` are cells row by row, `keys` what tells the payment of each row.
    """
    read = []
    for cells in columns:
        texts = pl.Series(cells, dtype=pl.String)
        read.append(money.parse_amounts(texts, 2, money.decimal_mark(texts) or ".")["amount"].fill_null(0))
    for whole, part in ((i, j) for i in range(len(read)) for j in range(len(read)) if i != j):
        table = pl.DataFrame({"key": keys, "whole": read[whole], "part": read[part]})
        sums = table.group_by("key").agg(pl.col("whole").n_unique().alias("n"), pl.col("whole").first(), pl.sum("part"))
        if sums.select((pl.col("n") == 1).all() & (pl.col("whole") == pl.col("part")).all()).item():
            return whole, part
    return None
