"""XML to records: the element that repeats most is the row, what stands above it is repeated on each.

Only a mapping says what such a file means (Yardi's replies are not public). Entities, external
references and document types are refused before anything is expanded.
"""

from __future__ import annotations

from collections import Counter
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from toolkit.erps.base import SourceFile
from toolkit.erps.text import Record
from toolkit.errors import RefusedFile


def is_markup(file: SourceFile) -> bool:
    """Does the file begin as XML?"""
    return file.head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def xml_records(file: SourceFile) -> list[Record]:
    """A header record (row 0) of all names, and one record for each row element in order."""
    try:
        root = fromstring(file.content)
        rows = list(_rows(root, {}))
    except DefusedXmlException as error:
        raise RefusedFile(file.name, "declares entities or a document type, which is not read.") from error
    except (ParseError, ValueError, LookupError) as error:
        raise RefusedFile(file.name, f"broken XML ({error}); the file may have been cut.") from error
    except RecursionError as error:
        raise RefusedFile(file.name, "nested deeper than any export.") from error
    if not rows:
        return []
    often = Counter(tag for tag, _ in rows).most_common(1)[0][0]
    kept = [cells for tag, cells in rows if tag == often]
    names = list(dict.fromkeys(name for cells in kept for name in cells))
    header = Record(0, tuple(names))
    return [header, *(Record(n, tuple(c.get(name, "") for name in names)) for n, c in enumerate(kept, start=1))]


def _rows(element: Any, above: dict[str, str]) -> Any:
    """(tag, cells) of each element that has values of its own and no rows inside."""
    own = {_bare(name): value for name, value in element.attrib.items()}
    own |= {_bare(child.tag): child.text or "" for child in element if not len(child)}
    inside = [child for child in element if len(child)]
    for child in inside:
        yield from _rows(child, above | own)
    if own and not inside:
        yield _bare(element.tag), above | own


def _bare(tag: Any) -> str:
    return str(tag).rsplit("}", maxsplit=1)[-1]
