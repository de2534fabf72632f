"""Every refusal Tieout can give, and how the family hangs together.

TieoutError                      one plain sentence; the command line prints it and exits 2
├── InputError                   a file, a row or a flag that is refused
│   ├── UnidentifiedExport       no ERP recognises the file, or more than one does
│   ├── RefusedFile              the whole file is refused; nothing of it was loaded
│   └── NotFound                 an id, a run or a snapshot that is not there
├── SettingsError                tieout.toml or the environment says something we cannot follow
├── StoreError                   a database is locked, damaged or newer than this program
├── RemoteError                  another host refused us, answered nonsense, or was away
│   ├── SignInRefused            the token host did not accept our id and secret
│   ├── NotVisible               403 or 404: absent, or not ours to see
│   └── Refused                  any other refusal that names its fields
└── WorkflowError                an action that policy does not allow
    ├── NotAllowed               the role, or the four-eyes rule, forbids it
    ├── WrongState               the sync is not in a state from which this step goes
    └── AuditBroken              the log does not verify

Callers pass facts; the class makes the sentence. Nothing here imports anything of ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class TieoutError(Exception):
    """Root of the family: `str(error)` is a sentence a person can act on; it can cross from process to process."""

    def __reduce__(self) -> tuple[object, ...]:
        # A class that makes its sentence of several facts could not be called again with the sentence.
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[TieoutError], said: tuple[object, ...], facts: dict[str, object]) -> TieoutError:
    error = kind.__new__(kind, *said)
    error.__dict__ |= facts
    return error


class InputError(TieoutError):
    """Input that is refused before anything is written."""


class UnidentifiedExport(InputError):
    """No ERP recognises the file by its content, or more than one does."""

    def __init__(self, path: Path, claimants: Iterable[str], hint: str = "") -> None:
        names = sorted(claimants)
        if names:
            reason = f"{' and '.join(names)} both recognise it; say which with --erp {names[0]}"
        else:
            reason = "no ERP recognises it; name the ERP with --erp CODE, or give a --mapping file"
        super().__init__(f"{path.name}: {reason}.{' ' + hint if hint else ''}")
        self.path, self.claimants = path, names


class RefusedFile(InputError):
    """The whole file is refused. The sentence names the file and, where known, row and column."""

    def __init__(self, name: str, reason: str, row: int | None = None, column: str | None = None) -> None:
        place = "".join([f", row {row}" if row else "", f', column "{column}"' if column else ""])
        super().__init__(f"{name}{place}: {reason}")
        self.name, self.reason, self.row, self.column = name, reason, row, column


class NotFound(InputError):
    """Something asked for by id or name that does not exist."""


class SettingsError(TieoutError):
    """tieout.toml or an environment variable cannot be followed."""


class StoreError(TieoutError):
    """A database of ours is locked by another process, damaged, or of a newer version."""


class RemoteError(TieoutError):
    """Another host was away, refused, or answered something that is not its contract."""

    def __init__(self, host: str, what: str, status: int | None = None, advice: str = "") -> None:
        said = f"{host} answered {status}: {what}" if status else f"{host}: {what}"
        super().__init__(said + (f" {advice}" if advice else ""))
        self.host, self.status, self.what = host, status, what


class SignInRefused(RemoteError):
    """The token host did not accept our id and secret."""


class NotVisible(RemoteError):
    """403 or 404: the thing is absent, or hidden from this client."""


class Refused(RemoteError):
    """A definite refusal (400, 406, 409, 422) with the fields it names."""


class WorkflowError(TieoutError):
    """An action on syncs that policy does not allow. Nothing was changed."""


class NotAllowed(WorkflowError):
    """The actor's role, or the four-eyes rule, forbids the action."""


class WrongState(WorkflowError):
    """The sync is in a state from which this step does not go."""


class AuditBroken(WorkflowError):
    """The event log does not verify."""
