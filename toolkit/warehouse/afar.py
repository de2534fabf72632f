"""Published runs in an object store, as Parquet under any fsspec address, where several hosts read them.

    <url>/tables/<run id>/canon/<table>.parquet     minor units, as `toolkit.schemas` has them
    <url>/tables/<run id>/report/<view>.parquet     decimals, as people and other tools read them
    <url>/runs/<run id>.json                        written last: a run without it was never published

A run is copied here when it is first opened; it never changes, so the copy is never stale. Whoever may read or
write there is known to the store's own client (for S3 the AWS environment or profile), not to Tieout.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from toolkit.errors import InputError, NotFound, StoreError
from toolkit.warehouse import publish

FORMAT = 1
RUN = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")
# What becomes part of a statement or a path.
NAME = re.compile(r"[a-z_]{1,40}")
SCHEMAS = ("canon", "report")
# Seconds for which a listing holds: a page asks for it several times.
FRESH = 5.0
_listed: dict[str, tuple[float, list[str]]] = {}


def runs(url: str) -> list[str]:
    """Ids of the runs that are wholly there, the newest first; StoreError where the store cannot be read."""
    heard, known = _listed.get(url, (0.0, []))
    if time.monotonic() - heard < FRESH and known:
        return list(known)
    with _store(url) as (store, root):
        found = _markers(store, root)
    known = sorted((name.removesuffix(".json") for name in found if RUN.fullmatch(name[:-5])), reverse=True)
    _listed[url] = (time.monotonic(), known)
    return list(known)


def _markers(store: Any, root: str) -> list[str]:
    try:
        return [str(path).rsplit("/", maxsplit=1)[-1] for path in store.ls(f"{root}/runs", detail=False)]
    except FileNotFoundError:
        # A bucket without a run is no fault; a bucket that is not there is. Folders are made.
        if not root.startswith("/"):
            store.ls(root.partition("/")[0], detail=False)
        return []


def put(url: str, snapshot: Path) -> bool:
    """Publish one snapshot file; False where the run is there already. What breaks off leaves no run there."""
    run_id = snapshot.stem
    with _store(url) as (store, root), tempfile.TemporaryDirectory() as made:
        marker = f"{root}/runs/{run_id}.json"
        if store.exists(marker):
            return False
        files = _written(snapshot, Path(made))
        for place in (f"{root}/runs", *(f"{root}/tables/{run_id}/{schema}" for schema in SCHEMAS)):
            store.makedirs(place, exist_ok=True)
        # Many at once, where the store's client can.
        store.put([str(_local(Path(made), one)) for one in files], [_place(root, run_id, one) for one in files])
        told = json.dumps({"format": FORMAT, "run_id": run_id, "files": files}, indent=1)
        # The store shows a file when it is whole; a folder of a file system does so under its last name alone.
        store.pipe_file(f"{marker}.half", told.encode())
        store.mv(f"{marker}.half", marker)
    _listed.pop(url, None)
    return True


def _written(snapshot: Path, folder: Path) -> list[dict[str, Any]]:
    """Every table and view of a snapshot as Parquet in `folder`, and what each is."""
    try:
        connection = duckdb.connect(str(snapshot), read_only=True)
    except duckdb.Error as error:
        raise StoreError(f"{snapshot} cannot be read ({str(error).splitlines()[0]}).") from error
    try:
        known = connection.execute(
            "SELECT DISTINCT schema_name, table_name FROM duckdb_columns() "
            "WHERE schema_name IN ('canon', 'report') ORDER BY ALL"
        ).fetchall()
        files: list[dict[str, Any]] = [{"schema": schema, "table": table} for schema, table in known]
        for one in files:
            path = _local(folder, one)
            path.parent.mkdir(exist_ok=True)
            query = connection.sql(f"SELECT * FROM {one['schema']}.{one['table']}")
            query.write_parquet(str(path), compression="zstd")
            one |= {"bytes": path.stat().st_size, "sha256": _sha256(path)}
        return files
    finally:
        connection.close()


def get(url: str, run_id: str, folder: Path) -> Path:
    """Copy a run into `folder` as a snapshot file; NotFound where it is not there, StoreError where it is damaged."""
    if not RUN.fullmatch(run_id):
        raise NotFound(f"There is no published run {run_id}.")
    folder.mkdir(parents=True, exist_ok=True)
    with _store(url) as (store, root), tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-") as made:
        try:
            told = json.loads(store.cat_file(f"{root}/runs/{run_id}.json"))
        except FileNotFoundError as error:
            raise NotFound(f"There is no published run {run_id} in {url}; `tieout reconcile` makes one.") from error
        files = _checked(told, run_id)
        for schema in SCHEMAS:
            (Path(made) / schema).mkdir()
        store.get([_place(root, run_id, one) for one in files], [str(_local(Path(made), one)) for one in files])
        for one in files:
            if _sha256(_local(Path(made), one)) != one["sha256"]:
                raise StoreError(f"Run {run_id} in {url} is damaged: {one['table']} is not what was published.")

        def fill(connection: duckdb.DuckDBPyConnection) -> None:
            for one in files:
                rows = connection.read_parquet(str(_local(Path(made), one)))
                rows.create(f"{one['schema']}.{one['table']}")

        path = folder / f"{run_id}.duckdb"
        publish.build(path, fill)
    return path


def _checked(told: Any, run_id: str) -> list[dict[str, Any]]:
    """The files that a marker names; StoreError where it is none of ours."""
    if not isinstance(told, dict) or told.get("run_id") != run_id or not isinstance(told.get("files"), list):
        raise StoreError(f"Run {run_id} is damaged: its marker is none.")
    if told["format"] != FORMAT:
        raise StoreError(f"Run {run_id} was published by a newer Tieout; upgrade here.")
    files: list[dict[str, Any]] = told["files"]
    if not all(one["schema"] in SCHEMAS and NAME.fullmatch(one["table"]) for one in files):
        raise StoreError(f"Run {run_id} is damaged: its marker names what is no table.")
    return files


def _place(root: str, run_id: str, one: dict[str, Any]) -> str:
    return f"{root}/tables/{run_id}/{one['schema']}/{one['table']}.parquet"


def _local(folder: Path, one: dict[str, Any]) -> Path:
    return folder / str(one["schema"]) / f"{one['table']}.parquet"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _store(url: str) -> Iterator[tuple[Any, str]]:
    """The store's file system and the path within it; whatever its client raises becomes one sentence."""
    try:
        import fsspec
    except ImportError as error:
        raise _not_installed(url) from error
    try:
        store, root = fsspec.core.url_to_fs(url.rstrip("/"), use_listings_cache=False)
        yield store, str(root).rstrip("/")
    except (InputError, StoreError):
        raise
    except ImportError as error:
        raise _not_installed(url) from error
    except Exception as error:
        # Every store's client has errors of its own.
        raise StoreError(_plainly(url, error)) from error


def _not_installed(url: str) -> InputError:
    extra = "'tieout[s3]'" if url.startswith("s3") else f"fsspec's client for {url.partition(':')[0]}"
    return InputError(f"The client for {url} is not installed here: pip install {extra}.")


def _plainly(url: str, error: Exception) -> str:
    said = (str(error).splitlines() or [""])[0].strip().rstrip(".")[:200] or type(error).__name__
    if isinstance(error, PermissionError) or "redential" in type(error).__name__:
        return f"{url} did not accept our credentials ({said}); see docs/scale.md, Runs in an object store."
    if isinstance(error, FileNotFoundError):
        return f"{url} is not there ({said}): make the bucket, or correct [runs] url."
    return f"{url} cannot be used ({said}); give the same command again when it can."
