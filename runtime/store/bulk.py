"""Statements for many rows at once on PostgreSQL: one array for each parameter instead of one
execution for each row (7.9 µs of CPU a row in the client, and as much in the server)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary

from runtime.store.tables import metadata

_INSERT = re.compile(r"\s*INSERT INTO (\w+) \(([^()]+)\)\s+VALUES \(([^()]+)\)(.*)", re.DOTALL)
_UPDATE = re.compile(r"\s*UPDATE (\w+) SET (.+?)\sWHERE (.+)", re.DOTALL)
_DELETE = re.compile(r"\s*DELETE FROM (\w+) WHERE (.+)", re.DOTALL)
_COMPARED = re.compile(r'("?\w+"?)\s*(?:<=|>=|<>|=|<|>)\s*\?')
_UPSERT = re.compile(r"\s*ON CONFLICT \(([^()]+)\) DO UPDATE", re.DOTALL)
_IN = re.compile(r"(?<!NOT )\bIN \((\?(?:\s*,\s*\?)*)\)|\?")


class Bulk(NamedTuple):
    """A statement with an array for each parameter. `unique`: which parameters must differ from
    row to row, since one statement cannot update a row twice."""

    sql: str
    unique: tuple[int, ...]


@cache
def bulk(sql: str) -> Bulk | None:
    """The same for all rows at once; None: it has to be executed for each."""
    if found := _INSERT.fullmatch(sql):
        return _insert(*found.groups())
    if found := _UPDATE.fullmatch(sql):
        table, sets, where = found.groups()
        return _joined(f"UPDATE {table} SET {sets} FROM", table, sets, where)
    if found := _DELETE.fullmatch(sql):
        table, where = found.groups()
        return _joined(f"DELETE FROM {table} USING", table, "", where)
    return None


def _insert(table: str, names: str, values: str, rest: str) -> Bulk | None:
    columns = [name.strip() for name in names.split(",")]
    given = [value.strip() for value in values.split(",")]
    if len(columns) != len(given) or "?" in rest:
        return None
    taken: list[str] = []  # the columns that have a parameter
    selected: list[str] = []
    for column, value in zip(columns, given, strict=True):
        if value == "?":
            taken.append(column)
            value = f"v.p{len(taken)}"
        selected.append(value)
    source = _source(table, taken)
    unique: tuple[int, ...] = ()
    if upsert := _UPSERT.match(rest):
        keys = [key.strip() for key in upsert[1].split(",")]
        if not set(keys) <= set(taken):
            return None
        unique = tuple(taken.index(key) for key in keys)
    return Bulk(
        f"INSERT INTO {table} ({names}) SELECT {', '.join(selected)} FROM {source}{rest}", unique
    )


def _joined(head: str, table: str, sets: str, where: str) -> Bulk | None:
    compared = [*_COMPARED.findall(sets), *_COMPARED.findall(where)]
    if len(compared) != sets.count("?") + where.count("?"):
        return None  # a parameter whose type is not told by a column beside it
    parts = f"{head} {_source(table, compared)} WHERE {where}".split("?")
    numbered = parts[0]
    for number, part in enumerate(parts[1:], 1):
        numbered += f"v.p{number}{part}"
    # the row that it is about is named by the parameters of its condition
    return Bulk(numbered, tuple(range(sets.count("?"), len(compared))))


def _source(table: str, columns: Sequence[str]) -> str:
    arrays = ", ".join(f"%s::{_type(table, column)}[]" for column in columns)
    names = ", ".join(f"p{number}" for number in range(1, len(columns) + 1))
    return f"unnest({arrays}) AS v({names})"


def _type(table: str, column: str) -> str:
    kind = metadata.tables[table].c[column.strip('"')].type
    if isinstance(kind, BigInteger):
        return "bigint"
    if isinstance(kind, Integer):
        return "integer"
    if isinstance(kind, Boolean):
        return "boolean"
    return "bytea" if isinstance(kind, LargeBinary) else "text"


def arrays(params: Sequence[Sequence[Any]]) -> list[str]:
    """Each column of the parameters as PostgreSQL writes an array."""
    return [array(column) for column in zip(*params, strict=True)]


def array(column: Sequence[Any]) -> str:
    """Values of one kind as PostgreSQL writes an array."""
    try:
        text = "\0".join(column)
    except TypeError:
        return "{" + ",".join([_element(value) for value in column]) + "}"
    if text.count("\0") >= len(column):
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if '"' in text:
        text = text.replace('"', '\\"')
    return '{"' + text.replace("\0", '","') + '"}'


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        value = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{value}"'
    if isinstance(value, bytes):
        return f'"\\\\x{value.hex()}"'
    return str(value)  # a number or a boolean


class Plain(NamedTuple):
    """A statement with `%s` marks. `lists`: how many of the parameters go into each mark as an
    array, 0 for one that is a value; None when all are values."""

    sql: str
    lists: tuple[int, ...] | None


@lru_cache(maxsize=4096)
def plain(sql: str) -> Plain:
    """Lists as arrays, so that a statement is the same, and prepared once, whatever their length.
    A join with the array finds its rows by the index; `= ANY` may look at all rows."""
    lists: list[int] = []

    def mark(found: re.Match[str]) -> str:
        if found[1] is None:
            lists.append(0)
            return "%s"
        lists.append(found[1].count("?"))
        return "= ANY(%s::KIND[])"

    text = _IN.sub(mark, sql.replace("%", "%%"))
    return Plain(text, tuple(lists) if any(lists) else None)


def gathered(found: Plain, params: Sequence[Any]) -> tuple[str, list[Any]]:
    """The statement and its parameters, when some are lists."""
    given: list[Any] = []
    kinds: list[str] = []
    at = 0
    for count in found.lists or ():
        if count:
            values = params[at : at + count]
            kinds.append("bigint" if isinstance(values[0], int) else "text")
            given.append(array(values))
        else:
            given.append(params[at])
        at += count or 1
    return _typed(found.sql, tuple(kinds)), given


@lru_cache(maxsize=1024)
def _typed(sql: str, kinds: tuple[str, ...]) -> str:
    for kind in kinds:
        sql = sql.replace("KIND", kind, 1)
    return sql
