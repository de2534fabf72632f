"""The whole main job on sample data, in a throw-away home: `tieout demo` prints it, notebooks walk it.

A `Sample` owns a home that is begun anew, a local Procore on loopback, and one method per step.
Each step calls the same function as its command does; nothing here decides anything.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from toolkit import load, pull, reconcile
from toolkit.erps.base import LoadOptions
from toolkit.errors import StoreError
from toolkit.matching.model import Scope
from toolkit.procore import ProcoreClient
from toolkit.reports.notebook import dress
from toolkit.rules.explain import explain
from toolkit.rules.periods import days
from toolkit.sandbox import LocalProcore, sample_data
from toolkit.settings import Settings, load_settings
from toolkit.warehouse import LoadReport, PullReport, Snapshot, latest
from toolkit.workflow import approve, decide, plan, push, verify
from toolkit.workflow.actors import acting
from toolkit.workflow.audit import Verdict
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Outcome, Selection, Sync
from toolkit.workflow.policy import Actor

# A home that holds this file was made by us and may be begun anew; any other folder is left alone.
MARKER = "SAMPLE_DATA"
# The sample's three months end here; its run looks at all of them.
AS_OF = date(2026, 10, 31)
COMPANIES = {
    "netsuite": "Larkspur Builders LLC",
    "qbo": "Cobbler Creek Contractors Inc.",
    "xero": "Marram Constructions Pty Ltd",
    "workday": "Wrenfield Constructors Inc.",
    "yardi": "Yarrow Street Developments LLC",
    # CMiC's exports name a company by its code.
    "cmic": "SEDGEMOOR",
    "mri": "Mallow Park Development LP",
    "acumatica": "Aspen Fork General Contractors Inc.",
    "myob": "Bluebush Building Pty Ltd",
}
# July is closed on both sides; what is still dated in it comes too late.
CLOSED = date(2026, 7, 31)
# The sample's people are their roles: nobody real, and easy to remember.
ANALYST, APPROVER = "analyst", "approver"
USERS = {ANALYST: "analyst", APPROVER: "approver", "viewer": "viewer", "admin": "admin"}


class Sample:
    """A home of sample data and a local Procore, for as long as the `with` block (or until `close`).

    While it is open, `TIEOUT_HOME` and the client secret stand in the environment, so that every
    `tieout` command started meanwhile acts on the sample and reaches no other host.
    """

    def __init__(self, home: Path | None = None) -> None:
        self.home = home or Path(tempfile.mkdtemp(prefix="tieout-sample-")) / "home"
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        _begin_anew(self.home)
        self.procore = self._stack.enter_context(LocalProcore(sample_data() / "procore" / "company.json"))
        (self.home / "tieout.toml").write_text(_toml(self.procore), encoding="utf-8")
        self._set_environment(
            TIEOUT_HOME=str(self.home.absolute()),
            TIEOUT_PROCORE_CLIENT_SECRET=self.procore.client_secret,
            # Invented runs are nothing for other hosts.
            TIEOUT_RUNS_URL="",
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def close(self) -> None:
        """Stop the local Procore and forget the secret; the home stays, to be looked at."""
        self._stack.close()

    @property
    def settings(self) -> Settings:
        return load_settings(self.home)

    @property
    def run(self) -> Snapshot:
        """The newest published run."""
        return latest(self.settings)

    @property
    def loaded(self) -> Snapshot:
        """What was loaded and pulled, as it can be read before any run."""
        return Snapshot.open(self.settings.published / "loads.duckdb")

    def files(self) -> list[Path]:
        """The sample exports, one folder per ERP company."""
        return sorted(path for erp in COMPANIES for path in (sample_data() / erp).iterdir() if path.is_file())

    def load(
        self, told: Callable[[str], None] = lambda _: None, only: Iterable[str] = tuple(COMPANIES)
    ) -> list[LoadReport]:
        """Load the sample exports of these ERPs; a second time changes nothing. `told` hears each file's name."""
        reports = []
        for erp in only:
            options = LoadOptions(company=COMPANIES[erp])
            reports += load.load_paths([sample_data() / erp], options, self.settings, _now(), told)
        return reports

    def load_late(self) -> list[LoadReport]:
        """A check dated in September that accounts payable entered in November."""
        options = LoadOptions(company=COMPANIES["netsuite"], extracted_at=datetime(2026, 11, 2, 18, tzinfo=UTC))
        return load.load_paths([sample_data() / "late"], options, self.settings, _now())

    def pull(self, told: Callable[[str], None] = lambda _: None) -> PullReport:
        """Fetch Procore's side from the local Procore. `told` hears each project."""
        return pull.pull_procore(self.settings, _now(), told=told)

    def reconcile(self, period: str | None = None) -> reconcile.RunReport:
        """One run over both sides, published; of one month (YYYY-MM) only where it is said."""
        with Control.open(self.settings) as control:
            known = control.known()
        scope = Scope(as_of=days(period)[1] if period else AS_OF, period=period)
        return reconcile.run(self.settings, scope, _now(), ANALYST, known)

    def plan(self) -> Outcome:
        """Propose the payments that Procore lacks; what must not go is held with its reason."""
        with Control.open(self.settings) as control:
            return plan.plan(control, self.settings, self.run, self._acting(ANALYST), _now())

    def submit(self) -> Outcome:
        """The analyst hands every proposal to the approver."""
        with Control.open(self.settings) as control:
            return approve.submit(control, self._acting(ANALYST), Selection(all=True), _now())

    def approve(self, who: str = APPROVER) -> Outcome:
        """`who` approves everything that waits; policy refuses one's own submissions."""
        with Control.open(self.settings) as control:
            return approve.approve(control, self.settings, self._acting(who), Selection(all=True), _now())

    def push(self, progress: Callable[[Sync], None] = lambda _: None) -> Outcome:
        """Send what was approved, once. `progress` hears each change of a sync."""
        with Control.open(self.settings) as control, self._client(control) as client:
            return push.push(control, self.settings, client, self._acting(APPROVER), progress=progress)

    def verify(self, progress: Callable[[Sync], None] = lambda _: None) -> Outcome:
        """Read each issued payment back and compare it with the ERP's."""
        with Control.open(self.settings) as control, self._client(control) as client:
            return verify.verify(control, self.settings, client, self._acting(APPROVER), progress=progress)

    def confirm(self, payment_id: str, claim_id: str, reason: str) -> Outcome:
        """The analyst says which claim a payment pays; the next run takes it in."""
        word = decide.Word("confirm", payment_id, claim_id, reason=reason)
        with Control.open(self.settings) as control:
            return decide.decide(control, self.run, self._acting(ANALYST), _now(), word)

    def explain(self, payment: str) -> tuple[str, ...]:
        """Why a payment stands where it stands, in sentences."""
        return explain(self.run.table, payment).sentences

    def log(self) -> Verdict:
        """Re-perform the log of events."""
        with Control.open(self.settings) as control:
            return control.verdict()

    def _client(self, control: Control) -> ProcoreClient:
        return ProcoreClient(self.settings, gate=control.gate(self.settings.procore.api_url))

    def _acting(self, name: str) -> Actor:
        return acting(self.settings, name)

    def _set_environment(self, **values: str) -> None:
        for name, value in values.items():
            self._stack.callback(_put_back, name, os.environ.get(name))
            os.environ[name] = value


