"""A facade of canned answers: the studio of the look's pictures, and a record of what was asked."""

from tests.builder.fakes.customers import CARD, approvals
from tests.builder.fakes.journeys import DOCUMENT, JOURNEYS
from tests.builder.fakes.studio import FakeWayline, standard

__all__ = ["CARD", "DOCUMENT", "JOURNEYS", "FakeWayline", "approvals", "standard"]
