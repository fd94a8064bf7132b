"""Whether emails leave the house: without a mail server they stay in the mailbox."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from runtime.facade.desk import Desk, mapping
from runtime.store.database import Connection, rows

MAIL = "smtp"  # the credential that a step sends emails by


def stays(
    conn: Connection, desk: Desk, nodes: Iterable[Mapping[str, Any]], *, sample: bool = False
) -> bool:
    """Whether an email of one of these steps would stay in the mailbox. `sample`: of a sample
    customer, whose emails do whatever there is."""
    if not any(_sends(desk, node, sample) for node in nodes):
        return False
    if sample:
        return True
    sql = "SELECT settings_json FROM workspace WHERE id = ?"
    return not mapping(rows(conn, sql, (desk.workspace,))[0][0]).get(MAIL)


def _sends(desk: Desk, node: Mapping[str, Any], sample: bool) -> bool:
    """Whether the step sends an email, and by no server of its own that would be used."""
    kind = desk.house.types.get(str(node.get("type")))
    if kind is None or kind.credential != MAIL or node.get("disabled"):
        return False
    config: Any = node.get("config")
    own = cast("dict[str, Any]", config).get("credential") if isinstance(config, dict) else None
    return sample or not own
