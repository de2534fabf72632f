"""The ERPs' APIs, one module each; `APIS` is the whole list."""

from __future__ import annotations

from toolkit.erps.api import acumatica, cmic, mri, netsuite, qbo, workday, xero, yardi
from toolkit.erps.api.base import OVERLAP, Api, Ask, Fetched
from toolkit.errors import InputError, SettingsError
from toolkit.settings import ErpSection, Settings

__all__ = ["APIS", "OVERLAP", "Api", "Ask", "Fetched", "api_of"]

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


def api_of(erp: str, settings: Settings) -> Api:
    """An ERP's API; InputError names those there are, SettingsError the first key that it lacks."""
    known = {api.erp: api for api in APIS}
    if erp not in known:
        raise InputError(
            f"pull {erp}: known are procore, {', '.join(sorted(known))}; files are loaded by `tieout load`."
        )
    section = settings.erp.get(erp, ErpSection())
    for key in known[erp].needs:
        if not getattr(section, key):
            raise SettingsError(f"tieout.toml lacks [erp.{erp}] {key}, which {known[erp].title}'s API needs.")
    return known[erp]
