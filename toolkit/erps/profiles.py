"""The table profiles of all ERPs, for `propose`: whose labels are known."""

from __future__ import annotations

from toolkit.erps import acumatica, cmic, mri, netsuite, qbo_lists, workday, xero_ledger, yardi
from toolkit.erps.profile import Profile

PROFILES: tuple[Profile, ...] = (
    netsuite.PROFILE,
    acumatica.acumatica_profile("acumatica", "vendor"),
    acumatica.acumatica_profile("myob", "supplier"),
    yardi.PROFILE,
    workday.PROFILE,
    cmic.PROFILE,
    mri.PROFILE,
    xero_ledger.PROFILE,
    qbo_lists.TRANSACTIONS,
)
