"""The one public face of the runtime: what the studio, the commands and `/api` use."""

from runtime.facade.errors import NotAllowed, NotFound, Refused, WaylineError
from runtime.facade.studio import Studio
from runtime.facade.wayline import Wayline

__all__ = ["NotAllowed", "NotFound", "Refused", "Studio", "Wayline", "WaylineError"]
