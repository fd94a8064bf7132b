"""The commands for documents, secrets, health and backups, as they are typed."""

from __future__ import annotations

import io
import json
import sqlite3
import tarfile
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runtime.cli import main
from runtime.facade import Refused, Wayline
from runtime.settings import Settings
from runtime.store import buckets, runs
from runtime.store.buckets import Held
from runtime.store.database import run
from runtime.store.intake import Incoming
from runtime.work.drain import Work
from tests.facade.conftest import Model, document, greeting, node, reply
from tests.support.postgres import elsewhere

Output = pytest.CaptureFixture[str]


@pytest.fixture
def home(tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DATABASE_URL", "REDIS_URL", "WAYLINE_URL", "WAYLINE_PORT", "WAYLINE_DATA"):
        monkeypatch.delenv(name, raising=False)
    data = tmp_path / "data"
    data.mkdir()
    (data / "wayline.db").write_bytes(migrated.read_bytes())
    if elsewhere():
        monkeypatch.setenv("DATABASE_URL", str(elsewhere()))
    return data


def wayline(home: Path, *words: str) -> int:
    return main([*words, "--data", str(home)])


def written(home: Path, name: str, content: object) -> str:
    path = home.parent / name
    path.write_text(json.dumps(content))
    return str(path)


def test_a_document_goes_in_is_published_and_comes_out(home: Path, capsys: Output):
    path = written(home, "reply.json", reply())
    assert wayline(home, "import", path) == 0
    assert capsys.readouterr().out == "reply\n"
    assert wayline(home, "publish", "reply") == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "reply: version 1"
    assert printed[1].startswith("form: http://127.0.0.1:8000/hooks/")
    assert wayline(home, "export", "reply") == 0
    assert json.loads(capsys.readouterr().out) == reply()


def test_the_webhook_has_the_address_of_the_running_program(home: Path, capsys: Output):
    (home / "address").write_text("http://127.0.0.1:9123")
    wayline(home, "import", written(home, "reply.json", reply()))
    wayline(home, "publish", "reply")
    assert "http://127.0.0.1:9123/hooks/" in capsys.readouterr().out


def test_a_draft_with_an_error_is_taken_and_not_published(home: Path, capsys: Output):
    path = written(home, "bad.json", document("Bad", [node("a", "logic.nothing")], []))
    assert wayline(home, "import", path) == 0
    assert "bad.json: a: error: " in capsys.readouterr().err
    assert wayline(home, "publish", "bad") == 1
    assert "a: error: " in capsys.readouterr().err


def test_what_is_not_there_or_not_json_ends_with_its_own_code(home: Path, capsys: Output):
    broken = home.parent / "broken.json"
    broken.write_text('{"a": 1, "a": 2}')
    good = written(home, "good.json", greeting())
    assert wayline(home, "import", good, str(broken)) == 2
    assert wayline(home, "import", str(home / "missing.json")) == 2
    assert wayline(home, "export", "nothing") == 1
    assert wayline(home, "publish", "nothing") == 1
    assert "There is no journey nothing" in capsys.readouterr().err


def test_a_credential_is_read_from_standard_input(
    home: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sys.stdin", io.StringIO('{"kind": "hook", "secret": "canary-9"}'))
    assert wayline(home, "credential", "set", "form") == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("not JSON"))
    assert wayline(home, "credential", "set", "form") == 2
    monkeypatch.setattr("sys.stdin", io.StringIO('{"kind": "pigeon", "secret": "x"}'))
    assert wayline(home, "credential", "set", "form") == 1
    printed = capsys.readouterr()
    assert "canary-9" not in printed.out + printed.err


def test_the_doctor_finds_a_healthy_installation_healthy(home: Path, capsys: Output):
    assert wayline(home, "doctor") == 0
    assert "database file: in order" in capsys.readouterr().out


def test_the_doctor_names_what_needs_somebody(home: Path, capsys: Output):
    wayline(home, "import", written(home, "reply.json", reply()))
    wayline(home, "publish", "reply")
    opened = Wayline.open(Settings(home, database=elsewhere()))
    workspace = opened.system().desk.workspace
    with opened.database.write() as conn:
        now = opened.database.now_us(conn)
        buckets.hold(conn, [Held(workspace, "down.test", now + 60_000_000, 7, 0)], now)
        runs.dead_letter(conn, workspace, "event", "e1", "It could not be read.", now)
        run(
            conn,
            "UPDATE journey_version SET document_json = replace(document_json, ?, ?)",
            ('"ai.write"', '"gone.write"'),
        )
    opened.close()
    assert wayline(home, "doctor") == 1
    said = capsys.readouterr().out
    assert "journeys: cannot be read: Reply; install the package" in said
    assert "providers: held back now: down.test" in said
    assert "dead letters: 1 wait for somebody" in said


@pytest.mark.sqlite
def test_the_doctor_finds_a_damaged_database(home: Path, capsys: Output):
    path = home / "wayline.db"
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 6] = b"\xff" * 4096 * 3
    path.write_bytes(content)
    assert wayline(home, "doctor") == 1
    printed = capsys.readouterr()
    assert "restore a backup" in printed.out + printed.err


