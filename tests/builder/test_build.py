"""The front end is built anew only when a source changed, and works from any address."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder import build
from builder.app import SHEETS


def test_the_sources_hold_what_a_page_is_made_of_and_nothing_of_the_server() -> None:
    names = {p.relative_to(build.ROOT).as_posix() for p in build.sources()}
    assert {"rxconfig.py", "builder/app.py", "builder/assets/css/ground.css"} <= names
    assert {"builder/canvas/editor.tsx", "builder/front/notice.tsx"} <= names
    assert "builder/web.py" not in names
    assert not any("_web/" in n or n.endswith(".test.ts") for n in names)


def test_every_sheet_is_on_the_page_and_what_a_phone_changes_comes_last() -> None:
    sheets = {f"css/{p.name}" for p in (build.HERE / "assets" / "css").iterdir()}
    assert {*SHEETS} == {"tokens.css", *sheets}
    assert (SHEETS[0], SHEETS[-1]) == ("tokens.css", "css/phone.css")


def test_every_server_module_named_is_there() -> None:
    assert all((build.HERE / name).is_file() for name in build.SERVER_ONLY)


def test_the_baked_address_becomes_the_pages_own(tmp_path: Path) -> None:
    assets = tmp_path / "assets"
    assets.mkdir()
    env = assets / "reflex-env-x.js"
    env.write_text("var e={PING:`http://localhost:8000/ping`,EVENT:'ws://localhost:8000/_event'};")
    build._own_origin(tmp_path)
    assert env.read_text() == (
        "var e={PING:location.origin+`/ping`,EVENT:location.origin+'/_event'};"
    )


def test_a_build_without_an_address_is_refused(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    with pytest.raises(build.BuildFailed, match="no backend address"):
        build._own_origin(tmp_path)


def test_sources_of_the_island_are_not_served(tmp_path: Path) -> None:
    for name in ("canvas/editor.tsx", "front/notice.tsx", "assets/a.js", "x.ts"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    build._drop_sources(tmp_path)
    left = [p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()]
    assert left == ["assets/a.js"]
