"""Seals credentials: AES-256-GCM, bound to their workspace and id, under a key that can be
replaced.

The envelope is `version (1 byte) | key id (8) | nonce (12) | ciphertext and tag`. Keys come from
`WAYLINE_SECRET` (several by comma) or from the file `secret.key` in the data folder (one a line,
made when missing). The first key seals; every key opens: to rotate, put a new one in front and
save each credential once more.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from runtime.settings import Settings

_VERSION = b"\x01"
_LEAST = 16  # characters of a WAYLINE_SECRET


class VaultError(Exception):
    """A secret could not be sealed or opened; the message says the remedy."""


class Vault:
    """Seals and opens the secrets of one installation."""

    def __init__(self, settings: Settings, secret: str | None = None) -> None:
        """`secret` stands for the environment's WAYLINE_SECRET (given by tests)."""
        given = os.environ.get("WAYLINE_SECRET", "") if secret is None else secret
        texts = given.split(",") if given.strip() else _key_file(settings.data / "secret.key")
        keys = [_key(text.strip()) for text in texts if text.strip()]
        self._keys = {_key_id(key): key for key in keys}
        if not self._keys:
            raise VaultError("The file secret.key in the data folder is empty: restore it.")

    def seal(self, workspace: str, id: str, secret: Mapping[str, Any]) -> bytes:
        """The envelope of this secret; it opens only for the same workspace and id."""
        name, key = next(iter(self._keys.items()))
        nonce = secrets.token_bytes(12)
        plain = json.dumps(dict(secret), separators=(",", ":")).encode()
        return _VERSION + name + nonce + AESGCM(key).encrypt(nonce, plain, _bound(workspace, id))

    def open(self, workspace: str, id: str, sealed: bytes) -> dict[str, Any]:
        """The secret in this envelope; raises VaultError."""
        sealed = bytes(sealed)
        if sealed[:1] != _VERSION or len(sealed) < 21 + 16:
            raise VaultError("This credential is damaged: enter it again in the settings.")
        key = self._keys.get(sealed[1:9])
        if key is None:
            raise VaultError(
                "This credential was sealed with another key: restore secret.key (or "
                "WAYLINE_SECRET), "
                "or enter the credential again in the settings."
            )
        try:
            plain = AESGCM(key).decrypt(sealed[9:21], sealed[21:], _bound(workspace, id))
        except InvalidTag:
            raise VaultError(
                "This credential was changed or belongs to another workspace: enter it again."
            ) from None
        return json.loads(plain)

    def current(self, sealed: bytes) -> bool:
        """Whether this envelope was made with the newest key."""
        return bytes(sealed[1:9]) == next(iter(self._keys))


def _bound(workspace: str, id: str) -> bytes:
    return f"wayline credential\0{workspace}\0{id}".encode()


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"wayline key id" + key).digest()[:8]


def _key(text: str) -> bytes:
    """32 bytes: the text itself when it is 32 bytes of base64, else derived from it."""
    with contextlib.suppress(binascii.Error, ValueError):
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        if len(raw) == 32:
            return raw
    if len(text) < _LEAST:
        raise VaultError(f"WAYLINE_SECRET is too short: give at least {_LEAST} random characters.")
    return HKDF(hashes.SHA256(), 32, salt=None, info=b"wayline credentials").derive(text.encode())


def _key_file(path: Path) -> list[str]:
    """The keys in this file; it is made, complete and private from its first moment, when it is
    missing.
    """
    try:
        if not path.exists():
            _make_key_file(path)
        with contextlib.suppress(PermissionError):  # a volume that knows no modes
            path.chmod(0o600)
        return path.read_text("ascii").splitlines()
    except OSError as error:
        raise VaultError(
            f"The key file {path} cannot be read or made ({error.strerror}): make the data folder "
            f"writable."
        ) from error


def _make_key_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was first: use its key
            os.link(made, path)
    finally:
        made.unlink()
