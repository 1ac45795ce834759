# SPDX-License-Identifier: Apache-2.0
"""Tokens of the tests' own, by python3-jwt, and the key set by which a gateway knows them."""
import base64
import json
import os
import time

import jwt

SECRET, OTHER = b"of the tests alone, 32 bytes long", b"another one, of the tests as well"


def write(path, text):
    """As an editor does: the new file is whole before it has the name, and nobody else may read it."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.chmod(0o600)
    os.replace(fresh, path)
    return path


def write_keys(path, secret=SECRET):
    """A JWK set with the one key of these tokens."""
    key = base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
    return write(path, json.dumps({"keys": [{"kty": "oct", "kid": "tests", "k": key}]}))


def token(subject="me", ends_in=600, secret=SECRET, **claims):
    """`claims` are those of `tickgate`."""
    return jwt.encode({"sub": subject, "exp": int(time.time()) + ends_in, "tickgate": claims}, secret, "HS256",
                      headers={"kid": "tests"})


def bearer(text):
    return {"Authorization": f"Bearer {text}"}
