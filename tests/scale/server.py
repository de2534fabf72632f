"""A real Spark on this machine: a Connect server whose two executors are processes of their own (`make test-spark`)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOME = Path(__file__).parent.parent.parent / ".venv" / "spark"
# Two executors with one core and a gigabyte each.
MASTER = "local-cluster[2,1,1024]"
SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"
PATIENCE = 90


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Start Spark with its files in `folder`, and stop it with every process of its own; gives the address."""
    spark = next(HOME.glob("lib/python3*/site-packages/pyspark"))
    port, python = _free_port(), str(HOME / "bin" / "python")
    set_ = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": str(folder / "tables"),
        "spark.sql.shuffle.partitions": "4",
    }
    asked = [word for name, value in set_.items() for word in ("--conf", f"{name}={value}")]
    kept = {name: value for name, value in os.environ.items() if name not in ("SPARK_REMOTE", "PYTHONPATH")}
    environment = kept | {
        "SPARK_HOME": str(spark),
        "PYSPARK_PYTHON": python,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_WORKER_DIR": str(folder / "work"),
        # Both workers would have the machine's name, which need not lead anywhere.
        "SPARK_LOCAL_HOSTNAME": "127.0.0.1",
    }
    command = [str(spark / "bin" / "spark-submit"), "--master", MASTER, *asked, "--class", SERVER, "spark-internal"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(  # noqa: S603 (our own)
            command, stdout=log, stderr=log, env=environment, cwd=folder, start_new_session=True
        )
        try:
            _wait(server, port, folder / "log")
            yield f"sc://127.0.0.1:{port}"
        finally:
            # Master, workers and executors are of its session.
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(30)


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"Spark did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])
