"""The one public face of the runtime: what the studio, the commands and `/api` use."""

from runtime.facade.errors import NotAllowed, NotFound, Refused, WaylineError
from runtime.facade.studio import Studio
from runtime.facade.wayline import Wayline
from runtime.journey.limits import DocumentRefused, read_document
from runtime.words import ENGLISH, LANGUAGES, chosen, evidence, on_page, sentence, spoken

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "DocumentRefused",
    "NotAllowed",
    "NotFound",
    "Refused",
    "Studio",
    "Wayline",
    "WaylineError",
    "chosen",
    "evidence",
    "on_page",
    "read_document",
    "sentence",
    "spoken",
]
