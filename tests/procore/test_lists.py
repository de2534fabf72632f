"""A list counts only when all of it was read: pages, totals, and a second look."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.procore.company import DEPOT, SUBCONTRACT, TOWER, payment
from tests.procore.conftest import scripted
from toolkit.errors import NotFound, NotVisible, RemoteError
from toolkit.sandbox import Fault

Total = Callable[[int], int | None]


class _Host:
    """Lists `ids` in pages of `size`, whatever was asked for; `total` says what the nth reply claims."""

    def __init__(self, ids: list[int], size: int = 2, total: Total | None = None, links: bool = True) -> None:
        self.ids, self.size, self.links, self.asked = ids, size, links, 0
        self.total = total or (lambda _: len(self.ids))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        page, total = int(request.url.params["page"]), self.total(self.asked)
        rows = [{"id": identity} for identity in self.ids[(page - 1) * self.size : page * self.size]]
        headers = {"Per-Page": str(self.size)} | ({} if total is None else {"Total": str(total)})
        if self.links and page * self.size < len(self.ids):
            headers["Link"] = f'<{request.url.copy_set_param("page", page + 1)}>; rel="next"'
        return httpx.Response(200, json=rows, headers=headers)


def _ids(host: _Host) -> list[int]:
    with scripted(host) as client:
        return [row["id"] for row in client.vendors()]


def test_pages_shorter_than_asked_for_are_followed_to_the_end() -> None:
    host = _Host([1, 2, 3, 4, 5])
    # Three pages, and once more, for a list read over several instants must show the same twice.
    assert (_ids(host), host.asked) == ([1, 2, 3, 4, 5], 6)


def test_the_total_leads_on_where_no_link_does() -> None:
    assert _ids(_Host([1, 2, 3], links=False)) == [1, 2, 3]


def test_the_link_leads_on_where_no_total_is() -> None:
    assert _ids(_Host([1, 2, 3], total=lambda _: None)) == [1, 2, 3]


def test_a_list_on_one_page_is_read_once() -> None:
    host = _Host([1, 2])
    assert (_ids(host), host.asked) == ([1, 2], 1)


def test_a_list_short_of_its_total_is_read_again() -> None:
    host = _Host([1, 2], total=lambda nth: 3 if nth <= 2 else 2)
    assert _ids(host) == [1, 2]


def test_a_list_short_of_its_total_twice_is_refused_with_both_figures() -> None:
    with pytest.raises(RemoteError, match=r"the list of vendors: 2 rows where it counts 3, even on a second look"):
        _ids(_Host([1, 2], total=lambda _: 3))


def test_a_row_that_stands_on_two_pages_makes_no_whole_list() -> None:
    with pytest.raises(RemoteError, match="second look"):
        _ids(_Host([1, 2, 2]))


def test_a_list_that_changes_between_its_pages_is_refused() -> None:
    class _Moving(_Host):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            # A row goes and another comes: the totals agree, and still a row slipped between the pages.
            answer = super().__call__(request)
            self.ids = [*self.ids[1:], self.asked + 100]
            return answer

    with pytest.raises(RemoteError, match="changed while it was read"):
        _ids(_Moving([1, 2, 3, 4]))


def test_a_tab_without_a_total_proves_nothing() -> None:
    with scripted(_Host([1, 2], total=lambda _: None)) as client:
        assert not client.issued_payments("1", "2").complete
    with scripted(_Host([1, 2])) as client:
        assert client.issued_payments("1", "2").complete


def test_the_local_procore_is_read_whole_over_its_pages(procore, client) -> None:
    procore.state.payments |= {number: payment(number) for number in range(10_000, 10_700)}
    listing = client.issued_payments(str(TOWER), str(SUBCONTRACT))
    assert (len(listing.rows), listing.complete, listing.pages) == (701, True, 3)


def test_a_route_that_only_the_older_version_knows_is_asked_there() -> None:
    asked: list[str] = []

    def old_host(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        known = "/v1.0/" in request.url.path
        return httpx.Response(200 if known else 404, json=[{"id": 1}] if known else {"message": "no route"})

    with scripted(old_host) as client:
        client.claims("7")
        client.claims("7")
    assert asked == ["/rest/v1.1/requisitions", "/rest/v1.0/requisitions", "/rest/v1.0/requisitions"]


def test_a_hidden_project_is_told_by_the_newer_route(procore, client) -> None:
    procore.state.hidden_projects.add(DEPOT)
    with pytest.raises(NotVisible, match=r"answered 404: /rest/v1\.1/requisitions: Item not found"):
        client.claims(str(DEPOT))


def test_a_permission_that_is_lacking_is_not_looked_for_in_an_older_version(procore, client) -> None:
    procore.state.without_commitments_tool.add(DEPOT)
    with pytest.raises(NotVisible) as said:
        client.claims(str(DEPOT))
    assert said.value.status == 403
    assert not [path for _, path in procore.requests if "/v1.0/requisitions" in path]


@pytest.mark.parametrize("body", ["[1]", '{"id": 1}', '[{"name": "no id"}]', '[{"id": true}]', "<html>", '"x"'])
def test_what_is_no_list_of_rows_is_a_sentence(procore, client, body: str) -> None:
    procore.faults.add(Fault("GET", "/rest/v1.0/vendors", "status", status=200, body=body))
    with pytest.raises(RemoteError, match=r"/rest/v1\.0/vendors: the answer is not"):
        client.vendors()


@pytest.mark.parametrize("identity", ["../companies", "1?x=2", "", "\u0661"])
def test_only_a_whole_number_reaches_a_path(client, identity: str) -> None:
    with pytest.raises(NotFound, match="is no id of Procore"):
        client.project(identity)
