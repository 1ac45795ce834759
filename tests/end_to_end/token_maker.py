# SPDX-License-Identifier: Apache-2.0
"""Who issues tokens: python3-jwt, which is nobody's of ours, with a secret and a pair of keys."""

import base64
import json
import time

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


def encoded(number_or_bytes):
    raw = number_or_bytes
    if isinstance(raw, int):
        raw = raw.to_bytes((raw.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class TokenMaker:
    name, audience, secret = "https://issuer.example", "tickgate", "a secret of more than 32 bytes, for tests"

    def __init__(self, folder):
        self.path = folder / "jwks.json"
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.write("secret", "pair")

    def write(self, *kids):
        """The keys that the gateway holds from now on."""
        numbers = self.private.public_key().public_numbers()
        keys = [{"kid": "secret", "kty": "oct", "k": encoded(self.secret.encode())},
                {"kid": "pair", "kty": "RSA", "n": encoded(numbers.n), "e": encoded(numbers.e)}]
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps({"keys": [one for one in keys if one["kid"] in kids]}), encoding="utf-8")
        fresh.chmod(0o600)
        fresh.replace(self.path)

    def auth(self, **more):
        return {"jwks_file": str(self.path), "issuer": self.name, "audience": self.audience, **more}

    def public_pem(self):
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()

    def token(self, subject, seconds=3600, algorithm="HS256", **tickgate):
        claims = {"sub": subject, "iss": self.name, "aud": self.audience, "exp": int(time.time()) + seconds}
        if tickgate:
            claims["tickgate"] = tickgate
        key, kid = (self.secret, "secret") if algorithm == "HS256" else (self.private, "pair")
        return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid})
