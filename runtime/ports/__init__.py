"""The ports to the outside: email, HTTP calls and models. Nothing else in Wayline touches the
network on its own.

The libraries that do it (httpx, aiosmtplib, onnxruntime) are imported when they are first needed.
"""

from runtime.ports.ports import Ports
from runtime.ports.results import Done, Later, Refused, Result

__all__ = ["Done", "Later", "Ports", "Refused", "Result"]
