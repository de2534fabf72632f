"""docs/erps/apis.md names every API, every key that one cannot do without, and every secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.erps.api import APIS
from toolkit.settings import ERP_SECRETS, ErpSection

PAGE = (Path(__file__).parent.parent.parent / "docs" / "erps" / "apis.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("api", APIS, ids=lambda api: api.erp)
def test_the_page_has_a_part_on_each_api_and_its_keys(api) -> None:
    heading = next(line for line in PAGE.splitlines() if line.startswith("## ") and api.title in line)
    assert heading
    assert f"`{api.erp}`" in PAGE
    assert [key for key in api.needs if f"`{key}`" not in PAGE] == []


def test_each_key_of_an_erp_s_section_is_on_the_page_or_about_files() -> None:
    about_files = {"date_order", "company"}
    keys = set(ErpSection.model_fields) - about_files
    assert sorted(key for key in keys if key not in PAGE) == []
    assert set(ERP_SECRETS) <= keys


def test_each_needed_key_exists() -> None:
    assert {key for api in APIS for key in api.needs} <= set(ErpSection.model_fields)
