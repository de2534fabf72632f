"""Procore's JSON: both envelopes, both families of errors, and what is no JSON to us."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.errors import RemoteError
from toolkit.procore import replies


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"errors": {"amount": ["is not a number", "is blank"]}}, "amount is not a number and is blank"),
        ({"errors": ["App is not connected to this company."]}, "App is not connected to this company."),
        ({"errors": "no"}, "no"),
        ({"message": "Item not found", "exception": None}, "Item not found"),
        ({"code": 401, "message": "The access token is invalid"}, "The access token is invalid"),
        ({"reason": "closed"}, "closed"),
        ({"error": {"code": "BAD_REQUEST", "message": "Bad id", "details": []}}, "Bad id"),
        ({"error": "invalid_client"}, "invalid_client"),
        ({"errors": [{"message": "x", "code": 1}]}, "{'message': 'x', 'code': 1}"),
    ],
)
def test_an_error_is_quoted_whichever_shape_it_has(body: dict[str, Any], said: str) -> None:
    assert replies.refusal(json.dumps(body).encode()) == said


def test_an_error_that_is_no_json_is_quoted_as_text() -> None:
    assert replies.refusal(b"  Bad gateway \xff ") == "Bad gateway \ufffd"
    assert len(replies.refusal(b"<html>" + b"x" * 1000)) == 200


@settings(max_examples=50, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_error_body_is_beyond_quoting(body: object) -> None:
    assert len(replies.refusal(json.dumps(body).encode())) <= 200


def test_the_newer_envelope_is_opened() -> None:
    assert replies.parse(b'{"data": [{"id": "562949953443325"}]}', "x") == [{"id": "562949953443325"}]
    # An object of ours that happens to have a field of that name is left alone.
    assert replies.parse(b'{"id": 1, "data": "x"}', "x") == {"id": 1, "data": "x"}


def test_an_amount_that_came_as_a_number_keeps_every_digit() -> None:
    assert replies.parse(b'[{"id": 1, "amount": 0.10}]', "x") == [{"id": 1, "amount": "0.10"}]


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"[" * 100_000, b"\xff\xfe"])
def test_what_is_no_json_is_a_sentence(body: bytes) -> None:
    with pytest.raises(RemoteError, match="not JSON"):
        replies.parse(body, "api.example.com")


def test_half_a_character_does_not_stop_a_pull() -> None:
    assert replies.text(json.loads('"Bad \\ud800 name"')) == "Bad ? name"


@pytest.mark.parametrize("value", ["1.005", "NaN", "1e3", "12,5", True, {"x": 1}])
def test_an_amount_that_is_none_is_refused_with_its_place(value: object) -> None:
    with pytest.raises(RemoteError, match="an amount of invoice 5 cannot be read"):
        replies.amount(value, "USD", "invoice 5")


def test_amounts_have_one_to_four_decimals_and_mean_cents() -> None:
    told = ["47700.00", "0.0", "1250.0000", "12", None, ""]
    assert [replies.amount(text, "USD", "x") for text in told] == [4770000, 0, 125000, 1200, None, None]


def test_the_older_name_of_the_summary_is_read_too() -> None:
    row = {"id": 5, "commitment_id": 3, "g702": {"current_payment_due": "10.00"}}
    assert replies.claim_row(row, {"project_id": "1"}, {})["due_amount"] == 1000


def test_nulls_everywhere_but_in_the_id_are_borne() -> None:
    empty = {"id": 562949953443325, "vendor": None, "summary": None, "currency_configuration": None}
    assert replies.commitment_row(empty, "1")["commitment_id"] == "562949953443325"
    assert replies.claim_row(empty, {"project_id": "1"}, {})["status"] == "draft"
    assert replies.project_row(empty)["erp_integrated"] is False
    assert replies.vendor_row(empty)["vendor_name"] is None


@pytest.mark.parametrize(
    ("tools", "has"),
    [
        ([{"title": "Commitments", "is_active": True}], True),
        ([{"title": "Subcontracts", "engine_name": "commitments"}], True),
        ([{"title": "Commitments", "is_active": False}], False),
        ([{"title": "Budget", "engine_name": "budget"}], False),
        ([], False),
    ],
)
def test_the_commitments_tool_is_known_by_either_of_its_names(tools: list[dict[str, Any]], has: bool) -> None:
    assert replies.has_commitments_tool(tools) is has
