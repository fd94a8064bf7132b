"""Brings the database to the newest tables and prints {"token": …} for the one-time link (null
when there is an owner). A process of its own, so that the supervisor stays small.
"""

from __future__ import annotations

import json
import sys

from runtime.settings import from_environment


def main() -> int:
    """Exit code 1 and a sentence when the database cannot be opened."""
    from runtime.facade import Wayline

    try:
        wayline = Wayline.open(from_environment())
        print(json.dumps({"token": wayline.setup_token()}))
    except Exception as error:
        print(f"wayline: {explain(error)}", file=sys.stderr)
        return 1
    return 0


def explain(error: BaseException) -> str:
    """What went wrong with the data, as a sentence with its remedy."""
    text = f"{error} {getattr(error, 'orig', '')}".lower()
    if "no space" in text or "disk is full" in text or "enospc" in text:
        return "The disk is full: make room, then start again."
    if "readonly" in text or "read-only" in text or "permission" in text:
        return "The data folder cannot be written: make it writable, or choose another by --data."
    if "could not parse" in text:
        return "DATABASE_URL cannot be read: write it like postgresql://user:password@host/name."
    if "connection" in text or "could not translate" in text:
        return "The database of DATABASE_URL cannot be reached: start it, or correct the address."
    if "not a database" in text or "malformed" in text:
        return "The file wayline.db is damaged: bring a backup back by `wayline restore`."
    return f"The database cannot be opened ({type(error).__name__}): see `wayline doctor`."


if __name__ == "__main__":
    sys.exit(main())
