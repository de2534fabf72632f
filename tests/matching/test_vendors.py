"""The crosswalk: evidence decides which vendor is which, likeness never."""

from __future__ import annotations

import polars as pl

from tests.matching.frames import SCOPE, inputs, rows
from toolkit import schemas
from toolkit.matching.model import Inputs
from toolkit.matching.units import units
from toolkit.matching.vendors import crosswalk


def _pairs(given: Inputs) -> list[tuple[str, str, str]]:
    found = crosswalk(units(given, SCOPE), given)
    return found.select("vendor", "procore_vendor", pl.col("by").cast(pl.String)).rows()


def _paying(vendor: str, *bills: tuple[str, int], company: str = "default") -> tuple[list[dict], list[dict]]:
    head = {"erp_company": company, "vendor_name": vendor}
    payments = [{**head, "payment_id": f"p{n}", "payment_amount": cents} for n, (_, cents) in enumerate(bills)]
    applications = [
        {
            "erp_company": company,
            "payment_id": f"p{n}",
            "application_id": f"a{n}",
            "invoice_number": number,
            "applied_amount": cents,
        }
        for n, (number, cents) in enumerate(bills)
    ]
    return payments, applications


def _billed(vendor: str, *bills: tuple[str, int]) -> list[dict]:
    return [
        {"claim_id": f"c{n}", "vendor_name": vendor, "invoice_number": number, "due_amount": cents}
        for n, (number, cents) in enumerate(bills)
    ]


BILLS = (("4711", 100_01), ("4712", 200_02), ("4713", 300_03))


def test_procores_own_code_of_the_erp_vendor_decides() -> None:
    vendors = rows(schemas.Vendors, {}, [{"vendor_id": "V9", "vendor_name": "Other Name", "origin_code": "E5"}])
    given = inputs([{"payment_id": "1", "payment_amount": 1, "vendor_id": "E5"}], [], vendors=vendors)
    assert _pairs(given) == [("E5", "V9", "code")]


def test_the_same_name_but_for_case_marks_and_legal_form_decides() -> None:
    payments, applications = _paying("THOMPSON STEEL AND SONS", BILLS[0])
    claims = _billed("Thompson Steel & Sons, Inc.", ("X-1", 5))
    assert _pairs(inputs(payments, claims, applications)) == [
        ("THOMPSON STEEL AND SONS", "THOMPSON STEEL AND SONS", "name")
    ]


def test_names_that_keep_meeting_on_number_and_cents_are_one_vendor() -> None:
    payments, applications = _paying("Briar Holdings", *BILLS[:2])
    given = inputs(payments, _billed("Aster Steel", *BILLS[:2]), applications)
    assert _pairs(given) == [("BRIAR HOLDINGS", "ASTER STEEL", "votes")]


def test_one_meeting_is_no_proof_and_only_lets_suggest() -> None:
    payments, applications = _paying("Briar Holdings", BILLS[0])
    given = inputs(payments, _billed("Aster Steel", BILLS[0]), applications)
    assert _pairs(given) == [("BRIAR HOLDINGS", "ASTER STEEL", "meeting")]
    assert crosswalk(units(given, SCOPE), given)["sure"].to_list() == [False]


def test_one_meeting_of_names_that_are_alike_is_proof() -> None:
    payments, applications = _paying("Aster Stl & Iron", BILLS[0])
    found = _pairs(inputs(payments, _billed("Aster Steel and Iron", BILLS[0]), applications))
    assert found == [("ASTER STL AND IRON", "ASTER STEEL AND IRON", "votes")]


def test_one_meeting_on_a_short_number_is_nothing() -> None:
    payments, applications = _paying("Briar Holdings", ("47", 100_01))
    assert _pairs(inputs(payments, _billed("Aster Steel", ("47", 100_01)), applications)) == []


def test_one_meeting_on_a_whole_hundred_stays_a_hint_however_alike_the_names() -> None:
    payments, applications = _paying("Aster Stl & Iron", ("4711", 100_00))
    given = inputs(payments, _billed("Aster Steel and Iron", ("4711", 100_00)), applications)
    assert [by for _, _, by in _pairs(given)] == ["meeting"]


def test_a_similar_name_alone_is_no_proof() -> None:
    payments, applications = _paying("Aster Steel", *BILLS)
    claims = _billed("Astor Steel", ("9-1", 7), ("9-2", 8))
    assert _pairs(inputs(payments, claims, applications)) == []


def test_a_meeting_with_several_claims_is_no_vote() -> None:
    payments, applications = _paying("Briar Holdings", *BILLS[:2])
    claims = _billed("Aster Steel", *BILLS[:2])
    twins = [{**claim, "claim_id": f"t{claim['claim_id']}", "vendor_name": "Cedar Tile"} for claim in claims]
    assert _pairs(inputs(payments, [*claims, *twins], applications)) == []


def test_what_one_erp_company_learnt_holds_in_that_company_alone() -> None:
    payments, applications = _paying("Briar Holdings", *BILLS[:2], company="west")
    other = {"payment_id": "e", "erp_company": "east", "vendor_name": "Briar Holdings", "payment_amount": 1}
    given = inputs([*payments, other], _billed("Aster Steel", *BILLS[:2]), applications)
    found = crosswalk(units(given, SCOPE), given)
    assert found["erp_company"].to_list() == ["west"]
