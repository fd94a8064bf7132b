"""How the pages outside Reflex look: plain HTML in the language of who asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from zoneinfo import available_timezones

from starlette.responses import HTMLResponse

from builder.ui.voice import say
from runtime.facade import LANGUAGES, sentence

# Each language in its own words: who looks for theirs may not read this one.
NAMES = {"en": "English", "de": "Deutsch"}
LOGO = (
    '<svg viewBox="0 0 20 20" width="28" height="28" fill="none" aria-hidden="true">'
    '<path d="M5 6.2v5.3a4 4 0 0 0 4 4h3.2" stroke="currentColor" stroke-width="2"/>'
    '<circle cx="5" cy="4" r="2.2" stroke="currentColor" stroke-width="2"/>'
    '<circle cx="15.2" cy="15.5" r="3" class="dot"/></svg>'
)


class Sheet:
    """The pages in one language; `other` is the address of this page in another one."""

    def __init__(self, language: str, other: Callable[[str], str]) -> None:
        self.language = language
        self.other = other

    def say(self, english: str) -> str:
        """A text in the language, as text."""
        return say(self.language, english)

    def sign_in(
        self, *, next_path: str, email: str = "", problem: str | None = None
    ) -> HTMLResponse:
        """Who is already known to it comes in."""
        hidden = f"<input type='hidden' name='next' value='{escape(next_path, quote=True)}'>"
        mail = self._field(
            "email", self.say("Email"), email, "email", "autocomplete='username' required autofocus"
        )
        password = self._field(
            "password",
            self.say("Password"),
            "",
            "password",
            "autocomplete='current-password' required",
        )
        title = self.say("Sign in")
        body = (
            f"<h1>{escape(title)}</h1>{self._alert(problem)}<form method='post' action='/login'>"
            f"{hidden}{mail}{password}<button>{escape(title)}</button></form>"
        )
        return self._page(title, body, 401 if problem else 200)

    def first_start(self) -> HTMLResponse:
        """Nobody is there yet, and the link that makes the owner is somewhere else."""
        told = escape(
            self.say(
                "Wayline is running and has no owner yet. Open the one-time link that it printed "
                "in the terminal, the one with {link} in it."
            )
        ).replace("{link}", "<code>/setup?token=</code>")
        lost = self.say(
            "No link in sight? Stop it with Ctrl-C and start it again: it prints a new one."
        )
        body = (
            f"<h1>{escape(self.say('Almost there'))}</h1><p>{told}</p>"
            f"<p class='quiet'>{escape(lost)}</p>"
        )
        return self._page(self.say("First start"), body)

    def owner_form(
        self, token: str, given: Mapping[str, str], problem: str | None = None
    ) -> HTMLResponse:
        """The first one makes themselves the owner."""
        first = self.say("You are the first, so this makes you the owner.")
        body = (
            f"<h1>{escape(self.say('Welcome to Wayline'))}</h1><p>{escape(first)}</p>"
            f"{self._alert(problem)}<form method='post' action='/setup'>"
            f"<input type='hidden' name='token' value='{escape(token, quote=True)}'>"
            f"{self._owner_fields(given)}{self._zones(given.get('time_zone', ''))}"
            f"<button>{escape(self.say('Create the owner'))}</button></form>"
        )
        return self._page(self.say("Welcome"), body, 422 if problem else 200)

    def _owner_fields(self, given: Mapping[str, str]) -> str:
        field = self._field
        return (
            field(
                "name",
                self.say("Your name"),
                given.get("name", ""),
                more="autocomplete='name' required",
            )
            + field(
                "workspace",
                self.say("Your business"),
                given.get("workspace", ""),
                more="autocomplete='organization' required",
            )
            + field(
                "email",
                self.say("Email"),
                given.get("email", ""),
                "email",
                "autocomplete='email' required",
            )
            + field(
                "password",
                self.say("Password"),
                "",
                "password",
                "autocomplete='new-password' minlength='10' required",
                self.say("At least 10 characters. A sentence is fine."),
            )
            + field(
                "again",
                self.say("The same again"),
                "",
                "password",
                "autocomplete='new-password' required",
            )
        )

    def _zones(self, chosen: str) -> str:
        skipped = ("Etc/", "SystemV/", "posix/", "right/")
        named = {z for z in available_timezones() if "/" in z and not z.startswith(skipped)}
        options = "".join(
            f"<option{' selected' if z == chosen else ''}>{escape(z)}</option>"
            for z in ["UTC", *sorted(named)]
        )
        return (
            f"<label for='time_zone'>{escape(self.say('Time zone'))}</label>"
            f"<select id='time_zone' name='time_zone' data-zone='{'' if chosen else 'guess'}'>"
            f"{options}</select>"
        )

    def foreign(self) -> HTMLResponse:
        """A form came from somewhere else."""
        told = self.say(
            "This form was sent from another site, so nothing was done. Open Wayline itself."
        )
        return self._sentence(self.say("Not from here"), told, "", 403)

    def not_imported(self, refusal: str, status: int) -> HTMLResponse:
        """A file did not become a journey."""
        told = sentence(refusal, self.language)
        return self._sentence(self.say("Not imported"), told, "/templates?import=1", status)

    def _sentence(self, title: str, words: str, back: str, status: int) -> HTMLResponse:
        """A page with one sentence, and the way back if there is one."""
        link = ""
        if back:
            to = escape(back, quote=True)
            link = f"<p><a href='{to}'>{escape(self.say('Go back'))}</a></p>"
        return self._page(title, f"<h1>{escape(title)}</h1><p>{escape(words)}</p>{link}", status)

    def _alert(self, problem: str | None) -> str:
        if not problem:
            return ""
        told = sentence(problem, self.language)
        return f"<p class='alert' role='alert'>{escape(told)}</p>"

    def _field(
        self,
        name: str,
        label: str,
        value: str = "",
        kind: str = "text",
        more: str = "",
        hint: str = "",
    ) -> str:
        told = f" aria-describedby='{name}-hint'" if hint else ""
        note = f"<span class='hint' id='{name}-hint'>{escape(hint)}</span>" if hint else ""
        return (
            f"<label for='{name}'>{escape(label)}</label>"
            f"<input id='{name}' name='{name}' type='{kind}' value='{escape(value, quote=True)}'"
            f"{told} {more}>{note}"
        )

    def _page(self, title: str, body: str, status: int = 200) -> HTMLResponse:
        return HTMLResponse(
            f"<!doctype html><html lang='{self.language}'><head><meta charset='utf-8'>"
            "<meta name='viewport' content='width=device-width, initial-scale=1'>"
            f"<title>{escape(title)} · Wayline</title>"
            "<link rel='icon' href='/favicon.svg' type='image/svg+xml'>"
            "<script src='/theme.js'></script>"
            "<link rel='stylesheet' href='/colors.css'><link rel='stylesheet' href='/tokens.css'>"
            "<link rel='stylesheet' href='/auth.css'></head>"
            f"<body><main><div class='brand'>{LOGO}<span>Wayline</span></div>"
            f"<div class='sheet'>{body}</div>{self._languages()}</main></body></html>",
            status,
        )

    def _languages(self) -> str:
        links = [
            f"<a href='{escape(self.other(code), quote=True)}' lang='{code}' hreflang='{code}'>"
            f"{NAMES.get(code, code)}</a>"
            for code in LANGUAGES
            if code != self.language
        ]
        name = escape(self.say("Language"), quote=True)
        return f"<nav class='languages' aria-label='{name}'>{' '.join(links)}</nav>"
