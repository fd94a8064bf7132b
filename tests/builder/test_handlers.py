"""Every State handler can be called by its name from any websocket: each must ask who is there."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import pytest
from reflex.event import EventSpec
from reflex_base.registry import RegistrationContext

from builder import app as studio
from builder.state.desk import GUARDED, MAY, Desk
from tests.builder.fakes import FakeWayline

pytestmark = pytest.mark.anyio


def handlers() -> dict[str, Any]:
    """All registered handlers by name."""
    context = RegistrationContext.ensure_context()
    return {name: found.handler for name, found in context.event_handlers.items()}


OURS = sorted(n for n in handlers() if "builder___" in n and not n.endswith(".setvar"))


def someone(role: str | None) -> Any:
    """Stands for a state whose websocket carries this person's cookie."""
    cookie = f"wayline_session=token-{role}" if role else ""
    touched: list[str] = []

    class Stand:
        router = SimpleNamespace(
            headers=SimpleNamespace(cookie=cookie, accept_language="en-GB"),
            url=SimpleNamespace(path="/", query_parameters={}),
        )
        notice = ""
        notice_tone = ""
        notice_seq = 0

        def reset(self) -> None:
            touched.append("reset")

        def __getattr__(self, name: str) -> Any:
            touched.append(name)
            raise AttributeError(name)

    stand = Stand()
    stand.__dict__["touched"] = touched
    return stand


def arguments(handler: Any) -> list[Any]:
    """Something for each argument of a handler."""
    given: dict[str, Any] = {"int": 1, "bool": True, "dict[str, Any]": {"host": "x", "to": "a@b.c"}}
    found = list(inspect.signature(handler.fn).parameters.values())[1:]
    return [given.get(str(p.annotation), "x") for p in found]


def test_there_are_handlers_and_nothing_unknown_of_reflex() -> None:
    assert len(OURS) > 40
    others = {n.rsplit(".", 1)[-1] for n in handlers() if n not in OURS}
    assert others - {"setvar"} <= studio.FRAMEWORK


@pytest.mark.parametrize("name", OURS)
def test_every_handler_says_what_it_needs(name: str) -> None:
    assert getattr(handlers()[name].fn, GUARDED, None) in MAY, f"{name} is not made with `acts`"


@pytest.mark.parametrize("name", OURS)
async def test_nobody_can_call_it(name: str, fake: FakeWayline) -> None:
    handler, stand = handlers()[name], someone(None)
    answer = await handler.fn(stand, *arguments(handler))
    assert isinstance(answer, EventSpec)
    assert not fake.asked
    assert stand.touched == ["reset"]


@pytest.mark.parametrize("name", OURS)
async def test_a_role_without_the_right_changes_nothing(name: str, fake: FakeWayline) -> None:
    handler = handlers()[name]
    need = getattr(handler.fn, GUARDED)
    for role in sorted(MAY["read"] - MAY[need]):
        stand = someone(role)
        assert await handler.fn(stand, *arguments(handler)) is None
        assert "does not allow this" in stand.notice
        assert not fake.asked


async def test_an_ended_session_is_nobody(fake: FakeWayline) -> None:
    fake.signed_out.add("token-owner")
    handler = handlers()[next(n for n in OURS if n.endswith("new_journey"))]
    assert isinstance(await handler.fn(someone("owner")), EventSpec)
    assert not fake.asked


def test_what_changes_something_needs_more_than_reading() -> None:
    reading = {"load", "open", "refresh", "choose", "close", "find", "turn", "step", "show"}
    reading |= {
        "show_plain",
        "choose_channel",
        "go",
        "write",
    }  # the last two: the wizard's own page
    for name in OURS:
        need = getattr(handlers()[name].fn, GUARDED)
        if need == "read":
            assert name.rsplit(".", 1)[-1] in reading, f"{name} may be called by a viewer"


async def test_the_doorkeeper_refuses_events_of_nobody(fake: FakeWayline) -> None:
    root = studio.app._state(_reflex_internal_init=True)  # type: ignore[misc]
    event: Any = SimpleNamespace(name="hydrate")
    update = await studio.Doorkeeper().preprocess(studio.app, root, event)
    assert update is not None
    assert update.events


async def test_the_doorkeeper_stops_handlers_that_do_not_authorise(fake: FakeWayline) -> None:
    root = studio.app._state(_reflex_internal_init=True)  # type: ignore[misc]
    root._update_router_vars({"headers": {"cookie": "wayline_session=token-owner"}}, {})
    for name in handlers():
        event: Any = SimpleNamespace(name=name)
        stopped = await studio.Doorkeeper().preprocess(studio.app, root, event)
        assert (stopped is not None) == name.endswith(".setvar"), name


async def test_the_doorkeeper_empties_the_state_for_another_person(fake: FakeWayline) -> None:
    root = studio.app._state(_reflex_internal_init=True)  # type: ignore[misc]
    event: Any = SimpleNamespace(name="hydrate")

    async def arrive(role: str) -> Desk:
        data = {"headers": {"cookie": f"wayline_session=token-{role}"}}
        root._update_router_vars(data, {})
        assert await studio.Doorkeeper().preprocess(studio.app, root, event) is None
        return await root.get_state(Desk)

    desk = await arrive("owner")
    desk.workspace = "Marlow Street"
    assert (await arrive("owner")).workspace == "Marlow Street"
    assert (await arrive("viewer")).workspace == ""
