"""One draft as the editor works on it: its edits, who is at it, how it reads, where it leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runtime.facade import (
    conditions,
    drafts,
    edits,
    liquid,
    past_runs,
    presence,
    sample_events,
    shapes,
    texts,
    trial,
    trying,
)
from runtime.facade.studio.part import Part


class Editing(Part):
    """Drafts, on behalf of one person."""

    def edit(
        self,
        slug: str,
        base: int,
        ops: list[Any],
        *,
        client: str | None = None,
        seq: int | None = None,
        label: str = "",
    ) -> shapes.EditResult:
        """Apply operations to the draft; the same batch of a client is applied once."""
        return drafts.edit(self._desk, slug, base, ops, edits.batch(client, seq, label))

    def edits(self, slug: str, after: int) -> dict[str, Any]:
        """What was done to the draft after a revision."""
        return edits.since(self._desk, slug, after)

    def history(self, slug: str, before: int | None = None, limit: int = 50) -> shapes.HistoryShape:
        """Who did what to the draft, the newest first, and its versions."""
        return edits.history(self._desk, slug, before, limit)

    def forget_history(self, slug: str) -> edits.Forgotten:
        """Take out every edit of the draft for good."""
        return edits.forget(self._desk, slug)

    def revision(self, slug: str, rev: int) -> dict[str, Any]:
        """The draft as it stood at a revision."""
        return edits.at(self._desk, slug, rev)

    def version(self, slug: str, number: int) -> dict[str, Any]:
        """A published version."""
        return edits.version(self._desk, slug, number)

    def restore(
        self,
        slug: str,
        *,
        rev: int | None = None,
        version: int | None = None,
        base: int | None = None,
        client: str | None = None,
        seq: int | None = None,
    ) -> shapes.EditResult:
        """Make an older revision or a version the draft again."""
        by = edits.batch(client, seq, "")
        return drafts.restore(self._desk, slug, rev=rev, version=version, base=base, by=by)

    def here(self, slug: str, client: str, state: Mapping[str, Any]) -> dict[str, Any]:
        """Say that this person has the draft open; who else has."""
        return presence.here(self._desk, slug, client, state)

    def people(self, slug: str) -> dict[str, Any]:
        """Who has the draft open, and its revision."""
        return presence.people(self._desk, slug)

    def gone(self, slug: str, client: str) -> None:
        """This person has closed the draft."""
        presence.gone(self._desk, slug, client)

    def try_journey(self, slug: str, given: Mapping[str, Any]) -> shapes.TrialShape:
        """Try the draft with one event; nothing is sent or kept."""
        return trying.try_journey(self._desk, slug, given)

    def sample_events(self, slug: str, search: str = "") -> shapes.SamplesShape:
        """Events and customers to try the draft with."""
        return sample_events.sample_events(self._desk, slug, search)

    def past_runs(
        self, slug: str, limit: int = 20, before: str | None = None
    ) -> list[shapes.RunRow]:
        """The journey's latest runs."""
        return past_runs.past_runs(self._desk, slug, limit, before)

    def past_run(self, slug: str, run: str) -> shapes.ReplayShape:
        """One run as it went, with the document it travelled."""
        return past_runs.past_run(self._desk, slug, run)

    def condition_hits(
        self, condition: Mapping[str, Any], events: Sequence[str] = ()
    ) -> conditions.Hits:
        """For how many of the latest customers or events a condition is true."""
        return conditions.hits(self._desk, condition, events)

    def liquid(self, slug: str, node: str, template: str) -> list[liquid.TextProblem]:
        """What is wrong with a text at this node, and where."""
        return liquid.problems(self._desk, slug, node, template)

    def preview_step(
        self,
        slug: str,
        node: str,
        config: Mapping[str, Any] | None = None,
        *,
        customer: str | None = None,
        nameless: bool = False,
    ) -> texts.Preview:
        """How a node of the draft reads for a customer."""
        return texts.preview(self._desk, slug, node, config, customer=customer, nameless=nameless)

    def testers(self) -> trial.Testers:
        """Whom a test of an email can be sent to."""
        return trial.testers(self._desk)

    def send_test_of(
        self,
        slug: str,
        node: str,
        *,
        to: str = "",
        customer: str | None = None,
        nameless: bool = False,
    ) -> trial.Trial:
        """Send a draft's email to a person of the team, and say what became of it."""
        return trial.send_step(self._desk, slug, node, to=to, customer=customer, nameless=nameless)
