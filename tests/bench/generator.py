"""An invented year of payments and claims with the true pairs: `problem(size, seed)`, everything from one seed.

In the spirit of the labelled problems of this field (names spelled two ways, numbers that begin anew
in each project, fixed monthly amounts, text that is blank, cut or a list, parts, voids, doubles,
cash without a claim, claims without cash) and with what they lack: credits netted within a check,
payments with GST against net claims, retainage released under a number with R, two currencies,
joint checks, and applications on half of the payments.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

BEGIN = date(2023, 1, 1).toordinal() - date(1970, 1, 1).toordinal()
DAYS = 900
FIRST = (
    "Alder",
    "Birch",
    "Cedar",
    "Dunlin",
    "Ember",
    "Fjord",
    "Gannet",
    "Heron",
    "Isle",
    "Juniper",
    "Kestrel",
    "Larch",
)
SECOND = ("Ridge", "Valley", "Coast", "Mill", "Stone", "Field", "Creek", "Gate", "Point", "Moor", "Bridge", "Hollow")
TRADE = ("Steel", "Framing", "Electric", "Plumbing", "Masonry", "Glazing", "Roofing", "Paving", "Tile", "Drywall")
FORM = ("LLC", "Inc.", "Ltd.", "Corp.", "Co.")
KINDS = ("single", "multi", "split", "overhead", "void_reissue", "dup", "credit", "gst", "release")
MIX = (0.60, 0.09, 0.04, 0.10, 0.01, 0.01, 0.03, 0.04, 0.04)
HARD = (0.50, 0.14, 0.06, 0.12, 0.015, 0.015, 0.04, 0.05, 0.06)
# Without what other labelled problems lack: no credit netted, no GST, no retainage released.
PLAIN = (*MIX[:6], 0.0, 0.0, 0.0)
MIXES = {"usual": MIX, "hard": HARD, "plain": PLAIN}


@dataclass(frozen=True)
class Problem:
    """Both sides as `tieout match` reads them, the pairs (payment_id, claim_id, kind), and `second` payments."""

    payments: pl.DataFrame
    claims: pl.DataFrame
    applications: pl.DataFrame
    truth: pl.DataFrame
    second: pl.DataFrame

    def write(self, folder: Path) -> Path:
        """Five Parquet files in a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("payments", "claims", "applications", "truth", "second"):
            getattr(self, name).write_parquet(folder / f"{name}.parquet")
        return folder


