"""Credentials stay sealed."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runtime.settings import Settings
from runtime.vault import Vault, VaultError

SECRET = {"host": "mail.example.com", "password": "canary-Grün-7"}


def test_a_secret_comes_back_as_it_was_and_never_stands_in_the_envelope(tmp_path: Path) -> None:
    vault = Vault(Settings(tmp_path), "")
    sealed = vault.seal("w1", "c1", SECRET)
    assert vault.open("w1", "c1", sealed) == SECRET
    assert b"canary" not in sealed
    assert sealed != vault.seal("w1", "c1", SECRET)


@pytest.mark.parametrize(("workspace", "id"), [("w2", "c1"), ("w1", "c2"), ("w1\0c", "1")])
def test_a_secret_opens_only_for_its_workspace_and_id(
    tmp_path: Path, workspace: str, id: str
) -> None:
    vault = Vault(Settings(tmp_path), "")
    with pytest.raises(VaultError, match="another workspace"):
        vault.open(workspace, id, vault.seal("w1", "c1", SECRET))


@pytest.mark.parametrize("at", [0, 1, 9, 30, -1])
def test_a_changed_envelope_does_not_open(tmp_path: Path, at: int) -> None:
    vault = Vault(Settings(tmp_path), "")
    sealed = bytearray(vault.seal("w1", "c1", SECRET))
    sealed[at] ^= 1
    with pytest.raises(VaultError):
        vault.open("w1", "c1", bytes(sealed))


def test_a_cut_envelope_does_not_open(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="damaged"):
        Vault(Settings(tmp_path), "").open("w1", "c1", b"\x01short")


def test_the_key_file_is_private_and_is_kept(tmp_path: Path) -> None:
    sealed = Vault(Settings(tmp_path / "data"), "").seal("w1", "c1", SECRET)
    file = tmp_path / "data" / "secret.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [f.name for f in file.parent.iterdir()] == ["secret.key"]
    assert Vault(Settings(tmp_path / "data"), "").open("w1", "c1", sealed) == SECRET


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        vaults = list(pool.map(lambda _: Vault(Settings(tmp_path), ""), range(16)))
    sealed = vaults[0].seal("w1", "c1", SECRET)
    assert all(v.open("w1", "c1", sealed) == SECRET for v in vaults)


def test_a_new_key_in_front_seals_and_the_old_one_still_opens(tmp_path: Path) -> None:
    old = Vault(Settings(tmp_path), "an old secret of some length")
    new = Vault(Settings(tmp_path), "a new secret of some length, an old secret of some length")
    sealed = old.seal("w1", "c1", SECRET)
    assert new.open("w1", "c1", sealed) == SECRET
    assert not new.current(sealed)
    again = new.seal("w1", "c1", SECRET)
    assert new.current(again)
    with pytest.raises(VaultError, match="another key"):
        old.open("w1", "c1", again)


def test_a_short_secret_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="at least 16"):
        Vault(Settings(tmp_path), "hunter2")


def test_a_data_folder_that_is_a_file_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(VaultError, match="make the data folder writable"):
        Vault(Settings(tmp_path / "data"), "")
