"""tieout.toml, the environment and the keyring, read once at the start of a command.

`TIEOUT_<SECTION>_<KEY>` wins over the file. Secrets come from the environment or the keyring only:
one that stands in the file is refused. An unknown key is refused by name, with the nearest known.
Longer than other modules, because it is the one list of everything that can be set.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from toolkit.errors import SettingsError

ROLES = ("viewer", "analyst", "approver", "admin")
Role = Literal["viewer", "analyst", "approver", "admin"]
KEYRING_SERVICE = "tieout"


class Section(BaseModel):
    """A table of tieout.toml: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def is_loopback(url: str) -> bool:
    """Is the host of this address this very machine?"""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _ids(value: object) -> object:
    return [str(item) for item in value] if isinstance(value, list | tuple) else value


def _safe_url(url: str | None) -> str | None:
    """An https address, or plain http on this very machine; no password in it."""
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("is no http(s) address")
    if parts.username or parts.password:
        raise ValueError("holds a sign-in; secrets do not belong in a file")
    if parts.scheme == "http" and not is_loopback(url):
        raise ValueError("is plain http to another machine, which would show the secret: use https")
    return url.rstrip("/")


class ProcoreSection(Section):
    """`[procore]`: where Procore is, who we are there, and how carefully we push."""

    api_url: str = "https://api.procore.com"
    login_url: str = "https://login.procore.com"
    # Where people open Procore in a browser; None is what belongs to `api_url`, where that is known.
    web_url: str | None = None
    company_id: Annotated[str, BeforeValidator(lambda v: str(v) if isinstance(v, int) else v)] = ""
    client_id: str = ""
    client_secret: SecretStr | None = None
    project_ids: Annotated[list[str], BeforeValidator(_ids)] = []
    push_enabled: bool = False
    push_mode: Literal["strict", "readback", "unique"] = "strict"
    unique_proved: bool = False
    quiet_window_seconds: float = Field(900, ge=0)
    listings: int = Field(3, ge=1)
    listing_gap_seconds: float = Field(10, ge=0)
    timeout_seconds: float = Field(60, gt=0)
    amount_basis: Literal["cash", "claim_net", "gross"] | None = None
    tax_basis: Literal["as_is", "remove"] | None = None
    approval_hours: float = Field(72, gt=0)
    freshness_hours: float = Field(168, gt=0)
    # project id -> why an administrator lets us push although Procore's own sync runs there
    native_overrides: dict[str, str] = {}

    @field_validator("api_url", "login_url", "web_url")
    @classmethod
    def _safe(cls, url: str | None) -> str | None:
        return _safe_url(url)

    @property
    def loopback(self) -> bool:
        """Does the API host lie on this machine (the local Procore, tests)?"""
        return is_loopback(self.api_url)


class CompanySection(Section):
    """`[company]`: what a file that does not say it means."""

    name: str = ""
    currency: str | None = None
    # From this day on both sides are expected to agree; exports begin here. Said to people, filters nothing.
    start_date: date | None = None
    # What a claim and its retainage are called on the screen; without it they are called so.
    terms: Literal["us", "au", "uk", "ca"] | None = None


def _decimal(text: str) -> str:
    if not re.fullmatch(r"\d{1,6}(\.\d{1,2})?", text):
        raise ValueError('is no amount or rate; write "0.02"')
    return text


Decimals = Annotated[str, BeforeValidator(str), AfterValidator(_decimal)]


class TolerancesSection(Section):
    """`[tolerances]`: up to which amount a difference is rounding, in a currency with two decimals."""

    rounding: Decimals = "0.02"


class PolicySection(Section):
    """`[policy]`: what the rules expect of both sides."""

    # Percent that an ERP may add to what Procore holds without tax.
    tax_rates: list[Decimals] = ["5", "10", "13", "15", "20"]
    # After so many days without a further payment a part payment is a short pay.
    short_pay_days: int = Field(60, ge=1)
    # Nothing dated up to this day may change in Procore any more.
    locked_through: date | None = None


class LoadingSection(Section):
    """`[loading]`: what one source file may take. A file beyond it is refused in a sentence; nothing is loaded."""

    file_megabytes: int = Field(2048, ge=1)
    # What the process that reads it may take, beside what the program itself takes.
    memory_megabytes: int = Field(4096, ge=64)
    file_minutes: float = Field(30, gt=0)


