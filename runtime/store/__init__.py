"""The store: tables, migrations and transactions on SQLite and PostgreSQL. The database is the
truth."""