def problem(size: int, seed: int, kinds: str = "usual") -> Problem:
    """About `size` payments, of one of `MIXES`.

    hard: more sums, parts and blanks, and fewer projects on payments; plain: what other labelled problems have.
    """
    chance = np.random.default_rng(seed)
    vendors = _vendors(max(size // 60, 12), chance)
    mix, hard = np.array(MIXES[kinds]), kinds == "hard"
    kind = chance.choice(len(KINDS), size, p=mix / mix.sum())
    weights = vendors["weight"].to_numpy()
    vendor = chance.choice(vendors.height, size, p=weights / weights.sum())
    count = np.ones(size, np.int64)
    many = np.isin(kind, [1, 6])
    count[many] = np.minimum(1 + chance.geometric(0.35, int(many.sum())), 12)
    billed = BEGIN + chance.integers(0, DAYS, size)
    bundle = np.repeat(np.arange(size), np.where(kind == 3, 0, count))
    claims = _claims(vendors, vendor, kind, billed, bundle, chance)
    unpaid = _unpaid(vendors, size // 11, chance)
    claims = _numbered(pl.concat([claims, unpaid]), vendors, chance)
    payments = _payments(claims, kind, vendor, billed, chance, hard)
    return _finished(payments, claims, vendors, chance)


def _vendors(count: int, chance: np.random.Generator) -> pl.DataFrame:
    word = [chance.integers(0, len(words), count) for words in (FIRST, SECOND, TRADE, FORM)]
    names = [
        f"{FIRST[a]} {SECOND[b]} {TRADE[c]} {n % 97 if n >= 60 else ''}".strip()
        for n, (a, b, c) in enumerate(zip(*word[:3], strict=True))
    ]
    ours = [f"{name} {FORM[d]}" for name, d in zip(names, word[3], strict=True)]
    theirs = [_spelled(name, how, chance) for name, how in zip(ours, chance.random(count), strict=True)]
    return pl.DataFrame(
        {
            "claim_name": ours,
            "erp_name": theirs,
            "weight": chance.lognormal(0, 1.1, count),
            "style": chance.integers(0, 6, count),
            "serial": chance.integers(1000, 90_000, count),
            "fixed": np.where(chance.random(count) < 0.06, chance.integers(8, 90, count) * 50_00, 0),
            "taxed": chance.random(count) < 0.4,
            "currency": np.where(chance.random(count) < 0.1, "CAD", "USD"),
        }
    )


def _spelled(name: str, how: float, chance: np.random.Generator) -> str:
    """As the ERP's clerk writes it."""
    if how < 0.5:
        return name
    if how < 0.62:
        return name.upper().replace(".", "")
    if how < 0.78:
        return " ".join(name.split()[:-1])
    if how < 0.88:
        at = int(chance.integers(1, len(name) - 2))
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    if how < 0.97:
        return (
            name.replace("Electric", "Elec").replace("Plumbing", "Plbg").replace("Steel", "Stl").replace("Ridge", "Rdg")
        )
    return f"{SECOND[len(name) % 12]} {FIRST[int(how * 1e4) % 12]} Holdings {int(how * 1e6) % 89}"


def _amounts(count: int, chance: np.random.Generator) -> np.ndarray:
    cents = np.exp(chance.normal(13.6, 1.3, count)).astype(np.int64) + 5000
    round_ = chance.random(count) < 0.15
    return np.where(round_, cents // 50_00 * 50_00 + 50_00, cents)


def _claims(
    vendors: pl.DataFrame,
    vendor: np.ndarray,
    kind: np.ndarray,
    billed: np.ndarray,
    bundle: np.ndarray,
    chance: np.random.Generator,
) -> pl.DataFrame:
    count = bundle.size
    who = vendor[bundle]
    fixed = vendors["fixed"].to_numpy()[who]
    gross = np.where(fixed > 0, fixed, _amounts(count, chance))
    taxed = vendors["taxed"].to_numpy()[who] | (kind[bundle] == 7)
    release = kind[bundle] == 8
    rate = np.where(release, 0, chance.choice([0, 5, 10], count, p=[0.35, 0.15, 0.5]))
    retained = gross * rate // 100
    tax = np.where(taxed, (gross - retained) * 5 // 100, 0)
    # A net claim states its tax and leaves it out of what is due.
    due = gross - retained + np.where(kind[bundle] == 7, 0, tax)
    spread = np.where(np.isin(kind[bundle], [1, 6]), chance.integers(0, 24, count), 0)
    return pl.DataFrame(
        {
            "bundle": bundle,
            "vendor": who,
            "gross": gross,
            "retainage": retained,
            "tax": tax,
            "due": due,
            "day": billed[bundle] - spread,
            "project": _projects(who, count, chance),
            "release": release,
        }
    )


def _projects(vendor: np.ndarray, count: int, chance: np.random.Generator) -> np.ndarray:
    return (vendor * 7 + chance.integers(0, 4, count)) % 60


def _unpaid(vendors: pl.DataFrame, count: int, chance: np.random.Generator) -> pl.DataFrame:
    nobody = np.full(count, -1)
    vendor = chance.integers(0, vendors.height, count)
    gross = _amounts(count, chance)
    return pl.DataFrame(
        {
            "bundle": nobody,
            "vendor": vendor,
            "gross": gross,
            "retainage": gross // 10,
            "tax": np.zeros(count, np.int64),
            "due": gross - gross // 10,
            "day": BEGIN + chance.integers(0, DAYS, count),
            "project": _projects(vendor, count, chance),
            "release": np.zeros(count, np.bool_),
        }
    )


def _numbered(claims: pl.DataFrame, vendors: pl.DataFrame, chance: np.random.Generator) -> pl.DataFrame:
    """Invoice numbers in each vendor's style, in the order of billing; pay applications begin anew per project."""
    del chance
    facts = vendors.with_row_index("vendor").select(pl.col("vendor").cast(pl.Int64), "style", "serial", "claim_name")
    rows = claims.join(facts, on="vendor", how="left").sort("vendor", "day", "bundle", "gross")
    nth = pl.int_range(1, pl.len() + 1).over("vendor")
    here = pl.int_range(1, pl.len() + 1).over("vendor", "project")
    initials = pl.col("claim_name").str.extract_all(r"\b[A-Z]").list.head(3).list.join("")
    serial = pl.col("serial") + nth
    month, project = (pl.col("day") - BEGIN) // 30, pl.col("project") + 2200
    number = (
        pl.when(pl.col("style") == 0).then(serial.cast(pl.String))
        .when(pl.col("style") == 1).then(pl.format("INV-{}", serial.cast(pl.String).str.zfill(6)))
        .when(pl.col("style") == 2).then(pl.format("{}-{}", initials, serial))
        .when(pl.col("style") == 3).then(pl.format("PA-{}-{}", project, here.cast(pl.String).str.zfill(2)))
        .when(pl.col("style") == 4).then(pl.format("{}-{}", month + 2301, nth.cast(pl.String).str.zfill(3)))
        .otherwise(here.cast(pl.String))
    )  # fmt: skip
    number = pl.when("release").then(pl.format("{}-R", number)).otherwise(number)
    return rows.with_columns(number=number).with_row_index("claim", offset=500_000).drop("claim_name")


def _payments(
    claims: pl.DataFrame,
    kind: np.ndarray,
    vendor: np.ndarray,
    billed: np.ndarray,
    chance: np.random.Generator,
    hard: bool,
) -> pl.DataFrame:
    """One row per payment: bundle, amount, day, text, project, status, second (a double's later payment)."""
    size = kind.size
    sums = claims.filter(pl.col("bundle") >= 0).group_by("bundle").agg(
        pl.col("due").sum(), pl.col("gross").sum(), pl.col("tax").sum(), pl.col("project").first(),
        pl.col("number").sort_by("claim").alias("numbers"), pl.len().alias("count"),
    ).sort("bundle")  # fmt: skip
    row = np.full(size, -1)
    row[sums["bundle"].to_numpy()] = np.arange(sums.height)
    at = np.maximum(row, 0)
    due, gross, tax = (sums[name].to_numpy()[at] for name in ("due", "gross", "tax"))
    overhead = kind == 3
    paid = np.where(overhead, _amounts(size, chance), due)
    basis = chance.random(size)
    single = kind == 0
    paid = np.where(single & (basis < 0.012), gross, paid)
    paid = np.where(single & (basis >= 0.012) & (basis < 0.022), due + chance.integers(-3, 4, size), paid)
    paid = np.where(single & (basis >= 0.022) & (basis < 0.04), due * 98 // 100, paid)
    paid = np.where(single & (basis >= 0.04) & (basis < 0.055), due * chance.integers(55, 95, size) // 100, paid)
    paid = np.where(kind == 7, due + tax, paid)
    credit = np.minimum(paid // 5, chance.integers(20_00, 900_00, size))
    paid = np.where(kind == 6, paid - credit, paid)
    lag = np.clip(chance.normal(42, 18, size), 4, 150).astype(np.int64)
    heads = pl.DataFrame(
        {
            "bundle": np.arange(size), "kind": kind, "vendor": vendor, "amount": paid, "day": billed + lag,
            "project": np.where(overhead, -1, sums["project"].to_numpy()[at]), "credit": np.where(kind == 6, credit, 0),
        }
    )  # fmt: skip
    heads = heads.with_columns(numbers=sums["numbers"].gather(at), count=pl.Series(sums["count"].to_numpy()[at]))
    told = chance.random(size) < (0.55 if hard else 0.7)
    heads = heads.with_columns(
        project=pl.when(pl.Series(told)).then("project").otherwise(-1), status=pl.lit("cleared"), second=pl.lit(False)
    )
    parts = _split(heads.filter(pl.col("kind") == 2), chance)
    voids = heads.filter(pl.col("kind") == 4).with_columns(status=pl.lit("voided"), day=pl.col("day") - 14)
    twins = heads.filter(pl.col("kind") == 5).with_columns(day=pl.col("day") + 9, second=pl.lit(True))
    rows = pl.concat([heads.filter(pl.col("kind") != 2), parts, voids, twins])
    return _written(rows, chance, hard)


def _split(heads: pl.DataFrame, chance: np.random.Generator) -> pl.DataFrame:
    """Two to four payments to one claim, three quarters of them in full."""
    count = chance.integers(2, 5, heads.height)
    share = np.where(chance.random(heads.height) < 0.75, 100, 80)
    rows = heads.with_columns(parts=pl.Series(count), share=pl.Series(share))
    rows = rows.with_columns(nth=pl.int_ranges(0, pl.col("parts"))).explode("nth")
    goal = pl.col("amount") * pl.col("share") // 100
    each = goal * (4 + pl.col("nth") % 2) // (9 * pl.col("parts") // 2)
    last = goal - each.sum().over("bundle") + each
    amount = pl.when(pl.col("nth") == pl.col("parts") - 1).then(last).otherwise(each)
    return rows.with_columns(amount=amount, day=pl.col("day") + 21 * pl.col("nth")).select(heads.columns)


def _written(rows: pl.DataFrame, chance: np.random.Generator, hard: bool) -> pl.DataFrame:
    """The remittance text: blank, a list, a list cut at 20, one number, one number written another way."""
    count = rows.height
    how, slip = chance.random(count), chance.random(count)
    listed = pl.col("numbers").list.join(", ")
    one = pl.col("numbers").list.first()
    changed = (
        pl.when(pl.Series(slip) < 0.02).then(one.str.replace("0", "O"))
        .when(pl.Series(slip) < 0.04).then(one.str.slice(0, one.str.len_chars() - 1))
        .when(pl.Series(slip) < 0.055).then(one + "A")
        .when(pl.Series(slip) < 0.07).then(one + "/2")
        .when(pl.Series(slip) < 0.085).then(one.str.replace(r"([0-9])([0-9])$", "${2}${1}"))
        .when(pl.Series(slip) < 0.16).then(one.str.to_lowercase())
        .when(pl.Series(slip) < 0.24).then(one.str.replace_all("-", "", literal=True))
        .when(pl.Series(slip) < 0.30).then(pl.format("INV {}", one))
        .otherwise(one)
    )  # fmt: skip
    several = pl.col("count") > 1
    junk = pl.Series(chance.choice(np.array(["RENT", "UTILITIES", "81234", "", "INSURANCE"]), count))
    empty = 0.13 if hard else 0.08
    text = (
        pl.when(pl.col("kind") == 3).then(junk)
        .when(several & (pl.Series(how) < empty * 3)).then(pl.lit(""))
        .when(several & (pl.Series(how) < empty * 3 + 0.1)).then(pl.lit("MULTIPLE"))
        .when(several & (pl.Series(how) < empty * 3 + 0.3)).then(listed.str.head(20))
        .when(several).then(listed)
        .when(pl.Series(how) < empty).then(pl.lit(""))
        .otherwise(changed)
    )  # fmt: skip
    return rows.with_columns(text=text)


def _money(cents: pl.Expr) -> pl.Expr:
    return (cents.cast(pl.Decimal(38, 2)) / 100).cast(pl.Decimal(18, 2))


def _date(days: pl.Expr) -> pl.Expr:
    return days.cast(pl.Int32).cast(pl.Date)


def _finished(rows: pl.DataFrame, claims: pl.DataFrame, vendors: pl.DataFrame, chance: np.random.Generator) -> Problem:
    order = chance.permutation(rows.height)
    rows = rows[order].with_row_index("payment", offset=1)
    names = vendors.with_row_index("vendor").with_columns(pl.col("vendor").cast(pl.Int64))
    joint = pl.Series(chance.random(rows.height) < 0.01)
    payee = pl.col("erp_name")
    project = pl.when(pl.col("project") >= 0).then(pl.format("24-{}", pl.col("project") + 1000))
    payments = rows.join(names, on="vendor", how="left", maintain_order="left").select(
        payment_id=pl.col("payment").cast(pl.String),
        check_number=(pl.col("payment") + 100_000).cast(pl.String),
        vendor_name=pl.when(joint).then(pl.format("{} and Gable Supply", payee)).otherwise(payee),
        project_number=project,
        reference="text",
        payment_date=_date(pl.col("day")),
        payment_amount=_money(pl.col("amount")),
        currency_code="currency",
        status="status",
    )  # fmt: skip
    sheet = claims.join(
        names.select("vendor", "claim_name", "currency"), on="vendor", how="left", maintain_order="left"
    )
    both = sheet.select(
        claim_id=pl.col("claim").cast(pl.String),
        vendor_name="claim_name",
        project_number=pl.format("24-{}", pl.col("project") + 1000),
        invoice_number="number",
        billing_date=_date(pl.col("day")),
        gross_amount=_money(pl.col("gross")),
        retainage_amount=_money(pl.col("retainage")),
        tax_amount=_money(pl.col("tax")),
        due_amount=_money(pl.col("due")),
        currency_code="currency",
        status=pl.lit("approved"),
    ).sample(fraction=1, shuffle=True, seed=7)  # fmt: skip
    pairs = rows.filter(pl.col("status") != "voided").join(
        claims.select("bundle", "claim", "number", claim_due="due"), on="bundle"
    ).sort("payment", "claim")  # fmt: skip
    truth = pairs.filter(~pl.col("second")).select(
        payment_id=pl.col("payment").cast(pl.String),
        claim_id=pl.col("claim").cast(pl.String),
        kind=pl.col("kind").replace_strict(dict(enumerate(KINDS)), return_dtype=pl.String),
    )
    again = pairs.filter("second").select(pl.col("payment", "claim").cast(pl.String).name.suffix("_id"))
    return Problem(payments, both, _applications(pairs, chance), truth, again)


def _applications(pairs: pl.DataFrame, chance: np.random.Generator) -> pl.DataFrame:
    """What the ERP applied, for half of the payments; a netted credit is a line of its own."""
    half = pairs.select("payment").unique().sort("payment")
    half = half.filter(pl.Series(chance.random(half.height) < 0.5))
    rows = pairs.join(half, on="payment", how="semi").sort("payment", "claim")
    alone = pl.len().over("payment") == 1
    bills = rows.with_columns(amount=pl.when(alone).then("amount").otherwise("claim_due"))
    netted = rows.filter(pl.col("credit") > 0).unique("payment", keep="first", maintain_order=True)
    lines = pl.concat(
        [
            bills.select("payment", "number", "amount", document_type=pl.lit("bill")),
            netted.select("payment", "number", amount=-pl.col("credit"), document_type=pl.lit("vendor_credit")),
        ]
    ).with_columns(number=pl.when(pl.col("document_type") == "bill").then("number"))
    lines = lines.sort("payment", "document_type", "number", nulls_last=True)
    nth = pl.int_range(1, pl.len() + 1).over("payment")
    return lines.select(
        payment_id=pl.col("payment").cast(pl.String),
        application_id=pl.format("{}-{}", "payment", nth),
        document_type="document_type",
        invoice_number="number",
        applied_amount=_money(pl.col("amount")),
    )
