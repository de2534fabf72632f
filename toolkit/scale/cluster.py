"""The one door to a cluster that speaks Spark Connect: sign on, ask whether it can do the work, say plainly if not."""

from __future__ import annotations

import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import polars as pl
import pyarrow as pa

from toolkit.errors import InputError, RemoteError, TieoutError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Spark Connect's own port.
PORT = 15002
PATIENCE = 5
KNOWN = ("tieout", "polars")


@contextmanager
def session(remote: str) -> Iterator[SparkSession]:
    """A session at `sc://host:port`, closed afterwards; RemoteError where it cannot be had or cannot do the work."""
    where = _reachable(remote)
    spark = _spark()
    with plainly(where):
        opened = spark.builder.remote(remote).create()
    try:
        check(opened, where)
        yield opened
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opened.stop()


def _reachable(remote: str) -> str:
    """Host and port, without what a secret may follow."""
    parts = urlsplit(remote)
    try:
        host, port = parts.hostname, parts.port or PORT
    except ValueError:
        host, port = None, 0
    if parts.scheme != "sc" or not host:
        raise InputError(
            f"--remote {parts.scheme}://{parts.hostname or ''}: is no Spark Connect address; write sc://host:port."
        )
    try:
        socket.create_connection((host, port), timeout=PATIENCE).close()
    except OSError as error:
        raise RemoteError(
            f"sc://{host}:{port}",
            f"cannot be reached ({error.strerror or error}).",
            advice="Is the Spark Connect or Sail server running there?",
        ) from error
    return f"sc://{host}:{port}"


def _spark() -> Any:
    try:
        with warnings.catch_warnings():
            # It warns of pandas 3, of which nothing is used here.
            warnings.simplefilter("ignore", FutureWarning)
            from pyspark.sql.connect.session import SparkSession
    except ImportError as error:
        raise InputError("Spark's client is not installed here: pip install 'tieout[spark]'.") from error
    return SparkSession


@contextmanager
def plainly(where: str) -> Iterator[None]:
    """Whatever a cluster answers that is no table becomes one plain sentence."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            yield
    except TieoutError:
        raise
    except Exception as error:
        raise RemoteError(where, _first_sentence(error)) from error


def _first_sentence(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:300]


def check(spark: SparkSession, where: str) -> None:
    """RemoteError where the cluster cannot run our functions over Arrow tables, or has another Tieout or polars."""
    try:
        with plainly(where):
            asked = spark.createDataFrame(pa.table({"n": [1]})).groupBy("n")
            told = asked.applyInArrow(installed, "name string, version string").toArrow()
    except RemoteError as error:
        raise RemoteError(
            where,
            f"cannot run Tieout's functions over grouped Arrow tables: {error.what}",
            advice="It needs Spark 4 or Sail, the same Python, and Tieout installed for its workers.",
        ) from error
    there = dict(pl.DataFrame(told.to_pydict()).iter_rows())
    for name in KNOWN:
        if there.get(name) != version(name):
            raise RemoteError(
                where,
                f"has {name} {there.get(name)}, and here is {version(name)}.",
                advice="Install the same there: another version may decide otherwise.",
            )


def installed(table: pa.Table) -> pa.Table:
    """Asked of a worker: the versions of what decides there."""
    del table
    return pa.table({"name": list(KNOWN), "version": [version(name) for name in KNOWN]})
