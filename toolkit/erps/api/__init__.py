"""The ERPs' APIs, one module each; `APIS` is the whole list."""

from __future__ import annotations

from toolkit.erps.api import acumatica, cmic, mri, netsuite, qbo, workday, xero, yardi
from toolkit.erps.api.base import OVERLAP, Api, Ask, Fetched
from toolkit.errors import InputError, SettingsError

__all__ = ["APIS", "OVERLAP", "Api", "Ask", "Fetched", "api_of", "fetch"]

APIS: tuple[Api, ...] = (
    xero.API,
    qbo.API,
    acumatica.ACUMATICA,
    acumatica.MYOB,
    netsuite.API,
    cmic.API,
    workday.API,
    mri.API,
    yardi.API,
)


def api_of(erp: str) -> Api:
    """The API of an ERP; InputError names those there are."""
    known = {api.erp: api for api in APIS}
    if erp not in known:
        raise InputError(
            f"pull {erp}: known are procore, {', '.join(sorted(known))}; files are loaded by `tieout load`."
        )
    return known[erp]


def fetch(ask: Ask) -> Fetched:
    """Ask the ERP's API; SettingsError names the first key that it lacks."""
    api = api_of(ask.erp)
    for key in api.needs:
        if not getattr(ask.section, key):
            raise SettingsError(f"tieout.toml lacks [erp.{ask.erp}] {key}, which {api.title}'s API needs.")
    return api.fetch(ask)
