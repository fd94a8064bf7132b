"""The wheel alone: an empty environment, no Node on PATH, and the studio answers."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import httpx
import pytest

from builder import build
from tests.support.program import free_port

pytestmark = [pytest.mark.service, pytest.mark.timeout(600)]

ROOT = build.ROOT
MOST = 3_000  # modules that all processes import until everything is there


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not build.is_current():
        pytest.fail("The front end is not built from these sources: run `make front` first.")
    made = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(made)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(made.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds the wheel and what it asks for, at the locked versions."""
    place = tmp_path_factory.mktemp("env")
    pins = place / "pins.txt"
    lock = (ROOT / "requirements.lock").read_text()
    pins.write_text("\n".join(re.findall(r"^[A-Za-z0-9][^\n\\]*", lock, re.MULTILINE)))
    home = place / "venv"
    python = home / "bin" / "python"
    for command in (
        [sys.executable, "-m", "venv", "--without-pip", str(home)],
        [
            *[sys.executable, "-m", "uv", "pip", "install", "-q", "--compile-bytecode"],
            *["--python", str(python), "--constraint", str(pins), str(wheel)],
        ],
    ):
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return home


def test_the_wheel_holds_the_front_end_and_no_sources_of_it(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "rxconfig.py" in names
    assert "builder/_web/build/client/index.html" in names
    assert any(re.fullmatch(r"runtime/gallery/.*\.json", n) for n in names)
    assert not [n for n in names if n.endswith((".ts", ".tsx")) or n.startswith("tests/")]


def test_no_sheet_names_a_colour_that_the_build_has_dropped(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as held:
        of_a_page = [n for n in held.namelist() if re.search(r"/client/assets/[^/]+\.css$", n)]
        sheets = "\n".join(held.read(name).decode() for name in of_a_page)
    scale = r"--(?:sand|indigo|red|amber|grass|orange|plum|teal)-a?\d+"
    used = set(re.findall(rf"var\(({scale})\)", sheets))
    assert len(used) > 20
    assert used <= set(re.findall(rf"({scale})\s*:", sheets))


def test_wayline_up_answers_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    port = free_port()
    empty = tmp_path / "elsewhere"
    empty.mkdir()
    command = [str(installed / "bin" / "wayline"), "up", "--port", str(port), "--workers", "1"]
    env = {
        "PATH": str(installed / "bin"),
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "WAYLINE_DATA": str(tmp_path / "data"),
        "PYTHONPROFILEIMPORTTIME": "1",  # a line for each module that is imported
    }
    compiled = _compiled(installed)
    printed = tmp_path / "printed"  # no pipe, which would be full before anybody reads it
    with (
        printed.open("w") as out,
        subprocess.Popen(command, cwd=empty, env=env, stdout=out, stderr=out) as process,
    ):
        try:
            status = _first_answer(f"http://127.0.0.1:{port}/", time.monotonic() + 60)
            page = httpx.get(f"http://127.0.0.1:{port}/assets/none.js").status_code
        finally:
            process.terminate()
            process.wait(30)
    output = printed.read_text()
    assert status == 200, output
    assert page == 404
    imported = output.count("import time:")
    assert 500 < imported < MOST, imported
    assert _compiled(installed) == compiled, "modules were compiled at the start"
    assert not list(empty.iterdir())
    assert not (tmp_path / "data" / "studio").exists(), "what people see was written to the disk"


def _compiled(home: Path) -> set[Path]:
    return set(home.rglob("*.pyc"))


def _first_answer(url: str, deadline: float) -> int:
    while time.monotonic() < deadline:
        try:
            return httpx.get(url, timeout=60).status_code
        except httpx.TransportError:
            threading.Event().wait(0.05)
    return 0
