"""Customers, their runs, and what waits for a person."""

from __future__ import annotations

from runtime.facade import (
    approvals,
    customers,
    endings,
    letters,
    mailbox,
    needs,
    runs,
    shapes,
    stopped,
)
from runtime.facade.studio.part import Part


class Caring(Part):
    """Customers and runs, on behalf of one person."""

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
