"""What is asked of our own side before a payment is pushed: settings, what was measured, what was decided."""

from __future__ import annotations

from toolkit.rules.requirements.model import Company, Requirement, Said, many, some

# How long a probe counts, in days.
PROBE_DAYS = 90


def _fields(company: Company) -> Said:
    taken = (company.probe or {}).get("longest_check_number")
    if isinstance(taken, int) and company.longest_check > taken:
        return "block", f"A check number has {company.longest_check} characters; Procore was seen to take {taken}."
    if company.odd_methods:
        return "warn", f"Procore has no word for the method of {many(company.odd_methods, 'payment')}; it is left out."
    measured = (
        f"at most {company.longest_check} characters in a check number"
        if company.longest_check
        else "no check was paid"
    )
    return "pass", f"Every method has its word in Procore (check, credit card or electronic); {measured}."


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


def _number(company: Company) -> Said:
    status = (company.probe or {}).get("payment_number_status")
    if status is None:
        return "pass", "Payment # is never sent nor compared; whether the API would take it was not measured."
    may = "takes" if status == 200 else "refuses"
    return "pass", f"Payment # is never sent nor compared; Procore {may} a change of it on a synced row."


def _approvals(company: Company) -> Said:
    waiting, ready = (company.states.get(state, 0) for state in ("submitted", "approved"))
    if waiting:
        return "warn", f"Waiting for the approver: {waiting}; approved, each for its exact content: {ready}."
    return "pass", f"Approved, each for its exact content: {ready}; none waits for the approver."


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
    kept = told.get("reference") == "kept" == told.get("listed_reference", "kept")
    if not kept or not told.get("listed"):
        return "block", f"{said} What was sent cannot be found again, so an unknown outcome stays unknown."
    return ("warn" if company.probe_days > PROBE_DAYS else "pass"), said


def _resend(company: Company) -> Said:
    if company.push_mode == "unique" and not company.unique_proved:
        return "block", "push_mode is unique, but nothing proved that Procore refuses a second reference."
    return "pass", f"push_mode is {company.push_mode}."


def _held(company: Company) -> Said:
    held = company.states.get("held", 0)
    return ("warn", f"Held back: {many(held, 'payment')}.") if held else ("pass", "No payment is held back.")


def _posted(company: Company) -> Said:
    counts = {state: company.states.get(state, 0) for state in ("posted", "unknown", "needs_review", "drifted")}
    if any(counts.values()):
        words = [f"{count} {state.replace('_', ' ')}" for state, count in counts.items() if count]
        return "warn", f"Of what was sent: {', '.join(words)}."
    return "pass", f"Posted, and read back as approved: {company.states.get('verified', 0)}."


OF_PUSHING = (
    Requirement(
        "fields",
        "Payments fit Procore's fields",
        ("push",),
        "Look at methods and check numbers in the ERP's export; Procore knows check, credit card and electronic.",
        _fields,
    ),
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
)
