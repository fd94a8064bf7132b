"""Encrypted calls to other people's servers, and servers that break them."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from runtime.ports.dialing import public_trust
from runtime.ports.outgoing import Outgoing
from tests.ports.scripted import OK, Loop, Reader, Server, Writer, ask, play, refused


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for shop.example and 127.0.0.1 that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example")])
    now = datetime.now(UTC)
    names = [x509.DNSName("shop.example"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = tmp_path_factory.mktemp("papers") / "both.pem"
    path.write_bytes(key.private_bytes(encoding, form, plain) + made.public_bytes(encoding))
    return path


def encrypted(papers: Path, *answers: bytes | None) -> Server:
    server = Server(*answers)
    server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.tls.load_cert_chain(papers)
    return server


def trusting(papers: Path) -> Callable[[], ssl.SSLContext]:
    return lambda: ssl.create_default_context(cafile=str(papers))


def test_an_encrypted_call_is_like_another(loop: Loop, papers: Path) -> None:
    server = encrypted(papers, OK)

    async def scene(out: Outgoing, url: str) -> list[bytes]:
        bodies = [(await ask(out, url)).body for _ in range(3)]
        direct = url.replace("shop.example", "127.0.0.1")
        return [*bodies, (await ask(out, direct)).body]

    assert play(loop, server, scene, trust=trusting(papers)) == [b"ok"] * 4
    assert server.connections <= 3  # a session ticket that comes late may cost one


def test_a_certificate_that_nobody_trusts_or_of_another_name_is_refused(
    loop: Loop, papers: Path
) -> None:
    server = encrypted(papers, OK)

    async def other(out: Outgoing, url: str) -> tuple[str, str, bool]:
        return await refused(out, url.replace("shop.", "bank."))

    for scene, trust in ((refused, public_trust), (other, trusting(papers))):
        kind, message, uncertain = play(loop, server, scene, trust=trust)
        assert (kind, uncertain) == ("network", False)
        assert "certificate" in message
    assert server.requests == []


def test_an_encrypted_connection_that_breaks_may_have_taken_it(loop: Loop, papers: Path) -> None:
    server = encrypted(papers, b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort")
    server.close = True
    kind, _, uncertain = play(loop, server, refused, trust=trusting(papers))
    assert (kind, uncertain) == ("network", True)


class Deaf(Server):
    """Speaks at once, and no TLS."""

    async def __call__(self, reader: Reader, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()


def test_encryption_where_none_is_spoken_fails_before_anything_is_said(loop: Loop) -> None:
    async def scene(out: Outgoing, url: str) -> tuple[str, str, bool]:
        return await refused(out, url.replace("http:", "https:"))

    kind, _, uncertain = play(loop, Deaf(), scene)
    assert (kind, uncertain) == ("network", False)
