"""A built wheel, installed elsewhere, does the whole job without the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.slow


def _run(*words: str | Path, **more) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(  # noqa: S603 (our own commands)
        [str(word) for word in words], capture_output=True, text=True, check=False, timeout=300, **more
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another environment with the wheel in it; the packages it needs are lent by ours, the checkout is not."""
    place = tmp_path_factory.mktemp("elsewhere") / "venv"
    _run(sys.executable, "-m", "venv", "--without-pip", place)
    inside = place / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(inside)
    # A .pth line adds the folder alone: .pth files inside it, such as our editable install, are not followed.
    (inside / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return place / "bin" / "python"


def test_the_wheel_holds_what_runs_and_nothing_of_the_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "toolkit/sample_data/procore/company.json" in names
    assert "dashboard/app.py" in names
    assert "toolkit/workflow/migrations/env.py" in names
    assert "toolkit/signin/login.html" in names
    assert "toolkit/reports/templates/investigation.ipynb" in names
    assert "toolkit/audits/notebooks/reperformance.ipynb" in names
    assert not [name for name in names if name.startswith(("tests/", "notebooks/", "data/"))]


def test_the_installed_package_is_not_the_checkout(elsewhere: Path, tmp_path: Path) -> None:
    told = _run(elsewhere, "-c", "import toolkit; print(toolkit.__file__)", cwd=tmp_path)
    assert Path(told.stdout.strip()).is_relative_to(elsewhere.parent.parent)


def test_the_demo_runs_from_an_empty_folder(elsewhere: Path, tmp_path: Path) -> None:
    home = {name: value for name, value in os.environ.items() if not name.startswith("TIEOUT_")}
    shown = _run(elsewhere, "-m", "toolkit.cli", "demo", "--no-serve", cwd=tmp_path, env=home).stdout
    assert "unexplained" in shown
    assert "GREEN" in shown
    assert (tmp_path / ".tieout" / "demo").is_dir()
