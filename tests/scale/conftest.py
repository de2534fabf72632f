"""A Sail server in this process, on a free loopback port: Spark Connect without Java."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from pysail.spark import SparkConnectServer

from toolkit.scale.cluster import session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def remote() -> Iterator[str]:
    server = SparkConnectServer(ip="127.0.0.1", port=0)
    server.start(background=True)
    host, port = server.listening_address
    yield f"sc://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def spark(remote: str) -> Iterator[SparkSession]:
    with session(remote) as opened:
        yield opened
