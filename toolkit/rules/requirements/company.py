"""What is asked of the company and of our own side, once."""

from __future__ import annotations

from toolkit.rules.requirements.model import BOTH, Company, Requirement, Said, some

# What Procore's own connectors bring: Workday none at all, four only in their US editions.
NO_NATIVE_PAYMENTS = ("workday",)
US_ONLY = ("netsuite", "qbo", "acumatica", "myob")


def _signed_in(company: Company) -> Said:
    if company.signed_in:
        return "block", company.signed_in
    return "pass", f"Signed in; {len(company.projects)} projects in view."


def _erp(company: Company) -> Said:
    if not company.erps:
        return "warn", "No payments were loaded yet."
    return "pass", f"{company.payments} payments of {', '.join(company.erps)}."


def _native_payments(company: Company) -> Said:
    never = sorted(set(company.erps) & set(NO_NATIVE_PAYMENTS))
    us_only = sorted(set(company.erps) & set(US_ONLY))
    if never:
        return "warn", f"Procore's connector of {', '.join(never)} brings no payments."
    if us_only:
        return "warn", f"Procore documents payments of {', '.join(us_only)} for US editions only."
    return "pass", "Procore documents payments for this ERP." if company.erps else "No ERP is known yet."


def _exported(company: Company) -> Said:
    native = [project for project in company.projects if project.mode == "native"]
    claims = [claim for project in native for claim in project.claims]
    synced = [claim for claim in claims if claim.get("origin_id")]
    if claims and not synced:
        return "block", f"None of {len(claims)} invoices came to the ERP by Procore's export."
    return "pass", f"{len(synced)} of {len(claims)} invoices were exported."


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


def _resend(company: Company) -> Said:
    if company.push_mode == "unique" and not company.unique_proved:
        return "block", "push_mode is unique, but nothing proved that Procore refuses a second reference."
    return "pass", f"push_mode is {company.push_mode}."


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


OF_COMPANY = (
    Requirement(
        "sign_in",
        "Sign-in and company",
        BOTH,
        "Correct [procore] in tieout.toml or the secret; in Procore: Company Admin > App Management > install the app.",
        _signed_in,
    ),
    Requirement("erp", "Payments entered in the ERP", BOTH, "Export them and run `tieout load FOLDER`.", _erp),
    Requirement(
        "erp_payments",
        "The ERP's connector brings payments",
        ("native",),
        "Ask Procore whether your edition brings payments; where not, unset the integration and push from here.",
        _native_payments,
    ),
    Requirement(
        "claims_exported",
        "Subcontractor invoices are exported to the ERP",
        ("native",),
        "In Procore: ERP Integrations > Settings > switch on Export Subcontractor Invoices, then send the invoices.",
        _exported,
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
        "resend",
        "The way of sending again is proved",
        ("push",),
        'Set [procore] push_mode = "strict", or prove it with `tieout doctor --probe`.',
        _resend,
    ),
    Requirement("log", "The log of events is whole", BOTH, "Run `tieout audit verify`; restore from a backup.", _log),
    Requirement("fresh", "Both sides are recent", BOTH, "Run `tieout load` and `tieout pull procore`.", _fresh),
)