@pytest.mark.sqlite
def test_a_backup_brings_everything_back(home: Path, capsys: Output):
    wayline(home, "import", written(home, "reply.json", reply()))
    saved = home.parent / "saved.tar.gz"
    assert wayline(home, "backup", str(saved)) == 0
    assert saved.stat().st_mode & 0o777 == 0o600
    other = home.parent / "other"
    assert wayline(other, "restore", str(saved)) == 0
    opened = Wayline.open(Settings(other))
    assert [j["slug"] for j in opened.system().journeys()] == ["reply"]
    opened.close()
    assert wayline(other, "doctor") == 0


@pytest.mark.sqlite
def test_a_backup_comes_to_its_end_while_others_write(home: Path, capsys: Output):
    wayline(home, "import", written(home, "reply.json", reply()))
    over, written_on = threading.Event(), [0]

    def write() -> None:
        with closing(sqlite3.connect(home / "wayline.db", isolation_level=None)) as conn:
            conn.execute("PRAGMA synchronous = OFF")
            while written_on[0] < 5000 and not over.wait(0.001):
                conn.execute("INSERT INTO padding VALUES ('y')")
                written_on[0] += 1

    with closing(sqlite3.connect(home / "wayline.db", isolation_level=None)) as conn:
        conn.execute("CREATE TABLE padding (text TEXT)")
        conn.execute("BEGIN")
        for _ in range(400):
            conn.execute("INSERT INTO padding VALUES (?)", ("x" * 100_000,))
        conn.execute("COMMIT")
    other = threading.Thread(target=write)
    other.start()
    try:
        assert wayline(home, "backup", str(home.parent / "saved.tar.gz")) == 0
    finally:
        over.set()
        other.join()
    assert written_on[0] < 5000, "the backup waited for the writer to come to an end"


@pytest.mark.sqlite
def test_data_that_is_there_is_only_replaced_when_asked_and_then_set_aside(
    home: Path, capsys: Output
):
    saved = home.parent / "saved.tar.gz"
    wayline(home, "backup", str(saved))
    wayline(home, "import", written(home, "reply.json", reply()))
    assert wayline(home, "restore", str(saved)) == 1
    assert wayline(home, "restore", str(saved), "--replace") == 0
    opened = Wayline.open(Settings(home))
    assert opened.system().journeys() == []
    opened.close()
    assert len(list(home.glob("before-*/wayline.db"))) == 1


@pytest.mark.sqlite
def test_a_backup_that_was_changed_is_refused(home: Path, capsys: Output):
    saved, changed = home.parent / "saved.tar.gz", home.parent / "changed.tar.gz"
    wayline(home, "backup", str(saved))
    with tarfile.open(saved) as source, tarfile.open(changed, "w:gz") as target:
        for member in source:
            file = source.extractfile(member)
            assert file is not None
            content = file.read()
            if member.name == "wayline.db":
                content = content[:-1] + bytes([content[-1] ^ 1])
            target.addfile(member, io.BytesIO(content))
    other = home.parent / "other"
    assert wayline(other, "restore", str(changed)) == 1
    assert "damaged" in capsys.readouterr().err
    assert not (other / "wayline.db").exists()


