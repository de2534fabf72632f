"""MYOB Advanced Construction: Acumatica's inquiry with Australian labels (supplier, cheque)."""

from __future__ import annotations

from toolkit.erps.acumatica import acumatica_profile
from toolkit.erps.table_export import table_export

EXPORT = table_export(acumatica_profile("myob", "supplier"), "MYOB Advanced Construction")
