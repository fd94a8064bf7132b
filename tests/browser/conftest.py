"""One program, one browser and one mail server for the stories."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.support.chromium import PATIENCE, chromium
from tests.support.mailserver import MailServer, mail_server
from tests.support.program import Program, running

PASSWORD = "a sentence is fine"


@dataclass(frozen=True)
class Studio:
    """A signed-in owner in front of the running program."""

    program: Program
    mail: MailServer
    context: BrowserContext
    problems: list[str]

    def page(self, path: str = "/", *, width: int = 1440, height: int = 900) -> Page:
        """A new tab at this path."""
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE)
        page.set_viewport_size({"width": width, "height": height})
        page.on("pageerror", lambda error: self.problems.append(f"{path}: {error}"))
        page.on("dialog", lambda dialog: self.problems.append(f"{path}: dialog {dialog.message}"))
        page.goto(self.program.url + path)
        return page


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def studio(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """The program as `wayline up` starts it, its owner signed in by the one-time link."""
    folder: Path = tmp_path_factory.mktemp("story")
    with mail_server(folder, "ines", "secret") as mail, running(folder / "data") as program:
        context = browser.new_context(locale="en-GB", timezone_id="UTC")
        page = context.new_page()
        page.goto(program.link())
        page.fill("[name=name]", "Ines Okafor")
        page.fill("[name=workspace]", "Marlow Street")
        page.fill("[name=email]", "ines@marlow.example")
        page.fill("[name=password]", PASSWORD)
        page.fill("[name=again]", PASSWORD)
        page.select_option("[name=time_zone]", "UTC")
        page.locator("form button").first.click()
        page.get_by_role("heading", name="Nobody should wait for an answer").wait_for()
        page.close()
        problems: list[str] = []
        yield Studio(program, mail, context, problems)
        context.close()
        assert not problems, "\n".join(problems)
