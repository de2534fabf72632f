"""Is what is kept of a run what it was: every file, every view, the journal, people's words, the log."""

from __future__ import annotations

import polars as pl

from toolkit import schemas
from toolkit.audits import approvals, completeness
from toolkit.audits.evidence import Evidence
from toolkit.audits.reperform import Again, views
from toolkit.warehouse import Snapshot

WHOLE = "as it was"


def checks(evidence: Evidence, again: Again) -> pl.DataFrame:
    """One row per thing that was looked at: what, found (`as it was`, or `altered`), where.

    Nothing is believed because it is written down: files are hashed, the run is done again, the log's
    chain is walked, and what people said is read from the log beside what the run took in.
    """
    rows = [*_sources(evidence), *_journal(evidence, again), *_views(evidence, again)]
    rows += [_facts(evidence, again), _words(evidence), _log(evidence)]
    return pl.DataFrame(
        [(what, "altered" if where else WHOLE, where) for what, where in rows],
        schema={"what": pl.String, "found": pl.String, "where": pl.String},
        orient="row",
    )


def altered(evidence: Evidence, again: Again) -> pl.DataFrame:
    """Only what is no longer as it was."""
    return checks(evidence, again).filter(pl.col("found") != WHOLE)


def _sources(evidence: Evidence) -> list[tuple[str, str]]:
    every = evidence.sources()
    lost = [
        (f"{row['what']} {row['name']}", f"{row['found']}: nothing kept has its SHA-256 {row['sha256'][:12]}")
        for row in every.filter(pl.col("found") != "whole").iter_rows(named=True)
    ]
    return [*lost, (f"{every.height - len(lost)} source files and replies, by their SHA-256", "")]


def _views(evidence: Evidence, again: Again) -> list[tuple[str, str]]:
    told = views(evidence, again)
    return [(f"view {row['view']}", "" if row["same"] else row["where"]) for row in told.iter_rows(named=True)]


def _journal(evidence: Evidence, again: Again) -> list[tuple[str, str]]:
    """The account of every row read, against that of reading the files again."""
    if again.snapshot is None:
        return [("run done again", again.why_not)]
    both = (evidence.snapshot, again.snapshot)
    names = [*completeness.COUNTS, "amount_total"]
    kept, anew = (one.stood_on("loads").select("source_file", "sha256", *names) for one in both)
    differ = kept.join(anew, on=kept.columns, how="anti", nulls_equal=True)["source_file"]
    where = "; ".join(f"{name}: rows or total differ from its file" for name in differ)
    return [("journal of loads", where), ("quarantine", _quarantine(*both))]


def _quarantine(kept: Snapshot, again: Snapshot) -> str:
    names = ("source_file", "source_row", "column_name", "reason")
    then, now = (sorted(one.view("quarantine").select(names).rows(), key=str) for one in (kept, again))
    return "" if then == now else f"{len(then)} reasons are kept, {len(now)} found again, and they differ"


def _facts(evidence: Evidence, again: Again) -> tuple[str, str]:
    """The run's id holds a hash of what it found and of what it stood on."""
    facts = evidence.snapshot.facts()
    files = sorted(evidence.snapshot.stood_on("loads")["sha256"])
    said = []
    if sorted(facts["inputs"]["files"]) != files:
        said.append("the list of inputs is not that of the loads")
    if again.snapshot is not None and again.snapshot.run_id != evidence.snapshot.run_id:
        said.append(f"done again it has the id {again.snapshot.run_id}, its file is named {evidence.snapshot.run_id}")
    if facts["run_id"] != evidence.snapshot.run_id:
        said.append(f"its file is named {evidence.snapshot.run_id}, but it says {facts['run_id']}")
    return "facts of the run", "; ".join(said)


def _words(evidence: Evidence) -> tuple[str, str]:
    """What people decided before the run, by the log, against what the run took in."""
    started = evidence.snapshot.facts()["started_at"].isoformat(timespec="milliseconds")
    names = list(schemas.columns(schemas.Decisions))
    said: dict[tuple[object, ...], str] = {}
    for event, facts in approvals.told(evidence):
        if event["action"] in ("confirm", "unmatch") and "verdict" in facts and event["at"].rstrip("Z") <= started:
            said[tuple(facts.get(name) for name in names[:-1])] = facts["verdict"]
    logged = {(*key, verdict) for key, verdict in said.items()}
    taken = set(evidence.snapshot.table("decisions").rows())
    extra = [f"{row[2]} on claim {row[4]} is in the run, not in the log" for row in sorted(taken - logged, key=str)]
    lost = [f"{row[2]} on claim {row[4]} is in the log, not in the run" for row in sorted(logged - taken, key=str)]
    return "decisions of people", "; ".join(extra + lost)


def _log(evidence: Evidence) -> tuple[str, str]:
    return "log of events", evidence.log.sentence if evidence.log.status else ""


def said(evidence: Evidence) -> pl.DataFrame:
    """What the run was told, a row each (what, said); instants left out, for they prove nothing."""
    facts = evidence.snapshot.facts()
    named = {name: facts[name] for name in ("as_of", "period", "rules_version", "prepared_by")}
    told = named | {"currency": facts["parameters"].get("currency")} | facts["parameters"]["policy"]
    rows = [(what, _shown(value)) for what, value in told.items()]
    return pl.DataFrame(rows, schema={"what": pl.String, "said": pl.String}, orient="row")


def _shown(value: object) -> str:
    if value is None:
        return "not said"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