@pytest.mark.sqlite
@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "other.txt"])
def test_a_backup_that_reaches_outside_is_refused(home: Path, capsys: Output, name: str):
    evil = home.parent / "evil.tar.gz"
    with tarfile.open(evil, "w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.size = 1
        archive.addfile(member, io.BytesIO(b"x"))
    assert wayline(home.parent / "other", "restore", str(evil)) == 1
    assert not (home.parent / "outside").exists()


@pytest.mark.sqlite
def test_what_is_no_backup_is_refused(home: Path, capsys: Output):
    text = home.parent / "text"
    text.write_text("hello")
    assert wayline(home.parent / "other", "restore", str(text)) == 1
    assert wayline(home.parent / "other", "backup", str(text)) == 1
    assert "not a backup" in capsys.readouterr().err


COMMANDS = [
    ["import", "reply.json"],
    ["export", "reply"],
    ["publish", "reply"],
    ["key", "create"],
    ["credential", "set", "mail"],
    ["doctor"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("postgresql://wayline:secret@127.0.0.1:1/none", "start it, or correct the address"),
        ("none", "write it like postgresql://"),
    ],
)
def test_a_database_that_cannot_be_opened_is_a_sentence(
    home: Path,
    capsys: Output,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    url: str,
    remedy: str,
):
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setattr("runtime.store.database._PATIENCE", 0.1)  # it does not come back
    assert wayline(home, *words) == 1
    said = capsys.readouterr().err
    assert said.startswith("wayline: ")
    assert remedy in said
    assert "secret" not in said


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_setting_that_cannot_be_read_ends_with_2(
    home: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch, words: list[str]
):
    monkeypatch.setenv("WAYLINE_PORT", "eighty")
    assert wayline(home, *words) == 2
    assert "'eighty'" in capsys.readouterr().err


# --- Forgetting -------------------------------------------------------------------------------


def say(home: Path, who: str, name: str = "trial.started") -> None:
    """An event of somebody comes in and is worked on."""
    wayline = Wayline.open(Settings(home, database=elsewhere()))
    workspace = wayline.system().desk.workspace
    wayline.intake.accept_now(Incoming(workspace, "api", None, "track", name, {"any": who}, {}))
    work = Work(wayline.database, Model(), wayline.settings)
    work.drain(time.monotonic() + 30)
    work.close()
    wayline.close()


def names(home: Path) -> list[str]:
    wayline = Wayline.open(Settings(home, database=elsewhere()))
    found = wayline.system().customers()["customers"]
    wayline.close()
    return sorted(str(one["external_id"]) for one in found)


def forget(home: Path, who: str) -> None:
    wayline = Wayline.open(Settings(home, database=elsewhere()))
    assert wayline.system().erase_customer(who)["done"]
    wayline.close()


@pytest.mark.skipif(bool(elsewhere()), reason="backup and restore are for SQLite")
@pytest.mark.sqlite
def test_a_backup_from_before_erases_again_who_was_erased_since(home: Path, capsys: Output):
    for who in ("maya", "ben"):
        say(home, who)
    file = home.parent / "saved.tar.gz"
    assert main(["backup", str(file), "--data", str(home)]) == 0
    forget(home, "maya")
    say(home, "cleo")
    assert main(["restore", str(file), "--data", str(home), "--replace"]) == 0
    assert "1 customer who was erased before was erased again." in capsys.readouterr().out
    assert names(home) == ["ben"]


@pytest.mark.skipif(bool(elsewhere()), reason="backup and restore are for SQLite")
@pytest.mark.sqlite
def test_on_a_new_machine_the_list_of_the_erased_does_the_same(home: Path, capsys: Output):
    say(home, "maya")
    file, listed = home.parent / "saved.tar.gz", home.parent / "erased.txt"
    assert main(["backup", str(file), "--data", str(home)]) == 0
    forget(home, "maya")
    capsys.readouterr()
    assert main(["erased", "--data", str(home)]) == 0
    text = capsys.readouterr().out
    assert "maya" not in text
    listed.write_text(text)
    new = str(home.parent / "new")
    arguments = ["restore", str(file), "--data", new, "--erased", str(listed)]
    assert main(arguments) == 0
    assert names(Path(new)) == []
    say(Path(new), "maya")  # back of their own accord
    assert main(["erased", str(listed), "--data", new]) == 0
    assert names(Path(new)) == ["maya"]


def test_what_is_no_list_of_the_erased_is_refused(home: Path, capsys: Output):
    wrong = home.parent / "wrong.txt"
    wrong.write_text("maya@example.com\n")
    assert main(["erased", str(wrong), "--data", str(home)]) == 2
    assert "not what `wayline erased` prints" in capsys.readouterr().err


def test_the_retention_rule_is_carried_out_now(home: Path, capsys: Output):
    file = home.parent / "greeting.json"
    file.write_text(json.dumps(greeting()))
    assert main(["import", str(file), "--data", str(home)]) == 0
    assert main(["publish", "greeting", "--data", str(home)]) == 0
    say(home, "maya")
    capsys.readouterr()
    assert main(["retain", "--data", str(home)]) == 0
    assert "Taken out: 0 finished runs, 0 events and 0 edits of drafts." in capsys.readouterr().out
    now = datetime.now(UTC).isoformat()
    assert main(["retain", "--before", now, "--data", str(home)]) == 0
    said = capsys.readouterr().out
    assert "Taken out: 1 finished runs, 1 events and 0 edits of drafts." in said
    assert "Left: 0 finished runs" in said
    assert main(["retain", "--before", "soon", "--data", str(home)]) == 2
    assert main(["retain", "--before", "2999-01-01", "--data", str(home)]) == 2
    assert main(["doctor", "--data", str(home)]) == 0


def test_a_workspace_that_keeps_everything_says_so(home: Path, capsys: Output):
    wayline = Wayline.open(Settings(home, database=elsewhere()))
    with pytest.raises(Refused, match="at least 7 days"):
        wayline.system().save_settings(retention_days=3)
    assert wayline.system().settings()["retention_days"] == 365
    assert wayline.system().save_settings(retention_days=0)["retention_days"] == 0
    wayline.close()
    capsys.readouterr()
    assert main(["retain", "--data", str(home)]) == 0
    assert "kept for ever" in capsys.readouterr().out


@pytest.mark.skipif(bool(elsewhere()), reason="PostgreSQL keeps its files in order by itself")
@pytest.mark.sqlite
def test_an_older_file_is_made_to_shrink(home: Path, capsys: Output):
    path = home / "wayline.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("PRAGMA auto_vacuum = NONE")
        conn.execute("VACUUM")
        assert conn.execute("PRAGMA auto_vacuum").fetchall() == [(0,)]
    assert main(["doctor", "--compact", "--data", str(home)]) == 0
    assert "The file has" in capsys.readouterr().out
    with closing(sqlite3.connect(path)) as conn:
        assert conn.execute("PRAGMA auto_vacuum").fetchall() == [(2,)]
