"""The sample walked from load to close, and a check that came late: what the audits of the checkout look at."""

from __future__ import annotations

import getpass
import json
import shutil
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from toolkit.demo import ANALYST, APPROVER, Sample, fingerprint
from toolkit.workflow import close
from toolkit.workflow.actors import acting
from toolkit.workflow.control import Control

# Three of the sample's companies, and their projects in Procore: enough to see everything, and soon done.
ERPS = ("netsuite", "qbo", "xero")
PROJECTS = ("3100118", "3100131", "3100207", "3100307")
CLOSED = "2026-09"


def walked_sample() -> Path:
    """A copy of the walked home. It is walked once for this program and these data, then kept beside other scratch."""
    scratch = Path(tempfile.gettempdir())
    mine = f"tieout-walked-{getpass.getuser()}-"
    kept = scratch / f"{mine}{fingerprint()[:16]}"
    draft = kept
    if not _ours(kept):
        for older in filter(_ours, scratch.glob(f"{mine}*")):
            shutil.rmtree(older, ignore_errors=True)
        draft = Path(tempfile.mkdtemp(prefix="tieout-walking-"))
        walk(draft / "home")
        # Whoever else walked meanwhile has the same.
        with suppress(OSError):
            draft = draft.rename(kept)
    copy = Path(tempfile.mkdtemp(prefix="tieout-sample-")) / "home"
    return Path(shutil.copytree(draft / "home", copy))


def _ours(folder: Path) -> bool:
    """Is it there, and made by whoever runs this? In a folder for everybody its name alone proves nothing."""
    return folder.is_dir() and not folder.is_symlink() and folder.owner() == getpass.getuser()


def walk(home: Path) -> Path:
    """A home in which September was pushed, verified and closed; then a match was confirmed and a check came late."""
    with Sample(home) as sample:
        _choose(sample)
        sample.load(only=ERPS)
        sample.pull()
        sample.reconcile()
        sample.plan()
        sample.submit()
        sample.approve()
        sample.push()
        sample.verify()
        sample.pull()
        _close(sample)
        _confirm(sample)
        sample.load_late()
        sample.reconcile()
        return sample.home


def _choose(sample: Sample) -> None:
    path = sample.home / "tieout.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("project_ids = []", f"project_ids = {json.dumps(PROJECTS)}"), encoding="utf-8")


def _confirm(sample: Sample) -> None:
    """Two claims fit one payment of Marram; the remittance advice, which no system holds, names one."""
    payment = sample.run.view("payments", {"check_number": "EFT 1024"})["payment_id"][0]
    claim = sample.run.view("claims", {"invoice_number": "3", "commitment_number": "SC-07-03"})["claim_id"][0]
    sample.confirm(payment, claim, "the remittance advice names SC-07-03")


def _close(sample: Sample) -> None:
    """The analyst prepares September, the approver closes it."""
    sample.reconcile(CLOSED)
    settings, now = sample.settings, datetime.now(UTC)
    with Control.open(settings) as control:
        close.prepare(control, sample.run, acting(settings, ANALYST), now)
        close.review(control, settings, CLOSED, acting(settings, APPROVER), now)
