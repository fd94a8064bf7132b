"""The journeys of a house, and a house made ready once by the program's own commands, to be
copied."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from runtime.journey.slugs import slugify
from tests.faults.harness_senders import NOTE
from tests.support.postgres import Server
from tests.support.provider import Provider

CANARY = "canary-"  # every planted secret and every piece of personal data begins with it
SECRET = CANARY + "master-7d1f02c9b6e84a35"
TOKEN = CANARY + "token-52c1e7a90f"


def relay(url: str) -> dict[str, Any]:
    """One effect with a credential at once; a change of the record after its answer."""
    return {
        "format": 1,
        "name": "Relay",
        "stage": "onboarding",
        "settings": {"reentry": {"mode": "always"}},
        "nodes": [
            node("hook", "trigger.webhook", customer="body.email", event="order.placed",
                 verify={"kind": "none"}),
            node("set", "logic.set", values={"n": "{{ event.properties.n }}"}),
            node("tell", "action.http_request", method="POST", url=f"{url}/told",
                 credential="provider", body={"n": "{{ steps.set.n }}", "note": NOTE}),
            node("note", "action.update_customer", set={"last": "{{ steps.set.n }}"}),
        ],
        "edges": [edge("hook", "set"), edge("set", "tell"), edge("tell", "note")],
    }  # fmt: skip


def second_look(url: str) -> dict[str, Any]:
    """The same event starts a second journey, which waits before its effect, and then mails."""
    return {
        "format": 1,
        "name": "Second look",
        "stage": "onboarding",
        "settings": {"reentry": {"mode": "always"}},
        "nodes": [
            node("placed", "trigger.event", event="order.placed"),
            node("pause", "logic.wait", **{"for": "PT1S"}),
            node("later", "action.http_request", method="POST", url=f"{url}/later",
                 body={"n": "{{ event.properties.n }}"}),
            node("mail", "action.send_email", subject="Number {{ event.properties.n }}",
                 body="It is done."),
        ],
        "edges": [edge("placed", "pause"), edge("pause", "later"), edge("later", "mail")],
    }  # fmt: skip


def node(name: str, kind: str, **config: Any) -> dict[str, Any]:
    """A node of a document."""
    return {"id": name, "type": kind, "version": 1, "config": config}


def edge(source: str, to: str, handle: str = "out") -> dict[str, Any]:
    """An edge of a document."""
    return {"from": source, "handle": handle, "to": to}


# --- A house that is ready to live in -------------------------------------------------------------


@dataclass(frozen=True)
class Pattern:
    """A house with its journeys imported and published by the commands, made once and copied.

    `folder` has the data (with SQLite the database), `template` names the PostgreSQL database;
    `key` opens the API."""

    folder: Path
    hook: str
    journeys: tuple[str, ...]
    template: str | None = None
    key: str = ""


def make_pattern(folder: Path, provider: Provider, server: Server | None) -> Pattern:
    """Import, publish, store a credential and make a key, all by the commands of the program."""
    folder.mkdir(parents=True)
    template = server.create(server.migrated()) if server else None
    env = bare_environment({"WAYLINE_DATA": str(folder), "WAYLINE_SECRET": SECRET})
    if server and template:
        env["DATABASE_URL"] = server.url(template)
    credential = {"kind": "http", "token": TOKEN, "hosts": ["http://127.0.0.1"]}
    slugs, given = _publishing(folder, (relay(provider.url), second_look(provider.url)))
    first = (["key", "create"], ["credential", "set", "provider"])
    printed = commands(env, *first, *given, stdin=json.dumps(credential))
    key = printed.split()[0]
    assert key.startswith("wl_manage_"), "what the first command has printed"
    return Pattern(folder, _hooks(printed)["hook"], tuple(slugs), template, key)


def publish(
    folder: Path, env: Mapping[str, str], *documents: Mapping[str, Any]
) -> tuple[list[str], dict[str, str]]:
    """Import and publish documents; their slugs, and the path of each webhook by its node."""
    slugs, given = _publishing(folder, documents)
    return slugs, _hooks(commands(env, *given))


def _publishing(
    folder: Path, documents: Sequence[Mapping[str, Any]]
) -> tuple[list[str], list[list[str]]]:
    """Their slugs, and the commands."""
    files: list[str] = []
    for document in documents:
        file = folder / f"journey-{len(files)}.json"
        file.write_text(json.dumps(document))
        files.append(str(file))
    slugs = [slugify(str(document["name"])) for document in documents]
    return slugs, [["import", *files], *(["publish", one] for one in slugs)]


def _hooks(printed: str) -> dict[str, str]:
    hooks: dict[str, str] = {}
    for line in printed.splitlines():
        name, _, url = line.partition(": ")
        if "/hooks/" in url:
            hooks[name] = urlsplit(url).path
    return hooks


_COMMANDS = """
import json, sys
from runtime.cli import main
sys.exit(max(main(one) for one in json.loads(sys.argv[1])))
"""


def commands(env: Mapping[str, str], *given: Sequence[str], stdin: str = "") -> str:
    """Run commands of the program one after the other, in one process because starting costs most;
    what they print. Each must go well."""
    done = subprocess.run(
        [sys.executable, "-c", _COMMANDS, json.dumps(given)],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=300,
        env=dict(env),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def bare_environment(more: Mapping[str, str]) -> dict[str, str]:
    """The environment without what would configure Wayline, and more."""
    ours = ("WAYLINE_", "DATABASE_", "REDIS_")
    return {**{k: v for k, v in os.environ.items() if not k.startswith(ours)}, **more}
