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


def _both(found: pl.DataFrame, truth: pl.DataFrame) -> tuple[float, float]:
    pairs = found.select(PAIR).unique()
    hits = pairs.join(truth.select(PAIR), on=PAIR, how="semi").height
    return (hits / pairs.height if pairs.height else 0.0), (hits / truth.height if truth.height else 0.0)
