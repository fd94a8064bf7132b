"""The ports to the outside: email, HTTP calls and models. Nothing else in Wayline touches the
network on its own.

What does it (httptools, aiosmtplib, onnxruntime) is imported when it is first needed.
"""

from runtime.ports.ports import Ports, new_loop
from runtime.ports.results import Done, Later, Refused, Result

__all__ = ["Done", "Later", "Ports", "Refused", "Result", "new_loop"]
