"""The studio of one workspace: everything a person, a command or a key may ask for.

Each method checks the role and gives plain JSON-safe dicts (`runtime.facade.shapes`). The work
itself is done in the module of its noun.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runtime.facade import (
    approvals,
    audit,
    catalogue,
    conditions,
    customers,
    drafts,
    edits,
    endings,
    journeys,
    letters,
    limits,
    mailbox,
    needs,
    past_runs,
    presence,
    publish,
    review,
    runs,
    sample_events,
    samples,
    settings,
    shapes,
    starters,
    stopped,
    suggestions,
    texts,
    trial,
    trying,
)
from runtime.facade.desk import Desk


class Studio:
    """One workspace, on behalf of one person."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @property
    def desk(self) -> Desk:
        """What the parts of the facade work with."""
        return self._desk

    # --- Journeys -----------------------------------------------------------------------------

    def catalogue(self) -> shapes.Catalogue:
        """Node types, stages, known fields."""
        return catalogue.catalogue(self._desk)

    def fields(self) -> shapes.FieldsShape:
        """The fields and events known so far."""
        with self._desk.read() as conn:
            return catalogue.fields(conn, self._desk.workspace)

    def journeys(self) -> list[shapes.JourneyRow]:
        """All journeys, the latest activity first."""
        return journeys.journeys(self._desk)

    def suggestions(self) -> suggestions.Suggestions:
        """What often comes after what."""
        return suggestions.suggestions(self._desk)

    def journey_names(self) -> list[suggestions.JourneyName]:
        """The journeys by name."""
        return suggestions.names(self._desk)

    def journey(self, slug: str) -> shapes.JourneyShape:
        """One journey with its draft, problems and versions."""
        return journeys.journey(self._desk, slug)

    def new_journey(self, name: str, document: Mapping[str, Any] | None = None) -> str:
        """A new draft; gives its slug."""
        return drafts.new_journey(self._desk, name, document)

    def delete_journey(self, slug: str) -> None:
        """Delete a journey; who is inside leaves it."""
        drafts.delete(self._desk, slug)

    def pause_journey(self, slug: str) -> None:
        """Nobody enters any more; who is inside goes on."""
        publish.pause(self._desk, slug)

    def resume_journey(self, slug: str) -> None:
        """Let customers enter again."""
        publish.resume(self._desk, slug)

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

    def save_draft(self, slug: str | None, document: Mapping[str, Any]) -> str:
        """Import a document as the draft of this slug, or of its name's."""
        return drafts.save_draft(self._desk, slug, document)

    def export(self, slug: str) -> shapes.Document:
        """The draft."""
        return drafts.export(self._desk, slug)

    def publish(self, slug: str) -> shapes.PublishResult:
        """Make the draft the live version. Raises Refused with `problems`."""
        return publish.publish(self._desk, slug)

    def publish_review(self, slug: str) -> shapes.PublishReview:
        """What publishing would do, and who is inside."""
        return review.review(self._desk, slug)

    def counts(self, slug: str) -> shapes.Counts:
        """How many came to, stand at and left each node."""
        return journeys.counts(self._desk, slug)

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

    def start_manually(
        self, slug: str, node: str, customer: str, properties: Mapping[str, Any]
    ) -> shapes.StartResult:
        """Add a customer by a manual trigger."""
        return drafts.start_manually(self._desk, slug, node, customer, properties)

    def templates(self) -> list[shapes.TemplateShape]:
        """The gallery."""
        return starters.templates(self._desk)

    def template(self, slug: str) -> shapes.TemplateShape:
        """One template."""
        return starters.one(self._desk, slug)

    def preparation(self, slug: str) -> list[shapes.Need]:
        """What a template needs, and whether it is there."""
        return starters.preparation(self._desk, slug)

    def rehearse(self, slug: str, given: Mapping[str, str]) -> list[shapes.CustomerStory]:
        """What the bundled sample customers of a template would get."""
        return starters.rehearse(self._desk, slug, given)

    def use_template(self, slug: str, given: Mapping[str, str] | None = None) -> str:
        """A draft from a template, its blanks filled in; gives the journey's slug."""
        return starters.use_template(self._desk, slug, given)

    # --- Customers and runs -------------------------------------------------------------------

    def customers(self, search: str = "", page: int = 0) -> shapes.CustomerPage:
        """A page of customers."""
        return customers.customers(self._desk, search, page)

    def customer(self, id: str) -> shapes.CustomerShape:
        """One customer with their timeline."""
        return customers.customer(self._desk, id)

    def erase_customer(self, id: str) -> shapes.Erased:
        """Erase a customer for good, after ending what they are in."""
        return endings.erase_customer(self._desk, id)

    def runs(
        self,
        journey: str | None = None,
        customer: str | None = None,
        status: str | None = None,
        page: int = 0,
    ) -> list[shapes.RunRow]:
        """A page of runs."""
        return runs.runs(self._desk, journey, customer, status, page)

    def run(self, id: str) -> shapes.RunShape:
        """One run with its steps and effects."""
        return runs.run(self._desk, id)

    def cancel_run(self, id: str) -> shapes.Cancelled:
        """End a run now."""
        return endings.cancel(self._desk, id)

    # --- What people do -----------------------------------------------------------------------

    def approvals(self, state: str = "open") -> list[shapes.ApprovalRow]:
        """What waits for a decision ("all": any state)."""
        return approvals.approvals(self._desk, state)

    def approval(self, id: str) -> shapes.ApprovalShape:
        """One approval with its draft and evidence."""
        return approvals.approval(self._desk, id)

    def decide(
        self, id: str, decision: str, text: str | None = None, by: str | None = None
    ) -> shapes.ApprovalShape:
        """Approve or reject; `text` is the edited draft."""
        return approvals.decide(self._desk, id, decision, text, by)

    def mailbox(self, page: int = 0) -> list[shapes.MessageRow]:
        """A page of messages."""
        return mailbox.mailbox(self._desk, page)

    def message(self, id: str) -> shapes.MessageShape:
        """One message."""
        return mailbox.message(self._desk, id)

    def tasks(self, *, done: bool = False) -> list[shapes.TaskShape]:
        """Open tasks, or the finished ones."""
        return mailbox.tasks(self._desk, done=done)

    def finish_task(self, id: str) -> None:
        """Mark a task as done."""
        mailbox.finish_task(self._desk, id)

    def needs_you(self) -> list[shapes.NeedsYou]:
        """At most five things that need a person."""
        return needs.needs_you(self._desk)

    def dead_letters(self) -> list[shapes.DeadLetter]:
        """What could not be done."""
        return letters.dead_letters(self._desk)

    def replay(self, id: str) -> None:
        """Try a dead letter again."""
        letters.replay(self._desk, id)

    def confirm(self, id: str) -> None:
        """Say of an effect in doubt that it went out."""
        letters.confirm(self._desk, id)

    def dismiss(self, id: str) -> None:
        """Leave a dead letter as it is."""
        letters.dismiss(self._desk, id)

    def stopped(self) -> list[shapes.StoppedRun]:
        """Who stopped on their way in the last seven days."""
        return stopped.stopped(self._desk)

    def retry_run(self, id: str) -> shapes.Retried:
        """Let a run that has failed go on from where it stood."""
        return stopped.retry(self._desk, id)

    def resend(self, id: str, why: str = "") -> shapes.Resent:
        """Send what is in doubt again, as a new send."""
        return letters.resend(self._desk, id, why)

    def resend_effect(self, key: str, why: str = "") -> shapes.Resent:
        """Send an email or web call once more, as a new send."""
        return letters.resend_effect(self._desk, key, why)

    # --- Settings -----------------------------------------------------------------------------

    def settings(self) -> shapes.SettingsShape:
        """The workspace's settings."""
        return settings.settings(self._desk)

    def save_settings(
        self,
        *,
        name: str | None = None,
        time_zone: str | None = None,
        opt_in: bool | None = None,
        retention_days: int | None = None,
        sender: Mapping[str, str] | None = None,
        smtp: str | bool | None = None,
        ai: str | bool | None = None,
    ) -> shapes.SettingsShape:
        """Change what is given. False for `smtp` or `ai` goes back to the built-in one."""
        return settings.save_settings(
            self._desk,
            name=name,
            time_zone=time_zone,
            opt_in=opt_in,
            retention_days=retention_days,
            sender=sender,
            smtp=smtp,
            ai=ai,
        )

    def limits(self) -> list[shapes.Limit]:
        """How many calls a second each provider gets, and which ones are held back."""
        return limits.limits(self._desk)

    def set_limit(self, provider: str, rate: float) -> shapes.Limit:
        """Let so many calls a second go to a provider."""
        return limits.set_limit(self._desk, provider, rate)

    def remove_limit(self, provider: str) -> None:
        """Let as many calls as there are go to a provider."""
        limits.remove_limit(self._desk, provider)

    def credentials(self) -> list[shapes.CredentialShape]:
        """The credentials, without their secrets."""
        return settings.credentials(self._desk)

    def set_credential(
        self, name: str, kind: str, secret: Mapping[str, Any], hosts: Sequence[str] = ()
    ) -> None:
        """Store or replace a secret."""
        settings.set_credential(self._desk, name, kind, secret, hosts)

    def delete_credential(self, name: str) -> None:
        """Remove a secret."""
        settings.delete_credential(self._desk, name)

    def keys(self) -> list[shapes.KeyShape]:
        """The API keys, without themselves."""
        return settings.keys(self._desk)

    def create_key(self, kind: str, name: str) -> str:
        """A new key; its text is given this once."""
        return settings.create_key(self._desk, kind, name)

    def revoke_key(self, id: str) -> None:
        """End a key at once."""
        settings.revoke_key(self._desk, id)

    def send_test(self, to: str) -> trial.Trial:
        """Send one message by the mail server in use, and say what became of it."""
        return trial.send_test(self._desk, to)

    def condition_hits(
        self, condition: Mapping[str, Any], events: Sequence[str] = ()
    ) -> conditions.Hits:
        """For how many of the latest customers or events a condition is true."""
        return conditions.hits(self._desk, condition, events)

    # --- Texts --------------------------------------------------------------------------------

    def liquid(self, slug: str, node: str, template: str) -> list[texts.TextProblem]:
        """What is wrong with a text at this node, and where."""
        return texts.liquid(self._desk, slug, node, template)

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

    # --- Samples and the audit ----------------------------------------------------------------

    def try_samples(self) -> shapes.SamplesResult:
        """Play a simulated week of a template with sample customers."""
        return samples.try_samples(self._desk)

    def remove_samples(self) -> None:
        """Take the samples out again, all of them."""
        samples.remove_samples(self._desk)

    def has_samples(self) -> bool:
        """Whether there are samples."""
        return samples.has_samples(self._desk)

    def audit(self, page: int = 0) -> list[shapes.AuditRow]:
        """Who did what, the newest first."""
        self._desk.may("own")
        with self._desk.read() as conn:
            return audit.page(conn, self._desk.workspace, max(0, page) * 50, 50)
