"""NetSuite by SuiteQL: bill payments with the bills they pay, summed by the database per payment and bill.

A payment without a link (a voided one has lost them) is a row too. Instants are in the account's own
zone on both sides of the comparison; the day of overlap covers what lies between.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from toolkit.erps.api.base import MAX_PAGES, Api, Ask, Fetched, Rows, document, newest_of, once, rows_of
from toolkit.erps.api.oauth import Bearer, Grant
from toolkit.erps.api.session import Session, parsed
from toolkit.errors import RemoteError, SettingsError

QUERIES = "/services/rest/query/v1/suiteql"
TOKENS = "/services/rest/auth/oauth2/v1/token"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
PAGE = 1000
# SuiteQL gives no more rows than this for one query: then another begins after the last payment.
WINDOW = 100_000
SELECT = """
SELECT t.id, t.tranid, t.transactionnumber, TO_CHAR(t.trandate, 'YYYY-MM-DD') AS trandate, t.entity,
 BUILTIN.DF(t.entity) AS entity_name, BUILTIN.DF(t.currency) AS currency, t.type, t.status, t.voided, t.memo,
 t.foreigntotal, TO_CHAR(t.lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') AS lastmodifieddate,
 l.previousdoc AS bill_id, b.tranid AS bill_no, TO_CHAR(b.trandate, 'YYYY-MM-DD') AS bill_date,
 SUM(l.foreignamount) AS foreignamount
FROM transaction t
LEFT JOIN NextTransactionLineLink l ON l.nextdoc = t.id AND l.linktype = 'Payment'
LEFT JOIN transaction b ON b.id = l.previousdoc
WHERE t.type IN ('VendPymt', 'VendCred') AND t.id > {after}{changed}{subsidiary}
GROUP BY t.id, t.tranid, t.transactionnumber, t.trandate, t.entity, BUILTIN.DF(t.entity), BUILTIN.DF(t.currency),
 t.type, t.status, t.voided, t.memo, t.foreigntotal, t.lastmodifieddate, l.previousdoc, b.tranid, b.trandate
ORDER BY t.id, l.previousdoc
"""
# Only accounts with several subsidiaries have the field, and it stands on the lines.
SUBSIDIARY = (
    " AND t.id IN (SELECT m.transaction FROM transactionline m WHERE m.mainline = 'T' AND m.subsidiary = {subsidiary})"
)
CHANGED = " AND t.lastmodifieddate >= TO_TIMESTAMP('{since}', 'YYYY-MM-DD HH24:MI:SS')"


def fetch(ask: Ask) -> Fetched:
    """Every bill payment and bill credit changed since, one row per payment and bill."""
    url = _address(ask)
    with Session(ask, url, Bearer(ask, _grant(ask, url)), {"Prefer": "transient"}) as session:
        rows = _windows(ask, session)
    newest = newest_of((_instant(row.get("lastmodifieddate")) for row in rows), ask.began)
    return Fetched(document({"items": rows}), len(rows), newest)


def _address(ask: Ask) -> str:
    account = (ask.section.account or "").lower().replace("_", "-")
    return ask.section.api_url or f"https://{account}.suitetalk.api.netsuite.com"


def _grant(ask: Ask, url: str) -> Grant:
    """Client credentials by a signed assertion: the certificate's key is the secret."""
    from joserfc import jwt  # slow to import, and only needed here
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey, RSAKey

    section = ask.section
    address = section.token_url or url + TOKENS
    kind = ECKey if section.algorithm == "ES256" else RSAKey
    try:
        key = kind.import_key(ask.secret("private_key"))
    except (ValueError, JoseError) as error:
        raise SettingsError(
            f"The private key of erp.netsuite is none that {section.algorithm} can use; it is a PEM file's content."
        ) from error

    def fields() -> dict[str, str]:
        now = int(time.time())
        header = {"alg": section.algorithm, "typ": "JWT", "kid": section.certificate_id}
        claims = {"iss": section.client_id, "scope": ["rest_webservices"], "aud": address, "iat": now, "exp": now + 300}
        signed = jwt.encode(header, claims, key, algorithms=[section.algorithm])
        return {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION,
            "client_assertion": ask.hide(signed),
        }

    return Grant(address, fields, {})


def _windows(ask: Ask, session: Session) -> Rows:
    """Window after window of at most 100,000 rows; a payment cut by a window's end is read in the next."""
    changed = CHANGED.format(since=f"{ask.since.astimezone(UTC):%Y-%m-%d %H:%M:%S}") if ask.since else ""
    subsidiary = SUBSIDIARY.format(subsidiary=_subsidiary(ask)) if ask.section.subsidiary else ""
    rows: Rows = []
    after = "0"
    for _ in range(MAX_PAGES):
        found, more = _window(ask, session, SELECT.format(after=after, changed=changed, subsidiary=subsidiary))
        last = str(found[-1].get("id")) if found else after
        whole = [row for row in found if str(row.get("id")) != last] if more else found
        rows += whole
        if not more:
            return rows
        if not whole or not last.isdecimal():
            raise RemoteError(session.host, f"payment {last} has more rows than SuiteQL gives at once.")
        after = str(int(last) - 1)
    raise RemoteError(session.host, "the list of payments has no end.")


def _subsidiary(ask: Ask) -> str:
    text = ask.section.subsidiary or ""
    if not text.isdecimal():
        raise SettingsError("tieout.toml: [erp.netsuite] subsidiary is the subsidiary's internal id, a number.")
    return text


def _window(ask: Ask, session: Session, query: str) -> tuple[Rows, bool]:
    rows: Rows = []
    body = document({"q": " ".join(query.split())})
    headers = {"Content-Type": "application/json"}
    more = True
    for offset in range(0, WINDOW, PAGE):
        ask.told(f"{len(rows)} rows read")
        reply = parsed(session.query(QUERIES, {"limit": PAGE, "offset": offset}, body, headers), session.host)
        rows += [{name: value for name, value in row.items() if name != "links"} for row in _items(reply, session)]
        more = reply.get("hasMore") is True
        if not more:
            break
    return once(rows, lambda row: (row.get("id"), row.get("bill_id"))), more


def _items(reply: Any, session: Session) -> Rows:
    return rows_of(reply, "items", session.host)


def _instant(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)).replace(tzinfo=UTC)
    except ValueError:
        return None


API = Api("netsuite", "NetSuite", ("account", "client_id", "certificate_id"), fetch)
