"""The evidence pack: one archive from which a third party does the run again and sees who decided what.

It stands at a position of the log: its own event comes after. The same position and inputs give the
same bytes. `index.html` says what each file proves, `SHA256SUMS` is checked with `sha256sum -c`.
"""

from __future__ import annotations

import hashlib
import html
import io
import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl

from toolkit.audits import approvals, closing, completeness, sample
from toolkit.audits.evidence import Evidence, from_folder
from toolkit.errors import InputError, RefusedFile
from toolkit.reports.statement import render
from toolkit.reports.tables import as_csv, as_xlsx
from toolkit.workflow import standalone
from toolkit.workflow.audit import canonical

SUMS = "SHA256SUMS"
EPOCH = (1980, 1, 1, 0, 0, 0)
LARGEST = 4 * 1024**3
POPULATIONS = ("payments", "applications", "claims", "issued_payments", "matches", "mismatches")


@dataclass(frozen=True)
class Asked:
    """How a pack is made: with the source files or their hashes only, and which sample is drawn."""

    files: bool = True
    sample: int = 25
    seed: int = 1


# The log's signed head at the pack's position, and the public key of the signature.
Signed = tuple[str, str]
Parts = dict[str, tuple[bytes, str]]


def make(evidence: Evidence, signed: Signed | None, pages: Mapping[str, bytes], asked: Asked) -> bytes:
    """The archive. `pages` are the executed audits as HTML, by name; `signed` None: the log has no event yet."""
    parts: Parts = {}
    parts |= _run(evidence) | _tables(evidence, asked) | _log(evidence, signed)
    for name, page in sorted(pages.items()):
        parts[f"audits/{name}"] = (page, "An audit, executed on this run; read it in any browser, it has no scripts.")
    if asked.files:
        parts |= _files(evidence)
    parts["index.html"] = (_index(evidence, parts, asked).encode(), "What each file proves.")
    sums = "".join(f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, (body, _) in sorted(parts.items()))
    return _zipped({name: body for name, (body, _) in parts.items()} | {SUMS: sums.encode()})


def _run(evidence: Evidence) -> Parts:
    snapshot, facts = evidence.snapshot, evidence.snapshot.facts()
    told = {name: facts[name] for name in ("run_id", "as_of", "period", "rules_version", "prepared_by", "parameters")}
    told |= {"inputs": facts["inputs"], "content": facts["content"], "position": evidence.position}
    lines = snapshot.table("statement")
    return {
        f"run/{snapshot.run_id}.duckdb": (snapshot.path.read_bytes(), "The run itself, as it was published."),
        "run/run.json": (_json(told), "What the run was told (rules' version, parameters) and the hash of each view."),
        "run/settings.json": (_json(evidence.told), "The roles and limits that tieout.toml gave when it was packed."),
        "statement.xlsx": (bytes(render(lines, "xlsx", snapshot.run_id)), "The statement: both sides tie out."),  # type: ignore[arg-type]
        "statement.html": (str(render(lines, "html", snapshot.run_id)).encode(), "The same to be read."),
    }


def _tables(evidence: Evidence, asked: Asked) -> Parts:
    drawn = sample.draw(evidence, asked.sample, asked.seed)
    how = pl.DataFrame({"method": [sample.METHOD], "size": [drawn.height], "seed": [asked.seed]})
    every = {name: evidence.snapshot.view(name) for name in POPULATIONS}
    loads = completeness.files(evidence).hstack(completeness.screens(evidence).drop("source_file"))
    files = {"Loads": loads, "Sources": evidence.sources(), "Watermarks": completeness.watermarks(evidence)}
    decided = {"Decisions": approvals.decisions(evidence), "Months": closing.signatures(evidence)}
    return {
        "sources.xlsx": (as_xlsx(files), "Each source file's control totals and what the ERP's screen said of it."),
        "populations.xlsx": (as_xlsx(every), "Everything that a sample may be drawn from."),
        "sample.xlsx": (as_xlsx({"Sample": drawn, "Method": how}), "A sample, traced from the ERP's row to Procore's."),
        "payments.xlsx": (as_xlsx({"Payments": approvals.payments(evidence)}), "Who submitted and approved what."),
        "access.xlsx": (as_xlsx({"Access": approvals.access(evidence)}), "Who acted with which roles, by date."),
        "decisions.xlsx": (as_xlsx(decided), "What people decided, and who signed which month."),
        "duties.csv": (as_csv(approvals.duties(evidence)).encode(), "The duties that must lie apart, asked of all."),
    }


