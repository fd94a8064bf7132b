"""`wayline retain` and `wayline erased`: what is kept for how long, and who is to be forgotten."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runtime.cli.opening import Trouble, opened, settings_of

if TYPE_CHECKING:
    from runtime.facade import Wayline
    from runtime.settings import Settings
    from runtime.store.database import Database
    from runtime.store.erase import Line

MIB = 1024 * 1024


def add(subparsers: Any) -> None:
    """Add the commands to the parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "retain",
        help="take out what finished long ago, now",
        description="Carries the workspace's retention rule out now instead of with the next day, "
        "while Wayline runs or not. Open runs and what waits for a person always stay.",
    )
    parser.add_argument(
        "--before", metavar="TIME", help="take out what finished before this ISO 8601 time instead"
    )
    parser.add_argument(
        "--history",
        metavar="JOURNEY",
        help="take out every edit of this journey's draft instead, say after a secret was typed "
        "into it; the draft and the published versions stay",
    )
    parser.add_argument("--data", type=Path, help="the data folder (default ./data)")
    parser = subparsers.add_parser(
        "erased",
        help="list who was erased, or erase them again",
        description="Prints hashes of the customers who were erased, one a line. With FILE, which "
        "holds such lines, erases again whoever of them is there: after a backup was brought back.",
    )
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE")
    parser.add_argument("--data", type=Path, help="the data folder (default ./data)")


def run(args: argparse.Namespace) -> int:
    """The command's exit code."""
    settings = settings_of(args.data)
    with opened(settings) as wayline:
        if args.command == "retain" and args.history is not None:
            return _forget(wayline, args.history, args.before)
        if args.command == "retain":
            return _retain(wayline, _instant(args.before))
        return _list(wayline.database) if args.file is None else _again(wayline, args.file)


# --- Retaining --------------------------------------------------------------------------------


def _instant(text: str | None) -> int | None:
    from runtime.store.clock import to_us

    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Trouble(f"{text!r} is not an ISO 8601 time, say 2026-01-31T00:00:00Z.", 2) from None
    return to_us(found if found.tzinfo else found.replace(tzinfo=UTC))


def _retain(wayline: Wayline, before: int | None) -> int:
    from runtime.store import retention
    from runtime.store.database import Connection

    desk, database = wayline.system().desk, wayline.database

    def begin(conn: Connection, now: int) -> None:
        if before is not None and before > now:
            raise Trouble("That time is still to come: give one that has passed.", 2)
        retention.begin(conn, desk.workspace, now, before)
        detail = {} if before is None else {"before": before}
        desk.audit(conn, now, "retention.started", desk.workspace, detail)

    desk.write("own", begin)
    said = _pass(database, desk.workspace)
    if said is None:
        print("Everything is kept for ever, so nothing was taken out. The settings have the rule.")
        return 0
    with database.read() as conn:
        left = retention.storage(conn)
    print(
        f"Taken out: {said['runs']:,} finished runs, {said['events']:,} events and "
        f"{said.get('edits', 0):,} edits of drafts."
    )
    print(
        f"Left: {left.finished:,} finished runs, {left.runs - left.finished:,} open ones and "
        f"{left.events:,} events in {left.used / MIB:,.1f} MiB, {left.free / MIB:,.1f} MiB free."
    )
    return 0


def _forget(wayline: Wayline, journey: str, before: str | None) -> int:
    from runtime.facade import WaylineError

    if before is not None:
        raise Trouble("Give --history or --before: a draft's history is taken out as a whole.", 2)
    studio = wayline.system()
    try:
        gone, clean = studio.forget_history(journey)
    except WaylineError as error:
        raise Trouble(str(error)) from None
    versions = len(studio.journey(journey)["versions"])
    print(f"Taken out: {gone:,} edits of {journey}. Its history begins anew with the draft.")
    if versions:
        print(f"Published versions stay as they are: {versions:,}.")
    if not clean:
        print(
            "The database was being read all the time, so its file wayline.db-wal may still hold "
            "them: do this once more later, or stop Wayline and run `wayline doctor --compact`."
        )
    print("Backups and pages that are open now still hold them. Change a secret that was seen.")
    return 0


def _pass(database: Database, workspace: str) -> dict[str, Any] | None:
    """Go on until this pass is over; what it says of itself, None when nothing is to be done."""
    from runtime.store import chores
    from runtime.work.chores import go_on

    while True:
        with database.read() as conn:
            chore = chores.find(conn, workspace, chores.RETAIN, "")
        if chore is None:
            return None
        state = chore.state
        if "last" in state:
            return state["last"]
        if not state and chore.next_at is not None and chore.next_at > chore.created_at:
            with database.read() as conn:
                if chore.next_at > database.now_us(conn):
                    return None
        if not go_on(database, chore):
            raise Trouble("It was broken off; it goes on by itself. The reason stands above.")


# --- Erasing again ----------------------------------------------------------------------------


def _list(database: Database) -> int:
    from runtime.store import erase

    with database.read() as conn:
        for line in erase.ledger(conn):
            print(f"{line.workspace} {line.digest} {line.at}")
    return 0


def _again(wayline: Wayline, file: Path) -> int:
    print(told(again(wayline.database, read(file))))
    return 0


def read(file: Path) -> list[Line]:
    from runtime.store.erase import Line

    found: list[Line] = []
    try:
        for text in file.read_text("utf-8").splitlines():
            workspace, digest, at = text.split()
            found.append(Line(workspace, digest, int(at)))
    except (ValueError, UnicodeDecodeError):
        raise Trouble(f"{file} is not what `wayline erased` prints.", 2) from None
    return found


def again(database: Database, lines: Sequence[Line]) -> int:
    """Erase whoever of them is there; how many."""
    from runtime.store import chores, erase
    from runtime.work.chores import go_on

    found = erase.again(database, lines)
    for workspace, customer in found:
        while True:
            with database.read() as conn:
                chore = chores.find(conn, workspace, chores.ERASE, customer)
            if chore is None or chore.done_at is not None or not go_on(database, chore):
                break  # done, or the workers finish it when a send has landed
    return len(found)


def told(n: int) -> str:
    """What was done, in words."""
    if n == 0:
        return "Nobody who was erased is there."
    who = "1 customer who was" if n == 1 else f"{n:,} customers who were"
    return f"{who} erased before {'was' if n == 1 else 'were'} erased again."


def ledger_of(settings: Settings) -> list[Line]:
    """Who was erased, as the database of these settings knows it; nobody, when it is older."""
    import sqlite3
    from contextlib import closing

    from runtime.store.erase import Line

    path = settings.data / "wayline.db"
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as conn:
        if not conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'erased'").fetchall():
            return []
        return [Line(*row) for row in conn.execute("SELECT workspace, digest, at FROM erased")]
