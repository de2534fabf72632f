"""A profile as an `Export`: recognised by its header row, read by its profile."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.erps.base import Export, Extract, LoadOptions, SourceFile
from toolkit.erps.header import find_header
from toolkit.erps.profile import Profile
from toolkit.erps.replies import knows_reply
from toolkit.erps.rows import read_table
from toolkit.errors import RefusedFile

NOTHING_SAID = LoadOptions()


def table_export(profile: Profile, title: str, other: Export | None = None) -> Export:
    """The ERP's table, and beside it another shape of the same ERP's data (`other`: saved replies)."""
    return tables_export((profile,), title, other)


def tables_export(profiles: Sequence[Profile], title: str, other: Export | None = None) -> Export:
    """The same for an ERP with several reports; a file is read by the first that knows its header."""

    def known(file: SourceFile, options: LoadOptions) -> Profile | None:
        return next((one for one in profiles if knows_reply(file, one) or find_header(file, one, options)), None)

    def recognises(file: SourceFile) -> bool:
        return bool(other and other.recognises(file)) or known(file, NOTHING_SAID) is not None

    def read(file: SourceFile, options: LoadOptions) -> Extract:
        if other and options.mapping is None and other.recognises(file):
            return other.read(file, options)
        if options.mapping is not None:
            return read_table(profiles[0], file, options)
        profile = known(file, options)
        if profile is None:
            raise RefusedFile(file.name, f"does not look like an export of {title}.")
        return read_table(profile, file, options)

    return Export(profiles[0].erp, title, recognises, read)
