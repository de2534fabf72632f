"""One file per ERP: its export as data, code only where the ERP is odd. `ERPS` is the whole list."""

from __future__ import annotations

from pathlib import Path

from toolkit.erps import acumatica, cmic, generic, mri, myob, netsuite, procore, qbo, workday, xero, yardi
from toolkit.erps.base import Export, Extract, LoadOptions, SourceFile
from toolkit.errors import InputError, RefusedFile, UnidentifiedExport

ERPS: tuple[Export, ...] = (
    xero.EXPORT,
    netsuite.EXPORT,
    qbo.EXPORT,
    acumatica.EXPORT,
    myob.EXPORT,
    yardi.EXPORT,
    workday.EXPORT,
    cmic.EXPORT,
    mri.EXPORT,
    generic.EXPORT,
    procore.EXPORT,
)


# How web pages begin, also those that an ERP calls Excel.
WEB_PAGE = (b"<!doctype", b"<html", b"<head", b"<body", b"<table", b"<meta", b"<div", b"<script")


def identify(file: SourceFile, options: LoadOptions) -> Export:
    """The ERP whose export this is, by content and never by name; a mapping or `options.erp` decides a tie.

    UnidentifiedExport where none or several recognise it, RefusedFile where it is no export at all or
    the ERP that was named does not recognise it.
    """
    if not file.head.strip():
        raise RefusedFile(file.name, "is empty.")
    if file.head.startswith((b"%PDF", b"\x1f\x8b")):
        raise RefusedFile(file.name, "is a PDF or a compressed file; export the report as CSV or Excel.")
    if file.head.lstrip(b"\xef\xbb\xbf \t\r\n")[:9].lower().startswith(WEB_PAGE):
        raise RefusedFile(file.name, "is a web page, perhaps a sign-in page saved by mistake; export the report again.")
    if options.mapping:
        if options.erp not in (None, options.mapping.erp):
            raise InputError(f"--erp {options.erp}: the mapping says {options.mapping.erp}.")
        return _named(options.mapping.erp)
    if options.erp:
        export = _named(options.erp)
        if not export.recognises(file):
            hint = " Give it a --mapping file: `tieout map FILE` proposes one." if export is generic.EXPORT else ""
            raise RefusedFile(file.name, f"does not look like an export of {export.title}.{hint}")
        return export
    claimants = [export for export in ERPS if export.recognises(file)]
    if len(claimants) != 1:
        raise UnidentifiedExport(Path(file.name), [export.erp for export in claimants])
    return claimants[0]


def _named(code: str) -> Export:
    known = {export.erp: export for export in ERPS}
    if code not in known:
        raise InputError(f"--erp {code}: unknown; known are {', '.join(sorted(known))}.")
    return known[code]


def read(file: SourceFile, options: LoadOptions) -> Extract:
    """Recognise and read one file; nothing is written."""
    return identify(file, options).read(file, options)
