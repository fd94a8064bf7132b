"""45, 46: an installed node that kills its process, and journeys without end or without measure."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.faults.harness import House, both, on_both
from tests.faults.harness_books import Watch, reconcile
from tests.faults.harness_journeys import edge, node

PLUGIN = '''
import os, signal
from dataclasses import dataclass
from nodes.spec import Leave, NodeType

@dataclass(frozen=True, kw_only=True, slots=True)
class Empty:
    """No config."""

def run(config, ctx):
    if ctx.event["properties"].get("doomed"):
        os.kill(os.getpid(), signal.SIGKILL)
    return Leave("out")

NODE = NodeType("faults.trap", "logic", "Trap", "skull", "", "", Empty, run)
'''


def install_plugin(house: House) -> None:
    """A package with a node type, as pip would leave it, on the path of all that is started."""
    folder = house.folder / "site"
    info = folder / "faults_trap-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "faults_trap.py").write_text(PLUGIN)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: faults-trap\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[wayline.nodes]\ntrap = faults_trap:NODE\n")
    paths = [str(folder), str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    house.env["PYTHONPATH"] = os.pathsep.join(one for one in paths if one)


def called(name: str, url: str, *before: Mapping[str, Any]) -> dict[str, Any]:
    """A journey of every order: these nodes one after the other, then a call."""
    nodes = [
        node("placed", "trigger.event", event="order.placed"),
        *before,
        node("call", "action.http_request", method="POST", url=url,
             body={"n": "{{ event.properties.n }}"}),
    ]  # fmt: skip
    return {
        "format": 1,
        "name": name,
        "stage": "onboarding",
        "settings": {"reentry": {"mode": "always"}},
        "nodes": nodes,
        "edges": [edge(a["id"], b["id"]) for a, b in itertools.pairwise(nodes)],
    }


@on_both(quick="postgresql")
def test_45_a_node_that_kills_its_process(house: House) -> None:
    """45: for one customer among twelve. (Lease scaled 30 s → 3 s.) Three workers die of it one
    after the other; the fourth puts the run with the dead letters and carries the others on, none
    of which is lost or hurt."""
    install_plugin(house)
    house.env["WAYLINE_LEASE"] = "3"
    house.publish(called("Trap", f"{house.provider.url}/survived", node("trap", "faults.trap")))
    house.own_redis()
    house.ingest()
    with Watch(house):
        house.post(*range(6))
        house.post("doomed", doomed=True)
        house.post(*range(6, 11))
        for n in range(3):
            house.worker(f"victim {n}").wait_dead(90)
        last = house.worker("last")
        found = reconcile(house, journeys={*house.journeys, "trap"}, failed=1)
    assert last.alive
    assert [death.code for death in house.deaths] == [-9] * 3
    [lost] = [run for run in found.runs if run.status == "failed"]
    [(ref, kind)] = house.rows("SELECT ref, kind FROM dead_letter")
    assert (ref, kind) == (lost.id, "run")
    [event] = [event for event in found.events if event.external_id == "doomed"]
    assert lost.event == event.id
    assert len(house.provider.book("/survived")) == 11


def ask(house: House, key: str, method: str, path: str, **more: Any) -> tuple[int, Any]:
    """Ask the API."""
    answer = httpx.request(
        method,
        house.url + path,
        headers={"authorization": f"Bearer {key}"},
        timeout=120,
        trust_env=False,
        verify=False,
        **more,
    )
    return answer.status_code, answer.json()


def write(house: House, sql: str, *params: Any) -> None:
    """Change the database behind the program's back."""
    if house.database:
        with psycopg.connect(house.database) as conn:
            conn.execute(sql.replace("?", "%s").encode(), params)
        return
    with contextlib.closing(sqlite3.connect(house.data / "wayline.db", timeout=30)) as conn:
        conn.execute(sql, params)
        conn.commit()


def ring(url: str, middle: Mapping[str, Any]) -> dict[str, Any]:
    """A journey that goes round and round, by way of this node."""
    made = called("Ring", url, node("set", "logic.set", values={"n": "1"}), middle)
    made["edges"][-1] = edge(str(middle["id"]), "set")
    del made["nodes"][-1]
    return made


@both
def test_46_endless_journeys_and_huge_ones(house: House) -> None:
    """46: a loop that never waits is not published; one that got into the tables all the same is
    ended after 10,000 visits. A journey of 10,000 nodes is run to the same measure; one of 30,000
    is refused. The other journeys of the same events notice nothing."""
    key = house.key
    house.ingest()
    url = f"{house.provider.url}/round"
    restless = ring(url, node("again", "logic.set", values={"n": "2"}))
    status, said = ask(house, key, "POST", "/api/journeys", json=restless)
    assert status == 201
    assert "endless_loop" in {problem["code"] for problem in said["problems"]}
    assert ask(house, key, "POST", "/api/journeys/ring/publish")[0] == 409

    paced = ring(url, node("again", "logic.wait", **{"for": "PT1S"}))
    status, said = ask(house, key, "PUT", "/api/journeys/ring", json=paced)
    assert status == 200, said
    status, said = ask(house, key, "POST", "/api/journeys/ring/publish")
    assert status == 200, said
    write(
        house,
        """UPDATE journey_version SET document_json = ?
 WHERE journey = (SELECT id FROM journey WHERE slug = 'ring')""",
        json.dumps(restless),
    )

    many = [node(f"s{n}", "logic.set", values={"n": "1"}) for n in range(29_999)]
    huge = called("Huge", f"{house.provider.url}/huge", *many)
    status, said = ask(house, key, "POST", "/api/journeys", json=huge)
    if status == 201:
        status, said = ask(house, key, "POST", "/api/journeys/huge/publish")
    assert 400 <= status < 500, said
    large = called("Large", f"{house.provider.url}/large", *many[:9_998])
    status, said = ask(house, key, "POST", "/api/journeys", json=large)
    if status == 201:
        status, said = ask(house, key, "POST", "/api/journeys/large/publish")
    published = status == 200
    assert published or 400 <= status < 500, said

    worker = house.worker()
    house.post(*range(2))
    journeys = {*house.journeys, "ring", *(["large"] if published else [])}
    found = reconcile(house, journeys=journeys, failed=2, quiet=120)
    lost = [run for run in found.runs if run.status == "failed"]
    assert all("10,000" in (run.reason or "") for run in lost)
    assert worker.alive
    assert house.deaths == []
