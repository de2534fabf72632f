"""Yardi Voyager's Vendor Invoicing interface: SOAP `GetPayables2`, sliced by check date.

Names and order of the request's parameters are those of the WSDL as a third party generated from it;
the shape of the reply is not public. So the reply's own XML is handed on as it came, to be read through
a mapping. Each call carries the licence and the database log-on in its body.
"""

from __future__ import annotations

from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from toolkit.erps.api.base import Api, Ask, Fetched
from toolkit.erps.api.session import Session, Unsigned
from toolkit.errors import Refused, RemoteError

SERVICE = "http://tempuri.org/YSI.Interfaces.WebServices/ItfVendorInvoicing"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
OPERATION = "GetPayables2"
SIGN_IN = ("UserName", "Password", "ServerName", "Database", "Platform", "InterfaceEntity", "InterfaceLicense")
SWITCHES = ("UnpaidOnly", "No3rdPartyInv", "UnpostedInvoicesOnly")
# In the order of the WSDL; what a pull does not say is sent as nil.
PARAMETERS = (
    *("YardiPropertyId", "InvoicePostMonthFrom", "InvoicePostMonthTo", "InvoiceFromDate", "InvoiceToDate"),
    *("UnpaidOnly", "InvoiceCreationFromDate", "InvoiceCreationToDate", "No3rdPartyInv", "CheckPostMonthFrom"),
    *("CheckPostMonthTo", "CheckClearedFromDate", "CheckClearedToDate", "CheckCreationFromDate"),
    *("CheckCreationToDate", "CheckFromDate", "CheckToDate", "UnpostedInvoicesOnly"),
)


def fetch(ask: Ask) -> Fetched:
    """What `GetPayables2` answers for the checks of the window, as XML."""
    parts = urlsplit(ask.section.api_url or "")
    headers = {
        "Content-Type": "text/xml; charset=utf-8",
        "Accept": "text/xml",
        "SOAPAction": f'"{SERVICE}/{OPERATION}"',
    }
    with Session(ask, f"{parts.scheme}://{parts.netloc}", Unsigned(), headers) as session:
        ask.told(f"checks from {ask.from_day} on")
        answer = _answer(session.query(parts.path, {}, _request(ask), {}).body, session.host)
    return Fetched(tostring(answer, encoding="utf-8"), len(answer))


def _request(ask: Ask) -> bytes:
    section = ask.section
    said = {
        "UserName": section.username,
        "Password": ask.secret("password"),
        "ServerName": section.server,
        "Database": section.database,
        "Platform": section.platform or "SQL Server",
        "InterfaceEntity": section.interface_entity,
        "InterfaceLicense": ask.secret("licence"),
        "YardiPropertyId": section.property_id,
        "CheckFromDate": ask.from_day.isoformat(),
        "CheckToDate": ask.began.date().isoformat(),
    } | dict.fromkeys(SWITCHES, "false")
    envelope = Element(f"{{{ENVELOPE}}}Envelope")
    call = SubElement(SubElement(envelope, f"{{{ENVELOPE}}}Body"), f"{{{SERVICE}}}{OPERATION}")
    for name in (*SIGN_IN, *PARAMETERS):
        part = SubElement(call, f"{{{SERVICE}}}{name}")
        if said.get(name) is None:
            part.set(f"{{{INSTANCE}}}nil", "true")
        part.text = said.get(name)
    return bytes(tostring(envelope, encoding="utf-8", xml_declaration=True))


def _answer(body: bytes, host: str) -> Element:
    """The result inside the SOAP envelope, whether as XML or as XML in a text; a Fault is a refusal."""
    part = _xml(body, host).find(f"{{{ENVELOPE}}}Body")
    if part is None or len(part) == 0:
        raise RemoteError(host, "the answer has no SOAP body; check [erp.yardi] api_url.")
    if part[0].tag == f"{{{ENVELOPE}}}Fault":
        raise Refused(host, "a SOAP fault;", None, "check [erp.yardi] and the interface's licence.")
    result = part[0].find(f"{{{SERVICE}}}{OPERATION}Result")
    inner = part[0] if result is None else result
    if len(inner) == 0 and (inner.text or "").strip():
        return _xml((inner.text or "").strip().encode(), host)
    return inner[0] if len(inner) == 1 else inner


def _xml(text: bytes, host: str) -> Element:
    try:
        found: Element = fromstring(text)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise RemoteError(host, "the answer is no XML; check [erp.yardi] api_url.") from error
    return found


API = Api(
    "yardi",
    "Yardi Voyager",
    ("api_url", "username", "server", "database", "interface_entity", "property_id"),
    fetch,
)
