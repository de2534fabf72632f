"""How well found pairs meet the true ones."""

from __future__ import annotations

import polars as pl

PAIR = ["payment_id", "claim_id"]
DECIDED = ("auto", "confirmed")


def score(found: pl.DataFrame, truth: pl.DataFrame) -> dict[str, float]:
    """Precision, recall and F1 of all pairs, and of the decided ones their precision and the share of true pairs."""
    precision, recall = _both(found, truth)
    sure_precision, cover = _both(found.filter(pl.col("band").is_in(DECIDED)), truth)
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "auto_precision": sure_precision,
        "auto_cover": cover,
    }


def kinds(found: pl.DataFrame, truth: pl.DataFrame, second: pl.DataFrame) -> dict[str, float]:
    """Recall of the first of two payments and of reissues, and the share of second payments that were decided."""
    pairs = found.select(PAIR).unique()
    said = {
        kind: _share(truth.filter(pl.col("kind") == kind).join(pairs, on=PAIR, how="semi").height, part.height)
        for kind in ("dup", "void_reissue")
        if (part := truth.filter(pl.col("kind") == kind)).height
    }
    decided = found.filter(pl.col("band").is_in(DECIDED)).select(PAIR).unique()
    return said | {"second": _share(second.join(decided, on=PAIR, how="semi").height, second.height)}


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _both(found: pl.DataFrame, truth: pl.DataFrame) -> tuple[float, float]:
    pairs = found.select(PAIR).unique()
    hits = pairs.join(truth.select(PAIR), on=PAIR, how="semi").height
    return _share(hits, pairs.height), _share(hits, truth.height)