def fingerprint() -> str:
    """One hash over the program and the sample data: what was walked under it need not be walked again."""
    digest = hashlib.sha256()
    for folder, pattern in ((Path(__file__).parent, "*.py"), (sample_data(), "*.*")):
        for path in sorted(folder.rglob(pattern)):
            digest.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def begin_sample() -> Sample:
    """A fresh sample in a temporary home, opened: for notebooks. Close it when done."""
    dress()
    return Sample().__enter__()


def _now() -> datetime:
    return datetime.now(UTC)


def _put_back(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def _begin_anew(home: Path) -> None:
    if home.exists() and any(home.iterdir()):
        if not (home / MARKER).exists():
            raise StoreError(f"{home} holds something that is not sample data; set TIEOUT_HOME to another folder.")
        shutil.rmtree(home)
    home.mkdir(parents=True, mode=0o700, exist_ok=True)
    (home / MARKER).write_text("Everything in this folder is invented; `tieout demo` begins it anew.\n")


def _toml(procore: LocalProcore) -> str:
    users = "".join(f'[users.{name}]\nroles = ["{role}"]\n' for name, role in USERS.items())
    return f"""# SAMPLE DATA: written anew by each `tieout demo`.
[procore]
api_url = "{procore.api_url}"
login_url = "{procore.login_url}"
company_id = "{procore.company_id}"
client_id = "{procore.client_id}"
project_ids = []
[company]
currency = "USD"
[policy]
locked_through = {CLOSED}
{users}"""
