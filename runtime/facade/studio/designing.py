"""The journeys: all of them, templates to begin with, and what goes live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime.facade import (
    catalogue,
    drafts,
    journeys,
    publish,
    review,
    shapes,
    starters,
    suggestions,
)
from runtime.facade.studio.part import Part


class Designing(Part):
    """Journeys, on behalf of one person."""

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

    def save_draft(self, slug: str | None, document: Mapping[str, Any]) -> str:
        """Import a document as the draft of this slug, or of its name's."""
        return drafts.save_draft(self._desk, slug, document)

    def export(self, slug: str) -> shapes.Document:
        """The draft."""
        return drafts.export(self._desk, slug)

    def delete_journey(self, slug: str) -> None:
        """Delete a journey; who is inside leaves it."""
        drafts.delete(self._desk, slug)

    def publish_review(self, slug: str) -> shapes.PublishReview:
        """What publishing would do, and who is inside."""
        return review.review(self._desk, slug)

    def publish(self, slug: str) -> shapes.PublishResult:
        """Make the draft the live version. Raises Refused with `problems`."""
        return publish.publish(self._desk, slug)

    def pause_journey(self, slug: str) -> None:
        """Nobody enters any more; who is inside goes on."""
        publish.pause(self._desk, slug)

    def resume_journey(self, slug: str) -> None:
        """Let customers enter again."""
        publish.resume(self._desk, slug)

    def counts(self, slug: str) -> shapes.Counts:
        """How many came to, stand at and left each node."""
        return journeys.counts(self._desk, slug)

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

    def use_template(
        self, slug: str, given: Mapping[str, str] | None = None, name: str = ""
    ) -> str:
        """A draft from a template, its blanks filled in, under a name of its own if one is given;
        gives the journey's slug."""
        return starters.use_template(self._desk, slug, given, name)