# Keys of `[erp.CODE]` that never stand in a file.
ERP_SECRETS = ("client_secret", "refresh_token", "password", "private_key", "partner_key", "licence")


class ErpSection(Section):
    """`[erp.CODE]`: how one ERP's exports are written here, and what its API wants to know (docs/erps/apis.md)."""

    date_order: Literal["mdy", "dmy", "ymd"] | None = None
    company: str | None = None
    # The host of the API and of its tokens; None is the vendor's own where there is only one.
    api_url: str | None = None
    token_url: str | None = None
    timeout_seconds: float = Field(120, gt=0)
    grant: Literal["refresh_token", "client_credentials", "password"] | None = None
    client_id: str | None = None
    username: str | None = None
    # Which company's books: Xero and Workday tenant, QuickBooks realm, NetSuite account and subsidiary,
    # CMiC company, Yardi property, MRI client, Yardi and MRI database.
    tenant_id: str | None = None
    realm_id: str | None = None
    account: str | None = None
    subsidiary: str | None = None
    company_code: str | None = None
    property_id: str | None = None
    mri_client: str | None = None
    database: str | None = None
    # NetSuite's certificate id and the key's algorithm.
    certificate_id: str | None = None
    algorithm: Literal["PS256", "ES256"] = "PS256"
    # Acumatica's endpoint, Workday's OWNER/REPORT and prompts, MRI's API name and filter, Yardi's server.
    endpoint: str | None = None
    report: str | None = None
    prompts: dict[str, str] = {}
    api_name: str | None = None
    filter: str | None = None
    server: str | None = None
    platform: str | None = None
    interface_entity: str | None = None
    # A mapping file beside tieout.toml, for replies whose columns are the site's own.
    mapping: str | None = None
    # How far back each pull looks where the API cannot say what changed.
    window_days: int = Field(90, ge=1)
    client_secret: SecretStr | None = None
    refresh_token: SecretStr | None = None
    password: SecretStr | None = None
    private_key: SecretStr | None = None
    partner_key: SecretStr | None = None
    licence: SecretStr | None = None

    @field_validator("api_url", "token_url")
    @classmethod
    def _safe(cls, url: str | None) -> str | None:
        return _safe_url(url)


class User(Section):
    """`[users.NAME]`: a person, their roles and the identities by which they are known."""

    roles: list[Role]
    os_user: str | None = None
    oidc_subject: str | None = None
    # Where this person is told what waits for them (`[notify]`).
    email: str | None = None
    # Ids of projects on whose payments the roles count; empty: the whole company.
    projects: Annotated[list[str], BeforeValidator(_ids)] = []
    # A delegate has this person's roles too, from one day through another.
    stands_in_for: str | None = None
    stands_in_from: date | None = None
    stands_in_until: date | None = None


class LimitsSection(Section):
    """`[limits]`: nothing is capped unless it is set here."""

    confirm_total_above: str = "250000.00"
    # Above this a payment needs two approvers.
    second_approver_above: str | None = None
    # What may be approved in one day (UTC), in all and to one vendor, in each currency.
    day_cap: str | None = None
    vendor_day_cap: str | None = None


class WatchSection(Section):
    """`[watch]`: how often `tieout watch` goes round, and where the ERP's exports arrive."""

    every: Literal["1h", "2h", "4h", "1d", "never"] = "1h"
    folder: Path | None = None


class AuditSection(Section):
    """`[audit]`: where the log is remembered outside the working folder; the key comes from the environment."""

    anchor_folder: Path | None = None
    key: SecretStr | None = None


class ControlSection(Section):
    """`[control]`: another control database than the embedded one."""

    url: str | None = None


class RunsSection(Section):
    """`[runs]`: an object store where several hosts publish and read runs, any address that fsspec knows."""

    url: str | None = None

    @field_validator("url")
    @classmethod
    def _address(cls, url: str | None) -> str | None:
        if not url:
            return None
        scheme, mark, place = url.partition("://")
        if not (scheme and mark and place):
            raise ValueError("is no address; write s3://bucket/folder")
        if "@" in place.split("/")[0]:
            raise ValueError("holds a sign-in; secrets do not belong in a file")
        return url.rstrip("/")