def _log(evidence: Evidence, signed: Signed | None) -> Parts:
    lines = "".join(json.dumps(event, sort_keys=True) + "\n" for event in evidence.events)
    syncs = [dict(row) for _, row in sorted(evidence.syncs.items())]
    verifier = Path(standalone.__file__).read_bytes()
    parts = {
        "log/events.jsonl": (lines.encode(), "Every event up to the pack's position, each bound to the one before."),
        "log/syncs.json": (_json(syncs), "The payments that the events speak of."),
        "log/verify_log.py": (verifier, "Checks the log with nothing but Python: you need not trust Tieout."),
    }
    if signed:
        parts["log/head.checkpoint"] = (signed[0].encode(), "The log's signed head: its end was not cut off.")
        said = "The public part of the signing key; compare it with the one that you were given another way."
        parts["log/public_key.txt"] = (f"{signed[1]}\n".encode(), said)
    return parts


def _files(evidence: Evidence) -> Parts:
    parts: Parts = {}
    for row in evidence.sources().iter_rows(named=True):
        content = evidence.body(row["sha256"])
        if content is not None:
            parts[f"files/{row['sha256']}"] = (content, f"{row['what']} {row['name']}, as it came.")
    return parts


def _json(value: Any) -> bytes:
    return (json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, default=str) + "\n").encode()


def _index(evidence: Evidence, parts: Parts, asked: Asked) -> str:
    facts = evidence.snapshot.facts()
    rows = "".join(
        f"<tr><td>{html.escape(name)}<td>{len(body)}<td>{hashlib.sha256(body).hexdigest()[:16]}<td>{html.escape(why)}"
        for name, (body, why) in sorted(parts.items())
    )
    said = (
        f"Payments up to {facts['as_of']}{', ' + facts['period'] + ' only' if facts['period'] else ''}, prepared by "
        f"{facts['prepared_by']}, at event {evidence.position} of the log ({canonical(vars(asked))})."
    )
    return (
        f"<!doctype html>\n<meta charset='utf-8'>\n<title>Evidence of run {evidence.snapshot.run_id}</title>\n"
        "<style>body{font:15px/1.5 system-ui,sans-serif;margin:2rem}td{padding:.2rem .8rem .2rem 0;"
        "vertical-align:top}</style>\n"
        f"<h1>Evidence of run {evidence.snapshot.run_id}</h1>\n<p>{html.escape(said)}</p>\n"
        "<p>Do it again: <code>tieout audit reperform PACK</code>. Check the files: <code>sha256sum -c SHA256SUMS"
        "</code>. Check the log: <code>python verify_log.py events.jsonl head.checkpoint --key KEY</code>.</p>\n"
        f"<table><tr><th align=left>File<th>Bytes<th>SHA-256<th align=left>What it proves{rows}</table>\n"
    )


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """One archive, its files in order and without clocks."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, body in sorted(files.items()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            archive.writestr(entry, body)
    return target.getvalue()


@contextmanager
def unpacked(path: Path, key: str | None = None) -> Iterator[Evidence]:
    """The evidence in a pack, unpacked for as long as the block.

    RefusedFile where it is no pack, is damaged, or holds hashes only; AuditBroken where its log's head
    is not signed by `key`.
    """
    with tempfile.TemporaryDirectory(prefix="tieout-pack-") as place:
        folder = Path(place)
        _unzip(path, folder)
        _check(path, folder)
        if not (folder / "files").is_dir():
            raise RefusedFile(path.name, "holds hashes only: without the source files nothing can be done again.")
        yield from_folder(folder, key)


def _unzip(path: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [PurePosixPath(entry.filename) for entry in archive.infolist()]
            if any(name.is_absolute() or ".." in name.parts for name in names):
                raise RefusedFile(path.name, "names files outside itself: it is no evidence pack.")
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
                raise RefusedFile(path.name, "unpacks to more than 4 GB, which no evidence pack does.")
            archive.extractall(folder)
    except (OSError, zipfile.BadZipFile) as error:
        raise RefusedFile(path.name, f"cannot be read as an archive ({error}).") from error


def _check(path: Path, folder: Path) -> None:
    """Every file is what the pack's own list says, and none is missing or added."""
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
        listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    except OSError as error:
        raise RefusedFile(path.name, f"has no {SUMS}: it is no evidence pack.") from error
    found = {str(file.relative_to(folder).as_posix()): file for file in folder.rglob("*") if file.is_file()}
    del found[SUMS]
    wrong = [
        name
        for name in sorted({*found, *listed})
        if name not in found or hashlib.sha256(found[name].read_bytes()).hexdigest() != listed.get(name)
    ]
    if wrong:
        raise RefusedFile(path.name, f"was altered: {', '.join(wrong[:3])} is not what {SUMS} lists.")


def write(path: Path, body: bytes) -> None:
    """Put the pack in its place, readable by its owner alone."""
    try:
        path.write_bytes(body)
        path.chmod(0o600)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}.") from error
