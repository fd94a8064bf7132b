"""The store: tables, migrations and transactions on SQLite and PostgreSQL. The database is the
truth."""

HEAD = "0006"  # the newest migration; a test holds it against the folder
