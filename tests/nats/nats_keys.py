# SPDX-License-Identifier: Apache-2.0
"""Keys of NATS as its own tools make them: NKeys, and an operator whose accounts' users come by JWT.

An NKey is an Ed25519 key in base32 with a byte that says whose it is and a CRC-16; a JWT of NATS is a
signed JSON object whose `alg` is `ed25519-nkey`, and whose `jti` nobody checks.
https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/nkey_auth and jwt
"""

import base64
import binascii
import json
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

OPERATOR, ACCOUNT, USER, SEED = 14 << 3, 0, 20 << 3, 18 << 3  # they make the letters O, A, U and S
NO_LIMIT = -1
LIMITS = {name: NO_LIMIT for name in ("subs", "data", "payload", "imports", "exports", "conn", "leaf")}
STORAGE = {name: NO_LIMIT for name in ("mem_storage", "disk_storage", "streams", "consumer")}


def encoded(data):
    crc = binascii.crc_hqx(data, 0)
    return base64.b32encode(data + crc.to_bytes(2, "little")).decode().rstrip("=")


def segment(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Key:
    """An NKey of this kind, new."""

    def __init__(self, kind):
        self.kind, self.key = kind, Ed25519PrivateKey.generate()

    @property
    def public(self):
        raw = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return encoded(bytes([self.kind]) + raw)

    @property
    def seed(self):
        raw = self.key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        return encoded(bytes([SEED | (self.kind >> 5), (self.kind & 31) << 3]) + raw)

    def sign(self, subject, name, claims, **more):
        """-> a JWT of `subject`, a key, by this one"""
        body = {"jti": "of-the-test", "iat": int(time.time()), "iss": self.public, "name": name,
                "sub": subject.public, "nats": {**claims, "version": 2}, **more}
        signed = ".".join(segment(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ed25519-nkey"}, body))
        return f"{signed}.{segment(self.key.sign(signed.encode()))}"


class Operator:
    """Whoever runs the servers: `config` is what they are told, `user` makes a file of credentials."""

    def __init__(self):
        self.key, self.account, system = Key(OPERATOR), Key(ACCOUNT), Key(ACCOUNT)
        jwts = {key.public: self.key.sign(key, name, {"type": "account", "limits": {**LIMITS, **limits}})
                for key, name, limits in ((self.account, "prices", {"wildcards": True, **STORAGE}),
                                          (system, "system", {"wildcards": True}))}
        itself = self.key.sign(self.key, "operator", {"type": "operator", "system_account": system.public})
        preload = "\n".join(f"  {public}: {jwt}" for public, jwt in jwts.items())
        self.config = (f"operator: {itself}\nsystem_account: {system.public}\nresolver: MEMORY\n"
                       f"resolver_preload: {{\n{preload}\n}}\n")

    def user(self, path, expires_in=None, by=None):
        """Writes the credentials of a new user: its JWT, by the account or another key, and its seed."""
        user, issuer = Key(USER), by or self.account
        claims = {"type": "user", "subs": NO_LIMIT, "data": NO_LIMIT, "payload": NO_LIMIT}
        more = {} if expires_in is None else {"exp": int(time.time() + expires_in)}
        jwt = issuer.sign(user, "tickgate", claims, **more)
        text = "\n".join(line for what, secret in (("NATS USER JWT", jwt), ("USER NKEY SEED", user.seed))
                         for line in (f"-----BEGIN {what}-----", secret, f"------END {what}------", ""))
        path.write_text(text, encoding="ascii")
        path.chmod(0o600)
        return user.seed, jwt
