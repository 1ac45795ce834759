# SPDX-License-Identifier: Apache-2.0
"""Who issues tokens: python3-jwt, which is nobody's of ours, with a key of each kind."""

import base64
import json
import time

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa


def encoded(number_or_bytes):
    raw = number_or_bytes
    if isinstance(raw, int):
        raw = raw.to_bytes((raw.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class TokenMaker:
    name, audience, secret = "https://issuer.example", "tickgate", "a secret of more than 32 bytes, for tests"
    algorithms = {"HS256": "secret", "RS256": "pair", "ES256": "curve", "EdDSA": "edwards"}  # and its key

    def __init__(self, folder):
        self.path = folder / "jwks.json"
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.curve, self.edwards = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
        self.write(*self.algorithms.values())

    def keys(self):
        """-> all of them as JWK, by name"""
        numbers, point = self.private.public_key().public_numbers(), self.curve.public_key().public_numbers()
        raw = self.edwards.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return {"secret": {"kty": "oct", "k": encoded(self.secret.encode())},
                "pair": {"kty": "RSA", "n": encoded(numbers.n), "e": encoded(numbers.e)},
                "curve": {"kty": "EC", "crv": "P-256", "x": encoded(point.x.to_bytes(32, "big")),
                          "y": encoded(point.y.to_bytes(32, "big"))},
                "edwards": {"kty": "OKP", "crv": "Ed25519", "x": encoded(raw)}}

    def set_of(self, **kids):
        """-> a JWK set: of each name under which a key is known, the key"""
        keys = self.keys()
        return json.dumps({"keys": [{"kid": kid, **keys[name]} for kid, name in kids.items()]})

    def write(self, *kids):
        """The keys that the gateway holds from now on."""
        fresh = self.path.with_suffix(".new")
        fresh.write_text(self.set_of(**{kid: kid for kid in kids}), encoding="utf-8")
        fresh.chmod(0o600)
        fresh.replace(self.path)

    def auth(self, **more):
        return {"jwks_file": str(self.path), "issuer": self.name, "audience": self.audience, **more}

    def public_pem(self):
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()

    def token(self, subject, seconds=3600, algorithm="HS256", kid=None, **tickgate):
        claims = {"sub": subject, "iss": self.name, "aud": self.audience, "exp": int(time.time()) + seconds}
        if tickgate:
            claims["tickgate"] = tickgate
        key = {"HS256": self.secret, "RS256": self.private, "ES256": self.curve, "EdDSA": self.edwards}[algorithm]
        return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid or self.algorithms[algorithm]})
