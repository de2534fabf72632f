"""On real Spark with two executor processes as in one process: the same bytes (`make test-spark`, not `make test`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from toolkit.scale.cluster import session

from .server import running
from .test_same_answer import files, writes_the_same_bytes

__all__ = ["files"]


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("spark")) as address:
        yield address


def test_two_executors_share_the_work(remote: str) -> None:
    # Each executor forks its Python workers from one process of its own; they have no pytest, so not this module.
    def whose(table: pa.Table) -> pa.Table:
        import os

        import pyarrow as pa

        del table
        return pa.table({"executor": [os.getppid()]})

    with session(remote) as spark:
        groups = spark.createDataFrame(pa.table({"n": list(range(32))})).groupBy("n")
        told = groups.applyInArrow(whose, "executor bigint").toArrow()
    assert (told.num_rows, len(set(told["executor"].to_pylist()))) == (32, 2)


@pytest.mark.parametrize(("applications", "parts"), [(False, 7), (True, 4)])
def test_two_executors_write_the_bytes_of_one_process(
    remote: str, files: Path, tmp_path: Path, applications: bool, parts: int
) -> None:
    writes_the_same_bytes(remote, files, tmp_path, applications, parts)
