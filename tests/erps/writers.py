"""One invented scenario written as each of the nine ERPs would export it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass

VENDORS = ("Tamarack Steel", "Total Osier Glazing", "Larch & Sons; Paving")


@dataclass(frozen=True)
class Paid:
    """A payment: its bills in cents, and how much of the first is settled by a vendor credit.

    Its first bill is that of payment `part_of`: another than itself means that both pay a part of it.
    """

    number: int
    day: int
    vendor: int
    bills: tuple[int, ...]
    credit: int
    void: bool
    part_of: int

    @property
    def cash(self) -> int:
        return sum(self.bills) - self.credit

    @property
    def check(self) -> str:
        return f"{700 + self.number:06d}"

    @property
    def name(self) -> str:
        return VENDORS[self.vendor]

    def bill(self, at: int) -> str:
        return f"B{self.number if at else self.part_of}-{at}"

    @property
    def cash_lines(self) -> list[tuple[str, int]]:
        """Bills with the cash that each gets, where credits are documents of their own."""
        return [(self.bill(at), cents - (self.credit if at == 0 else 0)) for at, cents in enumerate(self.bills)]

    @property
    def lines(self) -> list[tuple[str, int]]:
        """Bills in full and the credit negative, where both stand in the payment."""
        credit = [(f"C{self.number}", -self.credit)] if self.credit else []
        return [*((self.bill(at), cents) for at, cents in enumerate(self.bills)), *credit]


def money(cents: int) -> str:
    """Cents with thousands separators, parentheses where negative."""
    text = f"{abs(cents) // 100:,}.{abs(cents) % 100:02d}"
    return f"({text})" if cents < 0 else text


def plain(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _csv(header: str, rows: list[list[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([header.split(","), *rows])
    return text.getvalue()


def netsuite(story: list[Paid]) -> str:
    rows: list[list[object]] = []
    for p in story:
        head = [f"id{p.number}", f"9/{p.day}/2026", p.check, p.name, "Bill Payment", "Voided" if p.void else ""]
        rows += [[*head, plain(p.cash), f"Bill #{bill}", plain(cents)] for bill, cents in p.cash_lines]
        if p.credit:
            head = [f"cr{p.number}", f"9/{p.day}/2026", f"C{p.number}", p.name, "Bill Credit", "Fully Applied"]
            rows.append([*head, plain(-p.credit), f"Bill #{p.bill(0)}", plain(p.credit)])
    header = "Internal ID,Date,Document Number,Name,Type,Status,Amount,Applied To Transaction,Applied To Link Amount"
    return _csv(header, rows)


def acumatica(story: list[Paid], vendor: str = "Vendor", date: str = "9/{}/2026") -> str:
    rows: list[list[object]] = []
    for p in story:
        head = [f"{p.number:06d}", date.format(p.day), f"V{p.vendor}", p.name, p.check]
        state = "Voided" if p.void else "Closed"
        rows += [["Payment", *head, state, money(p.cash), "Bill", b, b, money(c)] for b, c in p.cash_lines]
        if p.void:
            lines = [
                ["Voided Payment", *head, "Closed", money(-p.cash), "Bill", b, b, money(-c)] for b, c in p.cash_lines
            ]
            rows += lines
        if p.credit:
            head = [f"9{p.number:05d}", *head[1:4], ""]
            rows.append(["Debit Adj.", *head, "Closed", money(p.credit), "Bill", p.bill(0), p.bill(0), money(p.credit)])
    header = f"Type,Reference Nbr.,Application Date,{vendor},{vendor} Name,Payment Ref.,Status,Payment Amount,"
    return _csv(header + f"Document Type,Applied Reference Nbr.,{vendor} Ref.,Amount Paid", rows)


def myob(story: list[Paid]) -> str:
    return acumatica(story, "Supplier", "{}/09/2026")


def yardi(story: list[Paid]) -> str:
    rows: list[list[object]] = []
    total = 0
    for p in story:
        for control, sign in [(f"K-{p.number}", 1), *([(f"K-9{p.number}", -1)] if p.void else [])]:
            head = [control, "oper", p.check, f"09/{p.day}/2026", f"v{p.vendor}", p.name]
            for at, (bill, cents) in enumerate(p.lines):
                rows.append([*(head if at == 0 else [""] * 6), bill, f"P{bill}", money(sign * cents)])
            rows.append([*[""] * 7, f"Total {control}", money(sign * p.cash)])
            total += sign * p.cash
    rows.append([*[""] * 7, "Grand Total", money(total)])
    return _csv("Control,Bank,Check#,Check Date,Vendor,Vendor Name,Invoice #,Payable Control,Amount", rows)


def mri(story: list[Paid]) -> str:
    rows: list[list[object]] = []
    for p in story:
        head = ["OPER", p.check, f"09/{p.day}/2026", f"V{p.vendor}", p.name]
        rows += [[*head, bill, money(cents), "VOID" if p.void else ""] for bill, cents in p.lines]
        rows.append([*[""] * 5, "Check Total", money(p.cash), ""])
    rows.append([*[""] * 5, "Total for Bank OPER", money(sum(p.cash for p in story if not p.void)), ""])
    return "Check Register\n\n" + _csv(
        "Bank ID,Check Number,Check Date,Vendor ID,Vendor Name,Invoice,Amount,Status", rows
    )


def workday(story: list[Paid]) -> str:
    rows: list[list[object]] = [
        [
            f"w{p.number}",
            "Supplier Payment",
            f"09/{p.day}/2026",
            p.check,
            p.name,
            "Voided" if p.void else "Complete",
            money(p.cash),
            "; ".join(bill for bill, _ in p.lines),
            "\n".join(plain(cents) for _, cents in p.lines),
        ]
        for p in story
    ]
    header = "Workday ID,Payment,Payment Date,Check Number,Payee,Payment Status,Payment Amount,"
    return _csv(header + "Supplier Invoice Numbers,Amount Applied", rows)


def cmic(story: list[Paid]) -> str:
    rows: list[list[object]] = []
    for p in story:
        head = ["01", "OPER", p.check, f"{p.day}-SEP-2026", f"{p.vendor}", p.name]
        rows += [
            [*head, b, plain(c), plain(p.cash), *(("R", "29-SEP-2026") if p.void else ("", ""))] for b, c in p.lines
        ]
    header = "Company Code,Bank Account,Cheque Number,Cheque Date,Vendor Code,Vendor Name,Invoice Number,"
    return _csv(header + "Paid Amount,Cheque Amount,Reversal Code,Reversal Date", rows)


def _date(p: Paid) -> str:
    return f"2026-09-{p.day}"


def qbo(story: list[Paid]) -> str:
    payments, bills = [], []
    for p in story:
        kinds = [(bill, abs(cents), "Bill" if cents > 0 else "VendorCredit") for bill, cents in p.lines]
        lines = [{"Amount": plain(c), "LinkedTxn": [{"TxnId": f"t{b}", "TxnType": kind}]} for b, c, kind in kinds]
        own = {"Id": f"{p.number}", "DocNumber": p.check, "TxnDate": _date(p), "VendorRef": {"name": p.name}}
        payments.append(own | ({"TotalAmt": 0, "Line": []} if p.void else {"TotalAmt": plain(p.cash), "Line": lines}))
        bills += [{"Id": f"t{bill}", "DocNumber": bill} for bill, _, kind in kinds if kind == "Bill"]
    bills = list({bill["Id"]: bill for bill in bills}.values())
    return json.dumps({"QueryResponse": {"BillPayment": payments, "Bill": bills}})


def xero(story: list[Paid]) -> str:
    payments, credits_ = [], []
    for p in story:
        for bill, cents in p.cash_lines:
            invoice = {"InvoiceID": f"i{bill}", "InvoiceNumber": bill, "Contact": {"Name": p.name}}
            own = {
                "PaymentID": f"p{p.number}{bill}",
                "BatchPaymentID": f"b{p.number}",
                "Date": _date(p),
                "Amount": plain(cents),
            }
            payments.append(own | {"Status": "DELETED" if p.void else "AUTHORISED", "Invoice": invoice})
        if p.credit:
            part = {"AllocationID": "a", "Amount": plain(p.credit), "Date": _date(p)}
            part |= {"Invoice": {"InvoiceID": f"i{p.bill(0)}", "InvoiceNumber": p.bill(0)}}
            credits_.append({"CreditNoteID": f"c{p.number}", "Type": "ACCPAYCREDIT", "Allocations": [part]})
    return json.dumps({"Payments": payments, "CreditNotes": credits_})


WRITERS: dict[str, Callable[[list[Paid]], str]] = {
    writer.__name__: writer for writer in (netsuite, acumatica, myob, yardi, mri, workday, cmic, qbo, xero)
}
