"""A text as one customer would read it. Pure but for the questions it asks the facade."""

from __future__ import annotations

from typing import Any

from runtime.facade import NotFound, TemplateFailed, render

MOST = 50_000


def render_for(studio: Any, template: str, customer: str | None) -> dict[str, Any]:
    """The rendered text for a customer, or for the first one there is; the sentence of the
    problem when it cannot be rendered."""
    card = _card(studio, customer)
    variables = {
        "customer": {**card["attributes"], "id": card["external_id"], "email": card["email"]}
        if card
        else {},
        "event": {"name": "", "properties": {}},
        "steps": {},
    }
    missing: list[str] = []
    try:
        text = render(template[:MOST], variables, on_missing=missing.append)
    except TemplateFailed as problem:
        return {"text": "", "problem": str(problem), "customer": None, "missing": []}
    who = {"id": card["id"], "name": card["name"]} if card else None
    return {"text": text, "customer": who, "missing": missing}


def _card(studio: Any, customer: str | None) -> dict[str, Any] | None:
    try:
        if customer:
            return studio.customer(customer)["customer"]
        first = studio.customers("", 0)["customers"]
        return studio.customer(first[0]["id"])["customer"] if first else None
    except NotFound:
        return None
