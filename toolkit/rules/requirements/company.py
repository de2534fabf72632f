"""What is asked of the company in Procore."""

from __future__ import annotations

from toolkit.rules.requirements.model import BOTH, Company, Requirement, Said, many

# What Procore's own connectors bring: Workday none at all, four only in their US editions.
NO_NATIVE_PAYMENTS = ("workday",)
US_ONLY = ("netsuite", "qbo", "acumatica", "myob")


def _signed_in(company: Company) -> Said:
    if company.signed_in:
        return "block", company.signed_in
    return "pass", f"Signed in; {len(company.projects)} projects in view."


def _integrated(company: Company) -> Said:
    native = [project for project in company.projects if project.mode == "native"]
    on = [project for project in native if not project.refused]
    if not on:
        return "warn", "No project that could be read is ERP-integrated."
    known = f" with {', '.join(company.erps)}" if company.erps else ""
    return "pass", f"On for {len(on)} of {len(company.projects)} projects{known}."


def _native_payments(company: Company) -> Said:
    never = sorted(set(company.erps) & set(NO_NATIVE_PAYMENTS))
    us_only = sorted(set(company.erps) & set(US_ONLY))
    if never:
        return "warn", f"Procore's connector of {', '.join(never)} brings no payments."
    if us_only:
        return "warn", f"Procore documents payments of {', '.join(us_only)} for US editions only."
    if not company.erps:
        return "not applicable", "No payments were loaded yet, so no ERP is known."
    return "pass", "Procore documents payments for this ERP."


def _exported(company: Company) -> Said:
    native = [project for project in company.projects if project.mode == "native"]
    claims = [claim for project in native for claim in project.claims]
    synced = [claim for claim in claims if claim.get("origin_id")]
    if claims and not synced:
        return "block", f"None of {many(len(claims), 'invoice')} came to the ERP by Procore's export."
    return "pass", f"Of {many(len(claims), 'invoice')}, {len(synced)} exported."


def _approvers(company: Company) -> Said:
    del company
    return "warn", "Procore has no way to ask who may accept invoices and sync payments on demand."


OF_COMPANY = (
    Requirement(
        "sign_in",
        "Sign-in and company",
        BOTH,
        "Correct [procore] in tieout.toml or the secret; in Procore: Company Admin > App Management > install the app.",
        _signed_in,
    ),
    Requirement(
        "erp_configured",
        "ERP Integrations is configured",
        ("native",),
        "Procore itself switches the tool on; then in Procore: Company > ERP Integrations > Settings > the project.",
        _integrated,
    ),
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
        "accounting_approver",
        "Somebody may push to accounting",
        ("native",),
        "In Procore: Company Directory > the person > tick Can Push to Accounting; ERP Integrations access Admin.",
        _approvers,
    ),
)
