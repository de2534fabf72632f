"""How notebooks show things: small tables and sentences whose output is the same every time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import altair as alt
import polars as pl


def dress() -> None:
    """Make what a notebook shows the same every time, and whole.

    Frames print without types, wide enough that no amount is cut; pictures are stored as pictures, so
    that they are seen without scripts.
    """
    alt.renderers.enable("png", scale_factor=1.5)
    pl.Config.set_tbl_rows(30)
    pl.Config.set_tbl_cols(12)
    pl.Config.set_tbl_width_chars(140)
    pl.Config.set_fmt_str_lengths(240)
    pl.Config.set_tbl_hide_dataframe_shape(active=True)
    pl.Config.set_tbl_hide_column_data_types(active=True)


def table(rows: Iterable[Mapping[str, object]]) -> pl.DataFrame:
    """Rows as a frame."""
    return pl.DataFrame([dict(row) for row in rows])


class Sentences(tuple[str, ...]):
    """Sentences that show themselves one per line."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "\n".join(f"- {sentence}" for sentence in self)


def say(sentences: Iterable[str]) -> None:
    """One sentence per line."""
    for sentence in sentences:
        print(f"- {sentence}")  # noqa: T201 (a notebook's output)
