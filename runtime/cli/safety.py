"""`wayline doctor`, `backup` and `restore`: is all well, and could it be brought back."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sqlite3
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runtime.cli import keeping
from runtime.cli.opening import Trouble, opened, settings_of

if TYPE_CHECKING:
    from runtime.facade.desk import Desk
    from runtime.settings import Settings
    from runtime.store.erase import Line

DATABASE = "wayline.db"
KEY = "secret.key"
MANIFEST = "manifest.json"
FORMAT = 1
LEAST_FREE = 200 * 1024 * 1024
_STUCK = 60_000_000  # microseconds after which unfinished work is late


def add(subparsers: Any) -> None:
    """Add the commands to the parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "doctor",
        help="check that this installation is in order",
        description="Prints one line for each check. Ends with 1 when something needs attention.",
    )
    parser.add_argument("--data", type=Path, help="the data folder (default ./data)")
    parser.add_argument(
        "--compact",
        action="store_true",
        help="rewrite the database file without its empty pages; stop Wayline first",
    )
    parser = subparsers.add_parser(
        "backup",
        help="save all data to a file",
        description="Saves the database and the key of the credentials to FILE, while Wayline runs "
        "or not. The file holds everything: keep it like a password.",
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--data", type=Path, help="the data folder (default ./data)")
    parser = subparsers.add_parser(
        "restore",
        help="bring saved data back",
        description="Checks FILE and puts its data into the data folder. Stop Wayline first.",
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--data", type=Path, help="the data folder (default ./data)")
    parser.add_argument(
        "--replace", action="store_true", help="set data that is there aside and replace it"
    )
    parser.add_argument(
        "--erased",
        type=Path,
        metavar="LIST",
        help="erase again who stands in this list, as `wayline erased` prints it",
    )


def run(args: argparse.Namespace) -> int:
    """The command's exit code."""
    settings = settings_of(args.data)
    try:
        match args.command:
            case "doctor":
                return _compact(settings) if args.compact else _doctor(settings)
            case "backup":
                return _backup(settings, args.file)
            case _:
                return _restore(settings, args.file, replace=args.replace, erased=args.erased)
    except (OSError, sqlite3.Error) as error:
        raise Trouble(str(error)) from error


# --- Doctor -----------------------------------------------------------------------------------


def _doctor(settings: Settings) -> int:
    well = True
    for name, trouble in _checks(settings):
        print(f"{name}: {trouble or 'in order'}")
        well = well and trouble is None
    return 0 if well else 1


def _checks(settings: Settings) -> Iterator[tuple[str, str | None]]:
    """(what was looked at, what is wrong with it)."""
    yield "data folder", _folder(settings.data)
    if not settings.database and not (settings.data / DATABASE).exists():
        yield "database", "there is none yet; `wayline up` makes it"
        return
    yield "database file", None if settings.database else _whole(settings.data / DATABASE)
    with opened(settings) as wayline:
        yield from _inside(wayline.system().desk)
    yield "wake-ups", _redis(settings)


def _folder(data: Path) -> str | None:
    if not data.is_dir():
        return f"{data} is missing; `wayline up` makes it"
    if not os.access(data, os.W_OK):
        return f"{data} cannot be written; give this user the right to"
    free = shutil.disk_usage(data).free
    if free < LEAST_FREE:
        return f"only {free // 1024 // 1024} MiB are free on the disk of {data}; make room"
    return None


def _whole(path: Path) -> str | None:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as conn:
        found = conn.execute("PRAGMA quick_check(3)").fetchall()
        broken = conn.execute("PRAGMA foreign_key_check").fetchmany(3)
    if found != [("ok",)]:
        return f"it is damaged ({found[0][0]}); restore a backup"
    return f"{len(broken)} rows point to nothing; restore a backup" if broken else None


def _inside(desk: Desk) -> Iterator[tuple[str, str | None]]:
    from runtime.facade import audit, limits
    from runtime.store import retention
    from runtime.store.database import rows
    from runtime.vault import VaultError
    from runtime.work.journeys import Journeys

    with desk.read() as conn:
        seq = audit.broken(conn, desk.workspace)
        yield "audit", None if seq is None else f"row {seq} does not fit the chain: it was changed"
        closed: list[str] = []
        sql = "SELECT id, name, sealed FROM credential WHERE workspace = ?"
        for one, name, sealed in rows(conn, sql, (desk.workspace,)):
            try:
                desk.house.vault.open(desk.workspace, one, bytes(sealed))
            except VaultError as error:
                closed.append(f"{name}: {error}")
        yield "credentials", "; ".join(closed) or None
        late = desk.house.database.now_us(conn) - _STUCK
        sql = "SELECT count(*) FROM event WHERE routed_at IS NULL AND received_at < ?"
        waiting = rows(conn, sql, (late,))[0][0]
        sql = "SELECT count(*) FROM run WHERE wake_at < ? AND lease_until < ?"
        waiting += rows(conn, sql, (late, late))[0][0]
        sql = "SELECT count(*) FROM chore WHERE kind = 'erase' AND next_at < ?"
        erasing = rows(conn, sql, (late,))[0][0]
        empty, whole = retention.empty_room(conn)
        unread = Journeys(desk.house.types).space(conn, desk.workspace).unread
        sql = "SELECT id, name FROM journey WHERE workspace = ?"
        names = [name for one, name in rows(conn, sql, (desk.workspace,)) if one in unread]
        sql = "SELECT count(*) FROM dead_letter WHERE workspace = ? AND resolved_at IS NULL"
        dead = rows(conn, sql, (desk.workspace,))[0][0]
    yield "work", f"{waiting} things are late; is `wayline up` running?" if waiting else None
    yield "erasing", f"{erasing} customers are still to be erased" if erasing else None
    yield "room", _room(empty, whole)
    yield "journeys", _unread(names)
    held = [one["label"] for one in limits.limits(desk) if one["held"] is not None]
    yield "providers", f"held back now: {', '.join(held)}" if held else None
    yield "dead letters", f"{dead} wait for somebody; see the page “Not done”" if dead else None


def _unread(names: list[str]) -> str | None:
    if not names:
        return None
    return f"cannot be read: {', '.join(names)}; install the package with their types of node again"


def _room(empty: int, whole: int) -> str | None:
    if empty < LEAST_FREE // 4 or empty < whole // 4:
        return None
    return (
        f"{empty // 1024 // 1024} MiB of the database file are empty; stop Wayline and run "
        "`wayline doctor --compact`"
    )


def _compact(settings: Settings) -> int:
    if settings.database:
        raise Trouble("PostgreSQL keeps its files in order by itself (autovacuum).")
    path = settings.data / DATABASE
    if not path.exists():
        raise Trouble(f"There is no data in {settings.data}: choose its folder by --data.")
    with _held(settings.data):
        before = path.stat().st_size
        with closing(sqlite3.connect(path, isolation_level=None)) as conn:
            conn.execute("PRAGMA auto_vacuum = INCREMENTAL")
            conn.execute("VACUUM")
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        after = path.stat().st_size
    print(f"The file has {after / 1048576:,.1f} MiB now; before it had {before / 1048576:,.1f}.")
    return 0


def _redis(settings: Settings) -> str | None:
    from runtime.queue.doorbell import Doorbell

    if settings.redis is None:
        return None  # the embedded server comes and goes with `wayline up`
    bell = Doorbell(settings)
    try:
        return None if bell.reachable() else "Redis does not answer; workers ask the database"
    finally:
        bell.close()


# --- Backup -----------------------------------------------------------------------------------


def _backup(settings: Settings, target: Path) -> int:
    if settings.database:
        raise Trouble(
            "The data is in PostgreSQL: save it with pg_dump, and keep secret.key of the data "
            "folder (or WAYLINE_SECRET) beside it."
        )
    source = settings.data / DATABASE
    if not source.exists():
        raise Trouble(f"There is no data in {settings.data}: choose its folder by --data.")
    target = target.absolute()
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".wayline-backup-") as folder:
        copy = Path(folder) / DATABASE
        with (
            closing(
                sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True, isolation_level=None)
            ) as live,
            closing(sqlite3.connect(copy)) as saved,
        ):
            # One view for the whole copy: else it begins anew after each commit of others, and
            # under load it never ends.
            live.execute("BEGIN")
            live.execute("SELECT 1 FROM sqlite_master").fetchone()
            live.backup(saved, pages=2000, sleep=0.005)
            saved.execute("PRAGMA journal_mode = DELETE")
        if trouble := _whole(copy):
            raise Trouble(f"The copy is not whole, so nothing was saved: {trouble}.")
        files = [copy, *(f for f in [settings.data / KEY] if f.exists())]
        manifest = Path(folder) / MANIFEST
        manifest.write_text(json.dumps(_manifest(files), indent=2))
        packed = Path(folder) / "packed"
        packed.touch(mode=0o600)
        with tarfile.open(packed, "w:gz", compresslevel=6) as archive:
            for file in [manifest, *files]:
                archive.add(file, arcname=file.name)
        os.replace(packed, target)
    print(f"Saved to {target}. It holds everything: keep it like a password.")
    return 0


