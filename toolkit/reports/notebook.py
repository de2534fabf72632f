"""How notebooks show things: small tables and sentences whose output is the same every time."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable

import altair as alt
import polars as pl

from toolkit.reports.frames import MOST_ROWS, as_html

WIDTH = 100


def dress() -> None:
    """Make what a notebook shows the same every time, and whole.

    Frames are tables as accountants read them, and print without types, wide enough that no amount is cut;
    pictures are stored as pictures, so that they are seen without scripts.
    """
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        shell.display_formatter.formatters["text/html"].for_type(pl.DataFrame, as_html)
    alt.renderers.enable("png", scale_factor=1.5)
    pl.Config.set_tbl_rows(MOST_ROWS)
    pl.Config.set_tbl_cols(12)
    pl.Config.set_tbl_width_chars(140)
    pl.Config.set_fmt_str_lengths(240)
    pl.Config.set_tbl_hide_dataframe_shape(active=True)
    pl.Config.set_tbl_hide_column_data_types(active=True)


class Sentences(tuple[str, ...]):
    """Sentences that show themselves one per line."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "\n".join(map(_sentence, self))


def _sentence(text: str) -> str:
    # At whole words: a page would break a line anywhere.
    return textwrap.fill(
        text, WIDTH, initial_indent="- ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def say(sentences: Iterable[str]) -> None:
    """One sentence after another."""
    for sentence in sentences:
        print(_sentence(sentence))  # noqa: T201 (a notebook's output)
