"""An issuer of our own: a real HTTP server on 127.0.0.1 that publishes its keys by OpenID Connect discovery, until it misbehaves.

`mood` is put before each of its answers: a function of the path and the honest reply, which may wait, lie, or say something else.
Tokens are signed by its newest key. `signed` and `with_secret` write one by hand, so that a header can say anything.
"""

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import CertificateBuilder, IPAddress, Name, NameAttribute, SubjectAlternativeName, random_serial_number
from cryptography.x509.oid import NameOID
from joserfc import jws
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey

from tests.listening import Reply, listening

AUDIENCE = "pool-ledger"
REALMS = itertools.count(1)  # no two issuers of a test run share an address, even where they share a port

Mood = Callable[[str, Reply], Reply]

# Made once: an RSA key takes its time.
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"})


def ec(kid: str, use: str = "sig") -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": use})


def ed(kid: str) -> OKPKey:
    return OKPKey.generate_key("Ed25519", {"kid": kid, "use": "sig"})


def algorithm_of(key: Key) -> str:
    return {"EC": "ES256", "RSA": "RS256", "OKP": "Ed25519"}[key.key_type]


@dataclass
class Issuer:
    keys: list[Key] = field(default_factory=lambda: [ec("ec-1")])
    url: str = ""
    asked: list[str] = field(default_factory=list)  # the paths that were fetched
    agents: set[str] = field(default_factory=set)
    mood: Mood = lambda path, reply: reply
    told: dict[str, Any] = field(default_factory=dict)  # put into the discovery document, over what is there

    @property
    def realm(self) -> str:
        return "/" + self.url.split("/", 3)[3].rstrip("/")

    def answer(self, path: str, headers: Mapping[str, str], _: bytes | None) -> Reply:
        self.agents.add(headers["User-Agent"])
        self.asked.append(path)
        documents: dict[str, Any] = {
            f"{self.realm}/.well-known/openid-configuration": {"issuer": self.url, "jwks_uri": f"{self.url}/certs"} | self.told,
            f"{self.realm}/certs": {"keys": [key.as_dict(private=False) for key in self.keys]},
        }
        honest = Reply(200, json.dumps(documents[path]).encode(), "application/json") if path in documents else Reply(404)
        return self.mood(path, honest)

    def claims(self, now: datetime, **told: Any) -> dict[str, Any]:
        """Those of a reader; None leaves one out."""
        seconds = int(now.timestamp())
        claims = {"iss": self.url, "aud": AUDIENCE, "sub": "reader-1", "ledger_role": "reader"}
        times = {"iat": seconds, "exp": seconds + 300}
        return {name: value for name, value in (claims | times | told).items() if value is not None}

    def token(self, now: datetime, key: Key | None = None, header: dict[str, Any] | None = None, **told: Any) -> str:
        """A good token, but for what is told: claims, or the header."""
        key = key or self.keys[-1]
        head = {"alg": algorithm_of(key), "typ": "JWT", "kid": key.kid} | (header or {})
        head = {name: value for name, value in head.items() if value is not None}
        return signed(head, self.claims(now, **told), key)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def written(header: Any, claims: Any) -> str:
    """What is signed: header and claims, each as JSON or as the bytes they are."""
    parts = (part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, claims))
    return ".".join(map(b64, parts))


def signed(header: Any, claims: Any, key: Key, algorithm: str | None = None) -> str:
    """Signed with the key, whatever the header says of it."""
    text = written(header, claims)
    model = jws.JWSRegistry.algorithms[algorithm or algorithm_of(key)]
    return f"{text}.{b64(model.sign(text.encode(), key))}"


def with_secret(header: Any, claims: Any, secret: bytes) -> str:
    text = written(header, claims)
    return f"{text}.{b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def public(key: Key) -> Key:
    return JWKRegistry.import_key(key.as_dict(private=False))


def certificate(path: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody has vouched for, with its key, in one file."""
    key = generate_private_key(SECP256R1())
    name, now = Name([NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")]), datetime.now(UTC)
    made = (
        CertificateBuilder(name, name, key.public_key(), random_serial_number(), now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(SubjectAlternativeName([IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, SHA256())
    )
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    )  # fmt: skip
    return path


@contextmanager
def issuer(*keys: Key, tls: Path | None = None) -> Iterator[Issuer]:
    """Running until the end; over https where it has a certificate."""
    one = Issuer(list(keys)) if keys else Issuer()
    with listening(one.answer, tls) as address:
        one.url = f"{address}/realms/{next(REALMS)}"
        yield one