class NotifySection(Section):
    """`[notify]`: who is told what happened and what waits, by mail, by webhook or both."""

    # Told of everything; beside them approvers and submitters at their own `email`.
    to: list[str] = []
    sender: str | None = None
    smtp_host: str | None = None
    smtp_port: int = 587
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    # True: the webhook's address is in the keyring; where the environment has it, that is enough.
    webhook: bool = False
    webhook_url: SecretStr | None = None
    dashboard_url: str | None = None
    digest_hour: int = Field(7, ge=0, le=23)

    @property
    def hooked(self) -> bool:
        return self.webhook or self.webhook_url is not None

    @property
    def on(self) -> bool:
        """Is anybody to be told?"""
        return self.smtp_host is not None or self.hooked

    @model_validator(mode="after")
    def _hidden(self) -> NotifySection:
        if self.smtp_security == "none" and self.smtp_host and not is_loopback(f"http://{self.smtp_host}"):
            raise ValueError('smtp_security = "none" would show amounts to the network; use "starttls" or "tls"')
        return self

    @field_validator("dashboard_url")
    @classmethod
    def _safe(cls, url: str | None) -> str | None:
        return _safe_url(url)


class SigninSection(Section):
    """`[signin]`: the company's own OpenID Connect provider; empty means the local issuer."""

    metadata_url: str | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None
    public_url: str | None = None


class _WithoutErps(EnvSettingsSource):
    """The environment without `TIEOUT_ERP_...`, whose values are text and not to be read as JSON."""

    def __call__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__call__().items() if name != "erp"}


