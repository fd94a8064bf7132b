"""A browser context that serves many tests, with a fresh tab for each of them.

A tab that another one has opened shares its process, in which the scripts of the page are compiled
already: opening the editor costs a third. What a test could leave behind is taken away after it.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.support.chromium import PATIENCE


class Tabs:
    """The tabs of one context. `home` is any address of the site that they open."""

    def __init__(self, browser: Browser, home: str, **options: Any) -> None:
        self.context: BrowserContext = browser.new_context(**options)
        self.context.set_default_timeout(PATIENCE)
        self._first = self.context.new_page()
        self._first.goto(home)

    def open(self) -> Page:
        """A new tab, still empty."""
        with self.context.expect_page() as opened:
            self._first.evaluate("() => void window.open('about:blank')")
        return opened.value

    def clear(self, origin: str) -> None:
        """Close the tabs, and forget what they have left at this origin and in the context."""
        for page in self.context.pages:
            if page != self._first:
                page.close()
        self.context.set_offline(False)
        self.context.clear_permissions()
        self.context.clear_cookies()
        session = self.context.new_cdp_session(self._first)
        session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
        session.detach()

    def close(self) -> None:
        """Close the context."""
        self.context.close()


class Desks:
    """One `Tabs` for each kind of context that is asked for."""

    scripts = ""  # where the script lies that all pages run, when they do not bring it along

    def __init__(self, browser: Browser, home: str) -> None:
        self._browser, self._home = browser, home
        self._made: dict[str, Tabs] = {}

    def tabs(self, **options: Any) -> Tabs:
        """The tabs of the context with these options."""
        kind = repr(sorted(options.items()))
        if kind not in self._made:
            self._made[kind] = Tabs(self._browser, self._home, **options)
        return self._made[kind]

    def close(self) -> None:
        """Close all of them."""
        for tabs in self._made.values():
            tabs.close()
