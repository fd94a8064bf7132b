"""What the management API does about what people look after: tasks, dead letters, limits."""

from __future__ import annotations

from typing import TypedDict

from runtime.facade import shapes
from runtime.ingest.operations import Call


class Tasks(TypedDict):
    tasks: list[shapes.TaskShape]


class DeadLetters(TypedDict):
    dead_letters: list[shapes.DeadLetter]


class Done(TypedDict):
    done: bool


class Limits(TypedDict):
    limits: list[shapes.Limit]


def list_tasks(call: Call) -> Tasks:
    return {"tasks": call.studio.tasks(done=call.query.get("done") == "true")}


def finish_task(call: Call) -> Done:
    call.studio.finish_task(call.params["id"])
    return {"done": True}


def list_dead_letters(call: Call) -> DeadLetters:
    return {"dead_letters": call.studio.dead_letters()}


def replay(call: Call) -> Done:
    call.studio.replay(call.params["id"])
    return {"done": True}


def confirm(call: Call) -> Done:
    call.studio.confirm(call.params["id"])
    return {"done": True}


def dismiss(call: Call) -> Done:
    call.studio.dismiss(call.params["id"])
    return {"done": True}


def resend(call: Call) -> shapes.Resent:
    return call.studio.resend(call.params["id"], call.body.get("why") or "")


def resend_effect(call: Call) -> shapes.Resent:
    return call.studio.resend_effect(call.params["key"], call.body.get("why") or "")


def list_limits(call: Call) -> Limits:
    return {"limits": call.studio.limits()}


def put_limit(call: Call) -> shapes.Limit:
    return call.studio.set_limit(call.params["provider"], call.body["rate"])


def delete_limit(call: Call) -> Done:
    call.studio.remove_limit(call.params["provider"])
    return {"done": True}
