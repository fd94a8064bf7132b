"""`wayline import`, `export`, `publish`: journeys in and out. `credential set`: secrets in."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from runtime.cli.opening import Trouble, opened, settings_of

if TYPE_CHECKING:
    from runtime.facade import Studio, Wayline
    from runtime.settings import Settings

FIELDS = ("kind", "hosts")  # of a credential's JSON; all others are the secret
MOST_SECRET = 100_000


def add(subparsers: Any) -> None:
    """Add the commands to the parser."""
    take = _command(
        subparsers,
        "import",
        "take journeys from files as drafts",
        "Makes each document the draft of the slug of its name, replacing that draft, and prints "
        "the slug. Problems are printed on standard error; they refuse only publishing.",
    )
    take.add_argument("files", nargs="+", metavar="FILE")
    give = _command(
        subparsers, "export", "print a journey's draft", "Prints the draft as a document."
    )
    give.add_argument("slug", metavar="SLUG")
    publish = _command(
        subparsers,
        "publish",
        "publish a draft",
        "Makes the draft the live version and prints its number and the address of each webhook. "
        "Refused while the draft has an error.",
    )
    publish.add_argument("slug", metavar="SLUG")
    credential = _command(
        subparsers,
        "credential",
        "store a secret, read from standard input",
        'Reads JSON from standard input: {"kind": "smtp" | "ai" | "http" | "hook", "hosts"?: […], '
        "and the fields of its kind}, and stores it encrypted under NAME. "
        "smtp: host, port, security, username, password. ai: base_url, api_key, model. "
        "http: token, or username and password, or header and value. hook: secret.",
    )
    credential.add_argument("action", choices=["set"])
    credential.add_argument("name", metavar="NAME")


def _command(subparsers: Any, name: str, help: str, about: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(name, help=help, description=about)
    parser.add_argument("--data", type=Path, help="the data folder (default ./data)")
    return parser


def run(args: argparse.Namespace) -> int:
    """Work on the data folder or DATABASE_URL directly, whether the program runs or not."""
    from runtime.facade import WaylineError

    with opened(_settings(args)) as wayline:
        try:
            match args.command:
                case "import":
                    return max([_import(wayline.system(), path) for path in args.files])
                case "export":
                    return _export(wayline.system(), args.slug)
                case "publish":
                    return _publish(wayline, args.slug)
                case _:
                    return _credential(wayline.system(), args.name)
        except WaylineError as error:
            raise Trouble(error.message) from None


def _settings(args: argparse.Namespace) -> Settings:
    """The settings, with the address that the running program has written down."""
    settings = settings_of(args.data)
    written = settings.data / "address"
    told = "WAYLINE_URL" in os.environ or "WAYLINE_PORT" in os.environ
    if not told and written.is_file():
        return dataclasses.replace(settings, public_url=written.read_text("utf-8").strip() or None)
    return settings


def _import(studio: Studio, path: str) -> int:
    from runtime.cli.validate import print_problem, read_bytes
    from runtime.journey.limits import DocumentRefused, read_document

    try:
        document = read_document(read_bytes(path))
    except OSError as error:
        print(f"wayline: {path}: {error.strerror or error}.", file=sys.stderr)
        return 2
    except DocumentRefused as error:
        print_problem(path, None, "error", str(error), sys.stderr)
        return 2
    slug = studio.save_draft(None, document)
    for problem in studio.journey(slug)["problems"]:
        print_problem(path, problem["node"], problem["severity"], problem["message"], sys.stderr)
    print(slug)
    return 0


def _export(studio: Studio, slug: str) -> int:
    print(json.dumps(studio.export(slug), ensure_ascii=False, indent=2))
    return 0


def _publish(wayline: Wayline, slug: str) -> int:
    from runtime.cli.validate import print_problem
    from runtime.facade import Refused

    try:
        made = wayline.system().publish(slug)
    except Refused as error:
        for problem in error.problems:
            print_problem(
                slug, problem["node"], problem["severity"], problem["message"], sys.stderr
            )
        raise Trouble(error.message) from None
    print(f"{slug}: version {made['version']}")
    for node, url in made["hooks"].items():
        print(f"{node}: {url}")
    return 0


def _credential(studio: Studio, name: str) -> int:
    text = sys.stdin.read(MOST_SECRET + 1)
    try:
        given: Any = json.loads(text) if len(text) <= MOST_SECRET else None
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise Trouble(
            'give the credential as JSON on standard input, say {"kind": "smtp", '
            '"host": "mail.example.com", "username": "…", "password": "…"}.',
            2,
        )
    fields = cast("dict[str, Any]", given)
    hosts: Any = fields.get("hosts") or []
    secret = {key: value for key, value in fields.items() if key not in FIELDS}
    studio.set_credential(name, str(fields.get("kind") or ""), secret, hosts)
    print(f"{name}: stored")
    return 0
