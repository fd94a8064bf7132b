"""`make bench-editor`: how quick the journey editor is, in headless Chromium at 1440 by 900.

What runs is `wayline up` with its defaults on an empty folder, an owner who is signed in, and
journeys of 20, 100, 500 and 1,000 nodes; each is opened in a browser without a cache. It prints
one table and is never a test: times by the clock belong to the machine they were taken on.
`--json FILE` keeps the figures for `tests.bench.compare`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

from tests.bench.machine import machine
from tests.bench.table import Figure, Section, number, percentile
from tests.canvas.harness.journeys import large
from tests.support.chromium import chromium
from tests.support.program import Program, running

SIZES = (20, 100, 500, 1_000)
EDITS = 20
MOVES = 90
UNDOS = 5
SLOW = 120_000  # milliseconds for anything: a busy machine spoils figures, not the run
PASSWORD = "a sentence is fine"
HEARTBEAT = ("2", "3")  # of Socket.IO, every 25 seconds: it has nothing to do with the drag

FIGURES = (
    Figure("open", "open to usable, s", "less", {"500": 1.5, "1000": 2.5}),
    Figure("drag", "drag, whole graph fitted: frame p95, ms", "less", {"500": 33}, 0),
    Figure("undo", "undo, ms", "less", {"500": 50}, 0),
    Figure("saved", "edit to saved, p95, ms", "less", dict.fromkeys(map(str, SIZES), 150.0), 0),
    Figure("frames", "websocket frames during a drag", "zero", {}, 0),
    Figure("heap", "JS heap, MB", "less", {"500": 60}, 0),
    Figure("elements", "DOM elements", None, {}, 0),
    Figure("bytes", "first load, KB compressed", "less", dict.fromkeys(map(str, SIZES), 550.0), 0),
    Figure("requests", "requests of the first load", None, {}, 0),
)
# Measured by us with the same browser, window and kind of journey (see docs/performance.md).
OTHERS: dict[str, dict[str, tuple[float | None, ...]]] = {
    "n8n 2.40": {
        "open": (4.6, 6.4, 9.2, 16),
        "drag": (17, 50, 233, 700),
        "undo": (45, 160, 710, 1_850),
        "saved": (1_500, 1_500, 1_300, 1_000),
        "heap": (None, None, 325, None),
        "elements": (None, None, 30_347, None),
        "bytes": (3_900,) * 4,
        "requests": (573,) * 4,
    },
    "Node-RED 4.1": {
        "open": (1.8, 1.9, 2.4, 2.9),
        "drag": (17, 17, 33, 83),
        "undo": (24, 28, 48, 90),
        "saved": (40, None, None, 200),
        "heap": (None, None, 24, None),
        "elements": (None, None, 17_630, None),
        "bytes": (1_800,) * 4,
    },
}

USABLE = """() => new Promise((done) => {
  const look = () => {
    const ready = document.querySelector('[data-testid="node-n0"]') &&
      document.querySelector('[data-testid="save-state"]');
    if (ready) requestAnimationFrame(() => setTimeout(() => done(performance.now())));
    else requestAnimationFrame(look);
  };
  look();
})"""
WATCH = """() => {
  window.benchFrames = [];
  let last = performance.now();
  window.benchRuns = true;
  const tick = (now) => {
    benchFrames.push(now - last);
    last = now;
    if (benchRuns) requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}"""
UNDO = """() => new Promise((done) => {
  const begin = performance.now();
  document.querySelector('[data-testid="undo"]').click();
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - begin)));
})"""
EDIT = """() => new Promise((done) => {
  const state = () => document.querySelector('[data-testid="save-state"]').dataset.state;
  const node = document.querySelector('.react-flow__node[data-id="n0"]');
  let began = false;
  const watch = new MutationObserver(() => {
    if (state() === "saving") began = true;
    if (!began || state() !== "saved") return;
    watch.disconnect();
    done(performance.now() - begin);
  });
  const all = { attributes: true, childList: true, subtree: true };
  watch.observe(document.querySelector('.wj-bar'), all);
  node.focus();
  const key = { key: 'ArrowDown', code: 'ArrowDown', bubbles: true, cancelable: true };
  const begin = performance.now();
  node.dispatchEvent(new KeyboardEvent('keydown', key));
})"""


@dataclass
class Wire:
    """What went over the network, as the browser counts it."""

    bytes: float = 0
    requests: int = 0
    frames: int = 0

    def listen(self, session: CDPSession) -> None:
        """From now on."""
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", lambda _: self._request())
        session.on("Network.loadingFinished", lambda event: self._done(event))
        for name in ("webSocketFrameSent", "webSocketFrameReceived"):
            session.on(f"Network.{name}", lambda event: self._frame(event))

    def _request(self) -> None:
        self.requests += 1

    def _done(self, event: dict[str, Any]) -> None:
        self.bytes += float(event["encodedDataLength"])

    def _frame(self, event: dict[str, Any]) -> None:
        if event["response"]["payloadData"] not in HEARTBEAT:
            self.frames += 1


def signed_in(browser: Browser, program: Program) -> Any:
    """The cookies of an owner."""
    context = browser.new_context(locale="en-GB", timezone_id="UTC")
    page = context.new_page()
    page.set_default_timeout(SLOW)
    page.goto(program.link())
    fields = {"name": "Ines", "workspace": "Bench", "email": "ines@bench.example"}
    for name, value in {**fields, "password": PASSWORD, "again": PASSWORD}.items():
        page.fill(f"[name={name}]", value)
    page.select_option("[name=time_zone]", "UTC")
    page.locator("form button").first.click()
    page.wait_for_url(f"{program.url}/")
    state = context.storage_state()
    context.close()
    return state


def imported(program: Program, count: int) -> str:
    """The slug of a new journey with so many nodes."""
    file = program.data / f"bench{count}.json"
    file.write_text(json.dumps({**large(count), "name": f"Bench {count}"}))
    done = program.command("import", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split()[-1]


def measured(context: BrowserContext, url: str) -> dict[str, float]:
    """All figures of one journey, on a fresh page."""
    page = context.new_page()
    page.set_default_timeout(SLOW)
    session = context.new_cdp_session(page)
    wire = Wire()
    wire.listen(session)
    page.goto(url, wait_until="commit")
    found = {"open": page.evaluate(USABLE) / 1000}
    wait_loaded(page, wire)
    found |= {"bytes": wire.bytes / 1000, "requests": wire.requests}
    page.get_by_test_id("fit").click()
    wait_still(page)
    found |= dragged(page, wire)
    found["undo"] = undone(page)
    times = [page.evaluate(EDIT) for _ in range(EDITS)]
    found["saved"] = percentile(times, 0.95)
    session.send("HeapProfiler.collectGarbage")
    found["heap"] = session.send("Runtime.getHeapUsage")["usedSize"] / 1e6
    found["elements"] = page.evaluate("document.querySelectorAll('*').length")
    page.close()
    return found


def wait_loaded(page: Page, wire: Wire) -> None:
    """Until nothing more has come for a second. The network is never idle: the stream of what
    others do stays open."""
    before, still = (0.0, 0), 0
    for _ in range(120):
        page.wait_for_timeout(250)
        now = (float(wire.bytes), wire.requests)
        still = still + 1 if now == before else 0
        before = now
        if still == 4:
            return
    raise TimeoutError("The page has not ended loading in half a minute.")


def wait_still(page: Page) -> None:
    """Until the view has stopped moving."""
    page.evaluate(
        """() => new Promise((done) => {
          const where = () => document.querySelector('.react-flow__viewport').style.transform;
          let [last, times] = [where(), 0];
          const look = () => {
            times = where() === last ? times + 1 : 0;
            last = where();
            if (times > 20) done();
            else requestAnimationFrame(look);
          };
          look();
        })"""
    )


def dragged(page: Page, wire: Wire) -> dict[str, float]:
    """One node dragged about while frames are counted."""
    box = page.get_by_test_id("node-n0").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 5, y + 5)
    before = wire.frames
    page.evaluate(WATCH)
    for step in range(MOVES):
        page.mouse.move(x + 5 + step * 2, y + 5 + step)
    frames = page.evaluate("() => { benchRuns = false; return benchFrames; }")
    sent = wire.frames - before
    page.mouse.up()
    page.locator('[data-testid="save-state"][data-state="saved"]').wait_for()
    return {"drag": percentile(frames, 0.95), "frames": sent}


def undone(page: Page) -> float:
    """The median of some edits that are taken back, until the next frame is there."""
    times: list[float] = []
    for _ in range(UNDOS):
        page.evaluate(EDIT)
        times.append(page.evaluate(UNDO))
        page.locator('[data-testid="save-state"][data-state="saved"]').wait_for()
    return percentile(times, 0.5)


def table(section: Section, sizes: Sequence[int]) -> list[str]:
    """The figures as text: a column for each size, the aim, and the two best-known editors."""
    names = [f"{size:,}" for size in sizes]
    lines = [f"{'nodes':<42}" + "".join(f"{name:>10}" for name in names) + "  aim"]
    for figure in section.figures:
        cells, aims = "", []
        for size in sizes:
            value = section.median(str(size), figure.key)
            late = value is not None and figure.missed(str(size), value)
            shown = "-" if value is None else number(value, figure.digits) + ("!" if late else "")
            cells += f"{shown:>10}"
            if aim := figure.aim(str(size)):
                aims.append(aim if len(set(figure.aims.values())) == 1 else f"{aim} ({size:,})")
        lines.append(f"{figure.name:<42}{cells}  {', '.join(dict.fromkeys(aims))}".rstrip())
        for other, theirs in OTHERS.items():
            if figure.key in theirs:
                lines.append(f"  {other:<40}{_theirs(theirs[figure.key], sizes)}".rstrip())
    return lines


def _theirs(values: Sequence[float | None], sizes: Sequence[int]) -> str:
    by_size: dict[int, float | None] = dict(zip(SIZES, values, strict=True))
    shown = [by_size.get(size) for size in sizes]
    return "".join(f"{'-' if v is None else number(v, 1):>10}" for v in shown)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.editor", description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="20,100,500,1000")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json", help="a file for the figures")
    given = parser.parse_args()
    sizes = [int(size) for size in given.sizes.split(",")]
    section = Section("7. The journey editor", FIGURES)
    with tempfile.TemporaryDirectory() as text, chromium() as browser:
        facts = {**machine(Path(text)), "browser": f"Chromium {browser.version}"}
        with running(Path(text) / "data") as program:
            state = signed_in(browser, program)
            slugs = {size: imported(program, size) for size in sizes}
            for _ in range(given.rounds):
                for size in sizes:
                    context = browser.new_context(
                        storage_state=state, viewport={"width": 1440, "height": 900}
                    )
                    found = measured(context, f"{program.url}/journeys/{slugs[size]}")
                    context.close()
                    section.add(str(size), found)
                    rounded = {k: round(v, 2) for k, v in found.items()}
                    print(json.dumps({"nodes": size, **rounded}), flush=True)
    facts["load after"] = round(os.getloadavg()[0], 2)
    width = max(map(len, facts))
    print("\n" + "\n".join(f"{name:<{width}}  {value}" for name, value in facts.items()) + "\n")
    print("\n".join(table(section, sizes)) + "\n\n! = the aim is missed")
    if given.json:
        kept = {"machine": facts, "figures": {"7": section.json()}}
        Path(given.json).write_text(json.dumps(kept, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
