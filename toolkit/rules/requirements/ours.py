"""What is asked of our own side: what was loaded and found, who may act, and how settings stand."""

from __future__ import annotations

from toolkit.rules.requirements.model import BOTH, Company, Requirement, Said, some

# How long a probe counts, in days.
PROBE_DAYS = 90


def _erp(company: Company) -> Said:
    if not company.erps:
        return "warn", "No payments were loaded yet."
    if not company.settled:
        return "warn", f"None of {company.payments} payments of {', '.join(company.erps)} is issued or cleared."
    return (
        "pass",
        f"{company.settled} of {company.payments} payments of {', '.join(company.erps)} are issued or cleared.",
    )


def _fields(company: Company) -> Said:
    taken = (company.probe or {}).get("longest_check_number")
    if isinstance(taken, int) and company.longest_check > taken:
        return "block", f"A check number has {company.longest_check} characters; Procore was seen to take {taken}."
    if company.odd_methods:
        return "warn", f"{company.odd_methods} payments have a method that Procore has no word for; it is left out."
    measured = f"at most {company.longest_check} characters in a check number" if company.longest_check else "no checks"
    return "pass", f"Every method has its word in Procore (check, credit card or electronic); {measured}."


def _run(company: Company) -> Said:
    if company.run_id is None:
        return "warn", "There is no run yet."
    if company.run_is_old:
        return "warn", f"Run {company.run_id} is older than what was loaded or pulled since."
    return "pass", f"Run {company.run_id} looks at what was loaded and pulled last."


def _numbers(company: Company) -> Said:
    if company.run_id is None:
        return "warn", "There is no run yet that compared them."
    if company.other_numbers:
        return "warn", f"{company.other_numbers} invoice numbers are written otherwise in Procore than in the ERP."
    return "pass", "Every Invoice # that was matched equals the bill's number."


def _duties(company: Company) -> Said:
    submit = {name for name, roles in company.roles if {"analyst", "admin"} & set(roles)}
    approve = {name for name, roles in company.roles if "approver" in roles}
    if not submit or not approve or len(submit | approve) < 2:
        return (
            "block",
            f"Who may submit: {some(sorted(submit)) or 'nobody'}; approve: {some(sorted(approve)) or 'nobody'}.",
        )
    return "pass", f"{some(sorted(submit))} submit; {some(sorted(approve))} approve."


def _currency(company: Company) -> Said:
    if company.currency:
        return "pass", company.currency
    if company.without_currency or not company.payments:
        return "warn", f"None is set; {company.without_currency} payments name none, and the projects none or several."
    return "pass", "Every payment names its own."


def _bases(company: Company) -> Said:
    if company.bases:
        return "warn", f"{' and '.join(company.bases)} are not set." if len(
            company.bases
        ) > 1 else f"{company.bases[0]} is not set."
    return "pass", "Both are set."


def _live(company: Company) -> Said:
    if company.live_off:
        return "warn", "push_enabled is false, so a push is a dry run."
    return "pass", "A push may be sent."


def _period(company: Company) -> Said:
    if company.locked_through is None:
        return "not applicable", "No period lock is set in tieout.toml."
    if company.locked_through >= company.now.date():
        return (
            "block",
            f"Everything up to {company.locked_through} is closed, so no payment of today may change anything.",
        )
    return "pass", f"Closed up to {company.locked_through}; the days after it are open."


def _number(company: Company) -> Said:
    status = (company.probe or {}).get("payment_number_status")
    if status is None:
        return "pass", "Payment # is never sent nor compared; whether the API would take it was not measured."
    may = "takes" if status == 200 else "refuses"
    return "pass", f"Payment # is never sent nor compared; Procore {may} a change of it on a synced row."


def _approvals(company: Company) -> Said:
    waiting, ready = (company.states.get(state, 0) for state in ("submitted", "approved"))
    if waiting:
        return "warn", f"{waiting} wait for the approver; {ready} are approved, each for its exact content."
    return "pass", f"{ready} are approved, each for its exact content; none waits for the approver."


def _probe(company: Company) -> Said:
    if company.probe is None:
        return "warn", "Nobody has measured yet how this company's Procore answers."
    told = company.probe
    said = (
        f"{company.probe_days} days ago: references {told.get('reference')}, a second one answered "
        f"{told.get('second_status')}, lists late by {told.get('list_delay_seconds')} s."
    )
    if told.get("left"):
        return "warn", f"{said} Left behind: {some([str(one) for one in told['left']])}."
    if told.get("reference") != "kept" or not told.get("listed"):
        return "block", f"{said} What was sent cannot be found again, so an unknown outcome stays unknown."
    return ("warn" if company.probe_days > PROBE_DAYS else "pass"), said


