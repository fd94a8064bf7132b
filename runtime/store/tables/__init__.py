"""The tables. `metadata` knows them all: importing it from here reads each file of the folder."""

from runtime.store.tables import access, customers, journeys, runs, sending
from runtime.store.tables.columns import metadata

__all__ = ["access", "customers", "journeys", "metadata", "runs", "sending"]
