"""What is asked of our own side: what was loaded and found, who may act, and how settings stand."""

from __future__ import annotations

from toolkit.rules.requirements.model import BOTH, Company, Requirement, Said, many, some


def _erp(company: Company) -> Said:
    if not company.erps:
        return "warn", "No payments were loaded yet."
    if not company.settled:
        return "warn", f"Of {many(company.payments, 'payment')} of {', '.join(company.erps)}, none issued or cleared."
    return (
        "pass",
        f"Of {many(company.payments, 'payment')} of {', '.join(company.erps)}, {company.settled:,} issued or cleared.",
    )


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
        return "warn", f"Written otherwise in Procore than in the ERP: {many(company.other_numbers, 'invoice number')}."
    return "pass", "Every Invoice # that was matched equals the bill's number."


def _duties(company: Company) -> Said:
    submit = {name for name, roles in company.roles if {"analyst", "admin"} & set(roles)}
    approve = {name for name, roles in company.roles if "approver" in roles}
    if not submit or not approve or len(submit | approve) < 2:
        return (
            "block",
            f"Who may submit: {some(sorted(submit)) or 'nobody'}; approve: {some(sorted(approve)) or 'nobody'}.",
        )
    return "pass", f"May submit: {some(sorted(submit))}; may approve: {some(sorted(approve))}."


def _currency(company: Company) -> Said:
    if company.currency:
        return "pass", company.currency
    if company.without_currency or not company.payments:
        return "warn", f"None is set; {company.without_currency} payments name none, and the projects none or several."
    return "pass", "Every payment names its own."


def _period(company: Company) -> Said:
    if company.locked_through is None:
        return "not applicable", "No period lock is set in tieout.toml."
    if company.locked_through >= company.now.date():
        return (
            "block",
            f"Everything up to {company.locked_through} is closed, so no payment of today may change anything.",
        )
    return "pass", f"Closed up to {company.locked_through}; the days after it are open."


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
        "period",
        "The period is open",
        BOTH,
        "Reopen it ([policy] locked_through in tieout.toml), or leave its payments to the next period as late items.",
        _period,
    ),
    Requirement("log", "The log of events is whole", BOTH, "Run `tieout audit verify`; restore from a backup.", _log),
)
