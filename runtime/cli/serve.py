"""`wayline up`, and its parts alone: `web`, `ingest`, `worker`."""

from __future__ import annotations

import argparse
import logging
import os
import socket
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runtime.cli.opening import Trouble, settings_of

if TYPE_CHECKING:
    from runtime.settings import Settings
    from runtime.store.database import Database

_PARTS = {
    "up": ("start everything", "Starts the studio, the intake, the workers and what they need."),
    "web": (
        "the studio and the intake",
        "Serves the studio, webhooks and the API, without workers.",
    ),
    "ingest": ("the intake alone", "Serves webhooks, events and the API, without the studio."),
    "worker": ("one worker", "Carries journeys on. Start as many as you want, on any machine."),
}


def add(subparsers: Any) -> None:
    """Adds the four commands to the parser."""
    for name, (help_text, description) in _PARTS.items():
        parser: argparse.ArgumentParser = subparsers.add_parser(
            name, help=help_text, description=description
        )
        parser.add_argument("--data", type=Path, help="the data folder (default ./data)")
        if name != "worker":
            parser.add_argument("--host", help="the address to listen on (default 127.0.0.1)")
            parser.add_argument("--port", type=_port, help="the port to listen on (default 8000)")
            parser.add_argument("--fd", type=int, help=argparse.SUPPRESS)
        if name == "up":
            parser.add_argument("--workers", type=_count, help="how many workers (default 2)")
        else:
            parser.add_argument("--supervised", action="store_true", help=argparse.SUPPRESS)
        parser.set_defaults(run=run)


def _port(text: str) -> int:
    number = int(text) if text.isdigit() else 0
    if not 0 < number < 65536:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return number


def _count(text: str) -> int:
    number = int(text) if text.isdigit() else 0
    if not 0 < number <= 64:
        raise argparse.ArgumentTypeError("give a number from 1 to 64")
    return number


def run(args: argparse.Namespace) -> int:
    """Runs the part until it is told to stop."""
    from runtime.ports.addresses import networks

    given = {name: getattr(args, name, None) for name in ("host", "port", "workers")}
    settings = settings_of(args.data, **given)
    try:
        networks(settings.allow_net)
    except ValueError as error:
        raise Trouble(f"WAYLINE_ALLOW_NET cannot be read: {error}", 2) from None
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    if args.command == "up":
        from runtime.supervisor import Supervisor

        return Supervisor(settings).run()
    if args.supervised:
        from runtime.processes import end_with_parent

        end_with_parent()
    if args.command == "worker":
        return _worker(settings)
    return _web(settings, args.command, args.fd)


def _worker(settings: Settings) -> int:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from runtime.ports import Ports
    from runtime.processes import calm
    from runtime.queue.worker import Worker
    from runtime.watchdog import Watchdog
    from runtime.work.drain import Work

    database = _database(settings)
    if database is None:
        return 1
    ports = Ports(settings)
    ports.prepare()
    work = Work(database, ports, settings)
    calm()
    try:
        Worker(settings, work, watch=Watchdog(settings)).run()
    finally:
        work.close()
        database.close()
    return 0


def _web(settings: Settings, part: str, fd: int | None) -> int:
    from runtime.holding import CannotStart, bind
    from runtime.processes import calm
    from runtime.serving import serve

    calm()  # while it imports, it makes no garbage
    try:
        given = fd is not None
        sock = socket.socket(fileno=fd) if given else bind(settings.host, settings.port, part)
    except CannotStart as error:
        print(f"wayline: {error}", file=sys.stderr)
        return 1
    _environment(settings)
    _import(part)
    database = _database(settings)
    if database is None:
        return 1
    app = _studio(database) if part == "web" else None
    if app is None:
        from runtime.ingest import create_app

        app = create_app(settings, database)
    if not given:
        print(f"Wayline ({part}) listens on {_link(settings, part)}", flush=True)
    serve(app, sock)
    return 0


def _import(part: str) -> None:
    """What takes time and needs no database, which another process may be making ready now."""
    import_module("runtime.ingest")
    if part == "web":
        with suppress(Exception):  # `_studio` meets it again, and tells
            import_module("builder.web")


def _link(settings: Settings, part: str) -> str:
    """The address; of the studio with the one-time link while there is no owner."""
    if part != "web":
        return settings.url
    from runtime.facade import Wayline

    wayline = Wayline.open(settings, migrate=False)
    token = wayline.setup_token()
    wayline.close()
    return f"{settings.url}/setup?token={token}" if token else settings.url


def _environment(settings: Settings) -> None:
    """The studio's factory takes no arguments: it reads the environment."""
    os.environ["WAYLINE_DATA"] = str(settings.data)
    os.environ["WAYLINE_HOST"] = settings.host
    os.environ["WAYLINE_PORT"] = str(settings.port)


def _database(settings: Settings) -> Database | None:
    """The open database, or a sentence."""
    from runtime.first_start import explain
    from runtime.store.database import Database

    try:
        return Database.open(settings)
    except Exception as error:
        print(f"wayline: {explain(error)}", file=sys.stderr)
        return None


def _studio(database: Database) -> Any:
    """The studio; None when it cannot even be loaded: the intake must not suffer from that."""
    try:
        app = import_module("builder.web").create()  # the one place where the rooms meet
    except Exception:
        logging.getLogger("wayline.web").exception(
            "The studio cannot start; webhooks and workers go on without it."
        )
        return None
    database.close()
    return app
