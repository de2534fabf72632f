"""The one door to a cluster that speaks Spark Connect: sign on, ask whether it can do the work, say plainly if not."""

from __future__ import annotations

import re
import socket
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import polars as pl
import pyarrow as pa

from toolkit.errors import InputError, RemoteError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Spark Connect's own port.
PORT = 15002
# Seconds until a server must have answered at all.
PATIENCE = 10
ASK = "Is a Spark Connect or Sail server running there?"
KNOWN = ("tieout", "polars")
# The line of a traceback that names its error.
NAMED = re.compile(r"[A-Za-z_.]+(?:Error|Exception|Refused\w+): ")


@contextmanager
def session(remote: str) -> Iterator[SparkSession]:
    """A session at `sc://host:port`, closed afterwards; RemoteError where it cannot be had or cannot do the work."""
    where = _reachable(remote)
    spark, grpc, channels = _client()
    with plainly(where):
        _speaks(grpc, channels(remote), where)
        opened: SparkSession = spark.builder.remote(remote).create()
    try:
        with plainly(where):
            # A part is little to move and much to work out: joined into one task, parts would leave workers idle.
            opened.conf.set("spark.sql.adaptive.coalescePartitions.enabled", "false")
        check(opened, where)
        yield opened
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opened.stop()


def _reachable(remote: str) -> str:
    """Host and port, without the secret that may follow them."""
    parts = urlsplit(remote)
    try:
        host, port = parts.hostname, parts.port or PORT
    except ValueError:
        host, port = None, 0
    if parts.scheme != "sc" or not host:
        raise InputError("--remote is no Spark Connect address; write sc://host:port.")
    try:
        socket.create_connection((host, port), timeout=PATIENCE).close()
    except OSError as error:
        raise RemoteError(
            f"sc://{host}:{port}", f"cannot be reached ({error.strerror or error}).", advice=ASK
        ) from error
    return f"sc://{host}:{port}"


@contextmanager
def _as_a_program() -> Iterator[None]:
    """Spark's client takes what has no file (`python -c`, a test's worker) for its own doctests, and ends it."""
    main = sys.modules["__main__"]
    bare = main.__spec__ is None and not hasattr(main, "__file__")
    if bare:
        main.__file__ = "-c"
    try:
        yield
    finally:
        if bare:
            del main.__file__


def _client() -> tuple[Any, Any, Any]:
    """Spark's client, which warns of pandas 3, of which nothing is used here."""
    try:
        with warnings.catch_warnings(), _as_a_program():
            warnings.simplefilter("ignore", FutureWarning)
            import grpc
            from pyspark.sql.connect.client import DefaultChannelBuilder
            from pyspark.sql.connect.session import SparkSession
    except ImportError as error:
        raise InputError("Spark's client is not installed here: pip install 'tieout[spark]'.") from error
    return SparkSession, grpc, DefaultChannelBuilder


def _speaks(grpc: Any, built: Any, where: str) -> None:
    """RemoteError where something else listens there: Spark's client would try again for ten minutes."""
    channel = built.toChannel()
    try:
        grpc.channel_ready_future(channel).result(timeout=PATIENCE)
    except grpc.FutureTimeoutError as error:
        raise RemoteError(where, "something listens there, but it does not speak Spark Connect.", advice=ASK) from error
    finally:
        channel.close()


@contextmanager
def plainly(where: str) -> Iterator[None]:
    """Whatever a cluster answers that is no table becomes one plain sentence."""
    from grpc import RpcError
    from pyspark.errors import PySparkException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            yield
    except (PySparkException, RpcError) as error:
        raise RemoteError(where, _first_sentence(error)) from error


def _first_sentence(error: BaseException) -> str:
    """What a cluster says first; of an error in a worker its last line, which names it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    traced = [at for at, line in enumerate(lines) if line.startswith("Traceback")]
    said = next((line for line in lines[traced[0] :] if NAMED.match(line)), lines[0]) if traced else "".join(lines[:1])
    # Spark points to a trace that its client does not get.
    said = said.removesuffix(" Please see the stack trace below.")
    return f"{(said or type(error).__name__)[:300].rstrip('.')}."


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
        if there.get(name) != here(name):
            raise RemoteError(
                where,
                f"has {name} {there.get(name)}, and here is {here(name)}.",
                advice="Install the same there: another version may decide otherwise.",
            )


def here(name: str) -> str:
    """The version of a package in this process."""
    return version(name)


def installed(table: pa.Table) -> pa.Table:
    """Asked of a worker: the versions of what decides there."""
    del table
    return pa.table({"name": list(KNOWN), "version": [version(name) for name in KNOWN]})