def _resend(company: Company) -> Said:
    if company.push_mode == "unique" and not company.unique_proved:
        return "block", "push_mode is unique, but nothing proved that Procore refuses a second reference."
    return "pass", f"push_mode is {company.push_mode}."


def _held(company: Company) -> Said:
    held = company.states.get("held", 0)
    return ("warn", f"{held} payments are held back.") if held else ("pass", "No payment is held back.")


def _posted(company: Company) -> Said:
    counts = {state: company.states.get(state, 0) for state in ("posted", "unknown", "needs_review", "drifted")}
    if any(counts.values()):
        words = [f"{count} {state.replace('_', ' ')}" for state, count in counts.items() if count]
        return "warn", f"Of what was sent: {', '.join(words)}."
    return "pass", f"{company.states.get('verified', 0)} were posted, and read back as they were approved."


def _log(company: Company) -> Said:
    return ("block", company.log) if company.log else ("pass", "The log of events verifies.")


def _fresh(company: Company) -> Said:
    wanted = {"pulled_at": "a pull from Procore", "extracted_at": "a time that the ERP's extract says itself"}
    missing = [what for name, what in wanted.items() if name not in company.ages]
    old = [f"{what} of {company.ages[name]:%Y-%m-%d}" for name, what in wanted.items() if _old(company, name)]
    if old:
        return "block", f"Older than {company.freshness.total_seconds() / 3600:g} hours: {', '.join(old)}."
    if missing:
        return "warn", f"Missing: {', '.join(missing)}."
    pulled, extracted = (f"{company.ages[name]:%Y-%m-%d %H:%M}" for name in wanted)
    return "pass", f"Pulled {pulled}, extracted {extracted} UTC."


def _old(company: Company, name: str) -> bool:
    moment = company.ages.get(name)
    return moment is not None and company.now - moment > company.freshness


OF_OURS = (
    Requirement("erp", "Payments entered in the ERP", BOTH, "Export them and run `tieout load FOLDER`.", _erp),
    Requirement(
        "fields",
        "Payments fit Procore's fields",
        ("push",),
        "Look at methods and check numbers in the ERP's export; Procore knows check, credit card and electronic.",
        _fields,
    ),
    Requirement(
        "fresh",
        "Both sides are recent",
        BOTH,
        "Run `tieout load` (with --extracted-at where the file does not say when) and `tieout pull procore`.",
        _fresh,
    ),
    Requirement("run", "The newest run is of these", BOTH, "Run `tieout reconcile`.", _run),
    Requirement(
        "numbers",
        "Invoice # equals the ERP's bill number",
        BOTH,
        "Correct the Invoice # in Procore or the bill's number in the ERP: `tieout mismatches` lists both.",
        _numbers,
    ),
    Requirement(
        "duties",
        "Two people: one submits, another approves",
        BOTH,
        "Give [users.NAME] roles in tieout.toml: one with analyst, another with approver.",
        _duties,
    ),
    Requirement("currency", "Currency is known", BOTH, "Set [company] currency in tieout.toml.", _currency),
    Requirement(
        "bases",
        "Amount and tax basis are set",
        ("push",),
        "Set [procore] amount_basis and tax_basis in tieout.toml before the first live push.",
        _bases,
    ),
    Requirement(
        "live", "Pushing is switched on", ("push",), "Set [procore] push_enabled = true in tieout.toml.", _live
    ),
    Requirement(
        "period",
        "The period is open",
        BOTH,
        "Reopen it ([policy] locked_through in tieout.toml), or leave its payments to the next period as late items.",
        _period,
    ),
    Requirement(
        "payment_number",
        "Payment # stays people's",
        ("push",),
        "In Procore: the commitment > Payments Issued > the row > Payment #.",
        _number,
    ),
    Requirement(
        "approvals",
        "Each payment is approved as it stands",
        ("push",),
        "The approver decides: `tieout approve --all`, or the Approve page.",
        _approvals,
    ),
    Requirement(
        "probe",
        "How Procore answers was measured",
        ("push",),
        "Run `tieout doctor --probe` against a sandbox of yours first; delete by hand what it left behind.",
        _probe,
    ),
    Requirement(
        "resend",
        "The way of sending again is proved",
        ("push",),
        'Set [procore] push_mode = "strict", or prove it with `tieout doctor --probe`.',
        _resend,
    ),
    Requirement(
        "held",
        "Amounts fit, and nothing would be doubled",
        ("push",),
        "`tieout status` says of each payment why, and `tieout explain PAYMENT` shows both sides.",
        _held,
    ),
    Requirement(
        "posted",
        "What was sent stands in Procore",
        ("push",),
        "Run `tieout verify`; what needs a person is decided with `tieout resolve`.",
        _posted,
    ),
    Requirement("log", "The log of events is whole", BOTH, "Run `tieout audit verify`; restore from a backup.", _log),
)
