"""The Reflex app: its pages, its frame and its second lock.

The gate (`builder.web`) keeps strangers from the websocket, each handler checks by itself
(`builder.state.desk.acts`), and `Doorkeeper` here looks at every event in between, those of
Reflex's own included, so that a browser that changes hands never sees what the last one saw.
"""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.event import Event
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.registry import RegistrationContext

from builder import gate, live
from builder.pages import (
    approvals,
    customers,
    editor,
    gallery,
    home,
    letters,
    mailbox,
    settings,
    template,
)
from builder.state.approvals import Approvals
from builder.state.customers import Customer, Customers
from builder.state.desk import GUARDED, Desk
from builder.state.editor import Editor
from builder.state.gallery import Gallery
from builder.state.home import Home
from builder.state.letters import Letters
from builder.state.mailbox import Mailbox
from builder.state.setup import Setup
from builder.state.template import Wizard
from builder.ui.say import tr
from builder.ui.trouble import boundary, not_found, offline

# Reflex's own handlers that a page needs. Each state also has `setvar`, which nothing here uses.
FRAMEWORK = frozenset(
    {
        "hydrate",
        "hydrate_and_load",
        "set_is_hydrated",
        "on_load_internal",
        "update_vars_internal",
        "handle_frontend_exception",
    }
)


# In their order: of two rules for one thing the later one holds.
SHEETS = (
    "tokens.css",
    "css/ground.css",
    "css/controls.css",
    "css/lists.css",
    "css/notices.css",
    "css/templates.css",
    "css/customers.css",
    "css/panes.css",
    "css/settings.css",
    "css/not_done.css",
    "css/phone.css",
)


class Doorkeeper(Middleware):
    """Refuses events without a session and handlers that do not authorise, and empties the state
    when another person comes."""

    async def preprocess(self, app: Any, state: BaseState, event: Event) -> StateUpdate | None:
        """Look at one event before it is handled."""
        root = state._get_root_state()
        desk = await root.get_state(Desk)
        person = await gate.person_of(root.router.headers.cookie)
        if person is None:
            if desk._person:
                root.reset()
            return StateUpdate(events=Event.from_event_type(rx.redirect("/login")))
        if desk._person and desk._person != person["id"]:
            root.reset()
        desk._person = person["id"]
        return None if _known(event.name) else StateUpdate()


def _known(name: str) -> bool:
    found = RegistrationContext.ensure_context().event_handlers.get(name)
    guarded = found is not None and hasattr(found.handler.fn, GUARDED)
    return guarded or name.rsplit(".", 1)[-1] in FRAMEWORK


app = rx.App(
    stylesheets=list(SHEETS),
    head_components=[
        rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
        rx.el.link(
            rel="preload",
            href="/fonts/inter.woff2",
            custom_attrs={"as": "font", "type": "font/woff2", "crossOrigin": "anonymous"},
        ),
    ],
    html_lang="en",
    app_wraps={(55, "ErrorBoundary"): boundary, (5, "Offline"): lambda stateful: offline()},
    toaster=None,  # it needs eval; see builder/front/notice.tsx
)

PAGES = (
    ("/", tr("Journeys"), home.page, Home.load),
    ("/templates", tr("Templates"), gallery.page, Gallery.load),
    ("/templates/[slug]", tr("Template"), template.page, Wizard.load),
    ("/journeys/[slug]", tr("Editor"), editor.page, Editor.load),
    ("/customers", tr("Customers"), customers.page, Customers.load),
    ("/customers/[id]", tr("Customer"), customers.one, Customer.load),
    ("/approvals", tr("Approvals"), approvals.page, Approvals.load),
    ("/not-done", tr("Not done"), letters.page, Letters.load),
    ("/mailbox", tr("Mailbox"), mailbox.page, Mailbox.load),
    ("/settings", tr("Settings"), settings.page, Setup.open),
)
for route, name, page, load in PAGES:
    app.add_page(page, route=route, title=name + " · Wayline", on_load=load)
    if route != "/journeys/[slug]":  # the canvas looks after itself
        live.register(route, load)
live.register("/templates/[id]", Wizard.load)  # what it needs may be there now
live.register("/settings", Setup.load)  # a key that is shown once stays while the page is open

app.add_page(not_found, route="404", title=tr("No such page") + " · Wayline")
app.add_middleware(Doorkeeper())
app.register_lifespan_task(live.watch)