def _manifest(files: list[Path]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "files": {file.name: _digest(file) for file in files},
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- Restore ----------------------------------------------------------------------------------


def _restore(settings: Settings, source: Path, *, replace: bool, erased: Path | None) -> int:
    if settings.database:
        raise Trouble("The data is in PostgreSQL: bring it back with pg_restore.")
    data = settings.data
    there = (data / DATABASE).exists()
    if there and not replace:
        raise Trouble(f"There is data in {data} already: add --replace to set it aside.")
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _held(data), tempfile.TemporaryDirectory(dir=data, prefix=".restore-") as folder:
        made_at = _unpack(source, Path(folder))
        forgotten = _forgotten(settings, there, erased)
        if there:
            aside = data / f"before-{datetime.now(UTC):%Y%m%d-%H%M%S}"
            aside.mkdir(mode=0o700)
            for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", KEY):
                if (data / name).exists():
                    os.replace(data / name, aside / name)
            print(f"What was there is in {aside}.")
        for name in (KEY, DATABASE):
            if (Path(folder) / name).exists():
                os.replace(Path(folder) / name, data / name)
                (data / name).chmod(0o600)
        if forgotten:
            with opened(settings) as wayline:
                if n := keeping.again(wayline.database, forgotten):
                    print(keeping.told(n))
    print(f"Brought back the data of {made_at}. Start Wayline with: wayline up")
    return 0


def _forgotten(settings: Settings, there: bool, listed: Path | None) -> list[Line]:
    """Who was erased, by the data that is to be replaced and by a list: the backup may be older."""
    found = keeping.read(listed) if listed else []
    if not there:
        return found
    try:
        return [*found, *keeping.ledger_of(settings)]
    except sqlite3.Error as error:
        print(
            f"wayline: the data that was there cannot be read ({error}), so customers who were "
            "erased since the backup may be back. `wayline erased FILE` erases them again.",
            file=sys.stderr,
        )
        return found


def _held(data: Path) -> Any:
    """The lock that a running Wayline holds."""
    from runtime.holding import CannotStart, prepare_data

    try:
        return closing(prepare_data(data))
    except CannotStart as error:
        raise Trouble(str(error)) from None


def _unpack(source: Path, folder: Path) -> str:
    """Put the checked files of a backup into the folder; gives when it was made."""
    try:
        with tarfile.open(source, "r:gz") as archive:
            for member in archive:
                if member.name not in (MANIFEST, DATABASE, KEY) or not member.isreg():
                    raise Trouble(f"{source} is not a backup of Wayline: it holds {member.name}.")
                archive.extract(member, folder, filter="data")
    except (tarfile.TarError, EOFError, FileNotFoundError) as error:
        raise Trouble(f"{source} is not a backup of Wayline: {error}.") from None
    manifest: dict[str, Any] = {}
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        files: dict[str, str] = manifest["files"]
        sound = manifest["format"] == FORMAT and DATABASE in files
        sound = sound and all(_digest(folder / name) == said for name, said in files.items())
    except (OSError, ValueError, KeyError, TypeError):
        sound = False
    if not sound:
        raise Trouble(f"{source} is damaged or of another kind: use another backup.")
    if trouble := _whole(folder / DATABASE):
        raise Trouble(f"The database in {source} cannot be used: {trouble}.")
    return str(manifest["made_at"])
