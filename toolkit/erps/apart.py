"""Reading in a process of its own: whatever a file does to its reader, it does not do to us.

A crafted file can crash a reader or take all memory; then that process ends, and the file is refused in a
sentence. One process reads many files, one after the other, and ends when it was idle for a while.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from toolkit.errors import RefusedFile
from toolkit.settings import LoadingSection

P = ParamSpec("P")
R = TypeVar("R")
IDLE_SECONDS = 300
# The reader is one: while it reads for somebody, others wait, and their time does not run.
_ONE = threading.Lock()


def apart(name: str, limits: LoadingSection, job: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """`job(*args)` by the reader, within `limits`; RefusedFile (with `name`) where it dies or takes too long.

    The job, its arguments and its result are pickled. Errors of ours come back as they were raised. The
    memory is limited on Linux only; elsewhere a process that grows is still not ours.
    """
    # Imported here, so that only who reads a file pays for it.
    from loky import get_reusable_executor
    from loky.process_executor import BrokenProcessPool

    with _ONE:
        reader = get_reusable_executor(
            max_workers=1, timeout=IDLE_SECONDS, initializer=_confine, initargs=(limits.memory_megabytes,)
        )
        try:
            read: R = reader.submit(job, *args, **kwargs).result(limits.file_minutes * 60)
        except (BrokenProcessPool, MemoryError) as error:
            raise RefusedFile(
                name,
                f"its reader broke down, so nothing was loaded: the file is damaged, or needs more than "
                f"{limits.memory_megabytes} MB of memory. Split the export by period, or raise "
                f"[loading] memory_megabytes.",
            ) from error
        except TimeoutError as error:
            reader.shutdown(kill_workers=True)
            raise RefusedFile(
                name,
                f"was not read within {limits.file_minutes:g} minutes, so nothing was loaded. Split the export by "
                f"period, or raise [loading] file_minutes.",
            ) from error
        except KeyboardInterrupt:
            reader.shutdown(kill_workers=True)
            raise
        return read


def _confine(memory_megabytes: int) -> None:
    """Limit the memory of this process to what the program takes and so much more; say nothing when it dies."""
    import toolkit.erps  # noqa: F401 (what it takes is no part of the limit)

    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    most = _held() + memory_megabytes * 1024**2
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _held() -> int:
    """Bytes of private memory of this process; 0 where the system does not say."""
    try:
        with Path("/proc/self/status").open(encoding="ascii") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmData"))
    except (OSError, StopIteration):
        return 0
