"""Handlers called raw over a real websocket: by nobody, from elsewhere, and by a viewer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from reflex_base.constants import Reflex
from reflex_base.registry import RegistrationContext
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.builder.conftest import Served

pytestmark = [pytest.mark.service, pytest.mark.timeout(60)]


@contextmanager
def socket(served: Served, cookie: str | None, origin: str | None) -> Iterator[ClientConnection]:
    """A bare engine.io connection, as any program could open it."""
    url = served.url.replace("http", "ws") + "/_event/?EIO=4&transport=websocket&token=raw-client"
    headers = {"Cookie": cookie} if cookie else {}
    with connect(
        url,
        origin=origin,  # type: ignore[arg-type]
        additional_headers=headers,
        subprotocols=[Reflex.VERSION],  # type: ignore[list-item]
    ) as made:
        yield made


def call(
    served: Served, role: str, said: Callable[[str], bool], *events: tuple[str, dict[str, Any]]
) -> list[str]:
    """Send events by their names and give the frames that come back, up to the one that `said`."""
    frames: list[str] = []
    with socket(served, f"wayline_session=token-{role}", served.url) as ws:
        ws.recv(30)
        ws.send("40/_event,")
        ws.recv(30)
        for name, payload in events:
            event = {"name": name, "payload": payload, "router_data": {"pathname": "/"}}
            ws.send("42/_event," + json.dumps(["event", event]))
        while not (frames and said(frames[-1])):
            frames.append(str(ws.recv(30)))
    return frames


def full_name(ending: str) -> str:
    """A handler's name on the wire."""
    names = RegistrationContext.ensure_context().event_handlers
    return next(n for n in names if n.endswith(ending))


def make_key() -> tuple[str, dict[str, Any]]:
    return full_name("setup.make_key"), {"form": {"kind": "manage"}}


@pytest.mark.parametrize(
    ("cookie", "own"),
    [
        (None, True),
        ("wayline_session=guess", True),
        ("wayline_session=token-owner", False),
    ],
)
def test_the_handshake_is_refused(served: Served, cookie: str | None, own: bool) -> None:
    origin = served.url if own else "http://evil.test"
    with pytest.raises(InvalidStatus) as refused, socket(served, cookie, origin):
        pass
    assert refused.value.response.status_code == 403


def test_the_handshake_without_an_origin_is_refused(served: Served) -> None:
    with (
        pytest.raises(InvalidStatus),
        socket(served, "wayline_session=token-owner", None),
    ):
        pass


def test_a_viewer_calling_an_owners_handler_changes_nothing(served: Served) -> None:
    call(served, "viewer", lambda said: "does not allow this" in said, make_key())
    assert not [a for a in served.fake.asked if a[1] == "create_key"]


def test_an_owner_calling_the_same_handler_gets_a_key(served: Served) -> None:
    served.fake.answers["create_key"] = "wl_secret"
    call(served, "owner", lambda said: "wl_secret" in said, make_key())


def test_state_cannot_be_set_from_outside(served: Served) -> None:
    served.fake.answers["create_key"] = "wl_secret"
    told = (full_name("desk.setvar"), {"var_name": "role", "value": "owner"})
    frames = call(served, "owner", lambda said: "wl_secret" in said, told, make_key())
    assert not any("role" in f and "owner" in f for f in frames)
