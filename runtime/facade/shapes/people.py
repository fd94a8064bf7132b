"""Who works here."""

from __future__ import annotations

from typing import TypedDict

from runtime.facade.shapes.basic import Role


class WorkspaceShape(TypedDict):
    id: str
    name: str
    time_zone: str


class Person(TypedDict):
    """Who is signed in: what `Wayline.session` gives and `Wayline.studio` takes."""

    id: str
    name: str
    email: str
    role: Role
    workspace: WorkspaceShape
