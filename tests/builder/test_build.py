"""The front end is built anew only when a source changed, and works from any address."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
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


def test_a_change_of_what_the_server_answers_to_the_editor_builds_no_front_end() -> None:
    names = {p.relative_to(build.ROOT).as_posix() for p in build.sources()}
    modules = sorted(p.name for p in build.HERE.glob("editor_*.py"))
    assert "editor_api.py" in modules
    assert [m for m in modules if f"builder/{m}" in names] == []
    assert "builder/pages/editor.py" in names  # the page itself is of the front
    assert "builder/state/editor.py" in names


def test_the_editors_modules_import_each_other_at_the_top_and_in_no_circle() -> None:
    found: dict[str, set[str]] = {}
    for path in build.HERE.glob("editor_*.py"):
        tree = ast.parse(path.read_text())
        imports = [n for n in ast.walk(tree) if isinstance(n, (ast.Import, ast.ImportFrom))]
        assert [n.lineno for n in imports if n not in tree.body] == [], path.name
        names = {f"{getattr(n, 'module', '')}.{a.name}" for n in imports for a in n.names}
        found[path.stem] = {part for name in names for part in name.split(".")} & {
            p.stem for p in build.HERE.glob("editor_*.py")
        }
    TopologicalSorter(found).prepare()  # raises CycleError


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


def test_a_component_without_its_styles_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "app" / "routes" / "page.jsx"
    page.parent.mkdir(parents=True)
    page.write_text('import {Dialog as D,Switch as S} from "@radix-ui/themes"\n')
    with pytest.raises(build.BuildFailed, match="Radix's Switch, whose styles"):
        build.styled(tmp_path, 'const USED = {\n  Dialog: ["Dialog"],\n};\n')
    build.styled(tmp_path, 'const USED = {\n  Dialog: ["Dialog"],\n  Switch: ["Switch"],\n};\n')