class Settings(BaseSettings):
    """Everything that can be set, with `home` the working folder it was read from."""

    model_config = SettingsConfigDict(
        env_prefix="TIEOUT_", env_nested_delimiter="_", env_nested_max_split=1, extra="forbid", frozen=True
    )

    home: Path = Path(".tieout")
    procore: ProcoreSection = ProcoreSection()
    company: CompanySection = CompanySection()
    loading: LoadingSection = LoadingSection()
    tolerances: TolerancesSection = TolerancesSection()
    policy: PolicySection = PolicySection()
    erp: dict[str, ErpSection] = {}
    users: dict[str, User] = {}
    limits: LimitsSection = LimitsSection()
    watch: WatchSection = WatchSection()
    control: ControlSection = ControlSection()
    runs: RunsSection = RunsSection()
    audit: AuditSection = AuditSection()
    signin: SigninSection = SigninSection()
    notify: NotifySection = NotifySection()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, whose content comes in as init settings."""
        return _WithoutErps(settings_cls), init_settings

    @property
    def warehouse_path(self) -> Path:
        return self.home / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        return self.home / "published"

    @property
    def files(self) -> Path:
        """Every source file, kept under its SHA-256."""
        return self.home / "files"

    @property
    def control_url(self) -> str:
        return self.control.url or f"sqlite:///{(self.home / 'control.sqlite').absolute()}"


def load_settings(home: Path | None = None) -> Settings:
    """Read `tieout.toml` of the working folder (`TIEOUT_HOME`, else `.tieout`), which may be absent."""
    home = home or Path(os.environ.get("TIEOUT_HOME") or ".tieout")
    path = home / "tieout.toml"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}.") from error
    _refuse_secrets(content, path)
    _refuse_password(content.get("control"), path)
    _take_erp_environment(content)
    try:
        return Settings(**content).model_copy(update={"home": home})
    except ValidationError as error:
        raise SettingsError(_plainly(error, path)) from error


def _refuse_secrets(content: dict[str, Any], path: Path) -> None:
    places: list[tuple[str, Any, tuple[str, ...]]] = [
        (name, content.get(name), ("client_secret",)) for name in ("procore", "signin")
    ]
    places.append(("audit", content.get("audit"), ("key",)))
    places.append(("notify", content.get("notify"), ("smtp_password", "webhook_url")))
    sections = content.get("erp", {})
    places += (
        [(f"erp.{code}", part, ERP_SECRETS) for code, part in sections.items()] if isinstance(sections, dict) else []
    )
    for name, part, secrets in places:
        for key in secrets:
            if isinstance(part, dict) and key in part:
                raise SettingsError(
                    f"{path}: [{name}] {key} is a secret and does not belong in a file; "
                    f"set {_variable(name, key)} or keep it in the keyring."
                )


def _refuse_password(section: object, path: Path) -> None:
    url = section.get("url") if isinstance(section, dict) else None
    if isinstance(url, str) and "@" in url and ":" in url.partition("://")[2].rpartition("@")[0]:
        raise SettingsError(
            f"{path}: [control] url holds a password, which does not belong in a file; "
            "set TIEOUT_CONTROL_URL, or keep the password where PostgreSQL's own clients look (.pgpass)."
        )


def _take_erp_environment(content: dict[str, Any]) -> None:
    """`TIEOUT_ERP_XERO_CLIENT_ID` beside, and above, what the file says under `[erp.xero]`."""
    for name in sorted(os.environ):
        code, _, key = name.lower().removeprefix("tieout_erp_").partition("_")
        if name.upper().startswith("TIEOUT_ERP_") and isinstance(content.setdefault("erp", {}), dict):
            content["erp"].setdefault(code, {})[key] = os.environ[name]


def _variable(section: str, key: str) -> str:
    return f"TIEOUT_{section}_{key}".replace(".", "_").upper()


def client_secret(settings: Settings, section: Literal["procore", "signin"] = "procore") -> str:
    """The secret from the environment, else from the keyring; a sentence says how to set it."""
    part = getattr(settings, section)
    kept = _secret(part.client_secret, f"{section}:{part.client_id}")
    return kept or _no_secret(section, "client_secret", f"{section}:{part.client_id}")


def erp_secret(settings: Settings, code: str, key: str, *, needed: bool = True) -> str:
    """A secret of `[erp.CODE]` (one of ERP_SECRETS); without `needed` an absent one is ''."""
    kept = _secret(getattr(settings.erp.get(code, ErpSection()), key), f"erp.{code}:{key}")
    return kept or (_no_secret(f"erp.{code}", key, f"erp.{code}:{key}") if needed else "")


def notify_secret(settings: Settings, key: Literal["smtp_password", "webhook_url"]) -> str:
    """The mail server's password, or the webhook's address, which whoever has it may write to."""
    kept = _secret(getattr(settings.notify, key), f"notify:{key}")
    return kept or _no_secret("notify", key, f"notify:{key}")


def _secret(said: SecretStr | None, entry: str) -> str | None:
    """From the environment, else the keyring's `entry`."""
    if said is not None:
        return said.get_secret_value()
    import keyring  # slow to import, and only needed here
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(KEYRING_SERVICE, entry)
    except KeyringError:
        return None


def _no_secret(section: str, key: str, entry: str) -> NoReturn:
    raise SettingsError(
        f"No {key.replace('_', ' ')} for {section}: set {_variable(section, key)}, "
        f'or keep it with `keyring set {KEYRING_SERVICE} "{entry}"`.'
    )


def _plainly(error: ValidationError, path: Path) -> str:
    first = min(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
    where = [str(part) for part in first["loc"]]
    name = ".".join(where)
    if first["type"] == "extra_forbidden":
        return f"{path.name}: unknown key {name}{_nearest(where)}."
    what = re.sub(r"^Value error, ", "", first["msg"])
    hidden = "secret" in name or where[-1] in ERP_SECRETS or "sign-in" in what
    said = "" if hidden else f" (it says {first['input']!r})"
    return f"{path.name}: {name}: {what}{said}."


def _nearest(where: list[str]) -> str:
    model: Any = Settings
    for part in where[:-1]:
        field = model.model_fields.get(part) if hasattr(model, "model_fields") else None
        inner = field.annotation if field else model
        args = getattr(inner, "__args__", ())
        model = args[-1] if args and isinstance(args[-1], type) and issubclass(args[-1], BaseModel) else inner
    known = list(getattr(model, "model_fields", {}))
    close = difflib.get_close_matches(where[-1], known, n=1, cutoff=0.4)
    return f"; did you mean {close[0]}" if close else f"; known are {', '.join(sorted(known))}" if known else ""
