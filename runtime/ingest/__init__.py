"""The way in: webhooks, the tracking API, the management API and health, as one ASGI application.

`create_app` makes it. Everything here answers errors as RFC 9457 problem documents and logs no
body and no secret.
"""

from runtime.ingest.app import belongs_here, create_app

__all__ = ["belongs_here", "create_app"]
