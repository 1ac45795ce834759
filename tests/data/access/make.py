# SPDX-License-Identifier: Apache-2.0
"""Writes keys.json and tokens.txt beside it: tokens made by python3-jwt, by openssl's command line,
and, where neither makes what is hostile, by hand with python3-cryptography. The keys are made anew
and thrown away. In tokens.txt a line is a name, a blank and a token; those whose names begin with
good_ are such, expired ones with expired_, the others are to be refused at 1,800,000,000."""

import base64
import hashlib
import hmac
import json
import pathlib
import subprocess
import tempfile

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

NOW = 1_800_000_000
HERE = pathlib.Path(__file__).parent
CLAIMS = {"iss": "https://issuer.example", "aud": "tickgate", "sub": "acme", "iat": NOW - 60,
          "exp": NOW + 600, "tickgate": {"symbols": ["KRAKEN:*"], "depth": 10}}
ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551  # of P-256


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, size=None):
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
SECRET = hashlib.sha256(b"for tests only").digest()
RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)
PEM = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def jwks():
    n, point = RSA.public_key().public_numbers(), EC.public_key().public_numbers()
    return {"keys": [
        {"kty": "RSA", "kid": "rsa", "use": "sig", "alg": "RS256", "n": number(n.n), "e": number(n.e)},
        {"kty": "EC", "kid": "ec", "crv": "P-256", "x": number(point.x, 32), "y": number(point.y, 32)},
        {"kty": "OKP", "kid": "ed", "crv": "Ed25519", "x": b64(ED.public_key().public_bytes(*RAW))},
        {"kty": "oct", "kid": "hs", "k": b64(SECRET)}]}


def by_jwt(claims, algorithm="HS256", **headers):
    key = {"RS256": RSA, "ES256": EC, "EdDSA": ED, "HS256": SECRET}[algorithm]
    kid = {"RS256": "rsa", "ES256": "ec", "EdDSA": "ed", "HS256": "hs"}[algorithm]
    return jwt.encode(claims, key, algorithm, headers={"kid": kid, **headers})


def raw_text(value):
    return value if isinstance(value, (bytes, str)) else json.dumps(value, separators=(",", ":"))


def by_hand(header, payload, sign=lambda text: hmac.new(SECRET, text, "sha256").digest()):
    parts = [raw_text(part) for part in (header, payload)]
    text = ".".join(b64(part if isinstance(part, bytes) else part.encode()) for part in parts)
    return f"{text}.{b64(sign(text.encode()))}"


def by_openssl(header, key, *command):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "key.pem").write_bytes(key.private_bytes(
            PEM[0], serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))

        def sign(text):
            (folder / "text").write_bytes(text)
            subprocess.run(["openssl", *command, folder / "key.pem", "-out", folder / "signature",
                            *(["-in"] if "pkeyutl" in command else []), folder / "text"], check=True)
            return (folder / "signature").read_bytes()

        return by_hand(header, CLAIMS, sign)


def claims(**more):
    return {name: value for name, value in {**CLAIMS, **more}.items() if value is not None}


def nested(depth):
    """A claim so many levels deep, the payload and itself among them."""
    return json.loads("[" * (depth - 1) + "]" * (depth - 1))


def raw_es256(text):
    r, s = utils.decode_dss_signature(EC.sign(text, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def good():
    yield from ((f"rs256 es256 eddsa hs256".split()[i], by_jwt(CLAIMS, algorithm))
                for i, algorithm in enumerate(("RS256", "ES256", "EdDSA", "HS256")))
    yield "openssl_rs256", by_openssl({"alg": "RS256", "kid": "rsa"}, RSA, "dgst", "-sha256", "-sign")
    yield "openssl_eddsa", by_openssl({"alg": "EdDSA", "kid": "ed"}, ED, "pkeyutl", "-sign", "-rawin",
                                      "-inkey")
    yield "without_kid", jwt.encode(CLAIMS, EC, "ES256")
    yield "access_token", by_jwt(CLAIMS, typ="at+jwt")
    yield "several_audiences", by_jwt(claims(aud=["other", "tickgate"]))
    yield "just_ended", by_jwt(claims(exp=NOW - 59))
    yield "soon_valid", by_jwt(claims(nbf=NOW + 59))
    yield "without_claim", by_jwt(claims(tickgate=None))
    yield "plan", by_jwt(claims(tickgate={"plan": "basic", "channels": ["quote", "book"]}))
    yield "deepest", by_jwt(claims(more=nested(16)))
    yield "jku_that_is_not_read", by_jwt(CLAIMS, jku="http://127.0.0.1:1/keys")


def bad_signatures():
    head = {"alg": "HS256", "kid": "hs"}
    yield "none", by_hand({"alg": "none"}, CLAIMS, lambda text: b"x")[:-2]
    yield "none_with_a_key", by_hand({"alg": "nOnE", "kid": "rsa"}, CLAIMS)
    public = RSA.public_key().public_bytes(*PEM)
    confused = lambda text: hmac.new(public, text, "sha256").digest()
    yield "key_confusion", by_hand({"alg": "HS256", "kid": "rsa"}, CLAIMS, confused)
    yield "key_confusion_without_kid", by_hand({"alg": "HS256"}, CLAIMS, confused)
    yield "hs512_on_the_secret", by_hand({"alg": "HS512", "kid": "hs"}, CLAIMS,
                                         lambda text: hmac.new(SECRET, text, "sha512").digest())
    yield "hs512_called_hs256", by_hand(head, CLAIMS,
                                        lambda text: hmac.new(SECRET, text, "sha512").digest())
    yield "hs256_cut_short", by_hand(head, CLAIMS,
                                     lambda text: hmac.new(SECRET, text, "sha256").digest()[:16])
    yield "empty_secret", by_hand(head, CLAIMS, lambda text: hmac.new(b"", text, "sha256").digest())
    yield "rs512", by_hand({"alg": "RS256", "kid": "rsa"}, CLAIMS,
                           lambda text: RSA.sign(text, padding.PKCS1v15(), hashes.SHA512()))
    yield "ps256", by_hand({"alg": "PS256", "kid": "rsa"}, CLAIMS, lambda text: RSA.sign(
        text, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()))
    es = {"alg": "ES256", "kid": "ec"}
    yield "es256_der", by_openssl(es, EC, "dgst", "-sha256", "-sign")
    yield "es256_zero", by_hand(es, CLAIMS, lambda text: bytes(64))
    yield "es256_order", by_hand(es, CLAIMS, lambda text: ORDER.to_bytes(32, "big") * 2)
    yield "es256_longer", by_hand(es, CLAIMS, lambda text: raw_es256(text) + bytes(32))
    yield "es384_on_p256", by_hand({"alg": "ES384", "kid": "ec"}, CLAIMS, raw_es256)
    other = ed25519.Ed25519PrivateKey.generate()
    key = b64(other.public_key().public_bytes(*RAW))
    embedded = {"alg": "EdDSA", "kid": "ed", "jwk": {"kty": "OKP", "crv": "Ed25519", "x": key}}
    yield "jwk_embedded", by_hand(embedded, CLAIMS, other.sign)
    yield "jku_of_a_stranger", by_hand({"alg": "EdDSA", "jku": "http://127.0.0.1:1/"}, CLAIMS, other.sign)
    yield "signature_of_another_key", by_hand({"alg": "EdDSA", "kid": "ed"}, CLAIMS, other.sign)


def bad_headers():
    head = {"alg": "HS256", "kid": "hs"}
    for name, value in (("crit", ["exp"]), ("b64", False), ("zip", "DEF"), ("enc", "A256GCM")):
        yield name, by_hand({**head, name: value}, CLAIMS)
    yield "typ_of_another_kind", by_hand({**head, "typ": "logout+jwt"}, CLAIMS)
    yield "typ_number", by_hand({**head, "typ": 1}, CLAIMS)
    yield "kid_number", by_hand({**head, "kid": 1}, CLAIMS)
    yield "kid_unknown", by_hand({**head, "kid": "nobody"}, CLAIMS)
    yield "kid_of_a_file", by_hand({**head, "kid": "../../dev/null"}, CLAIMS)
    yield "alg_missing", by_hand({"kid": "hs"}, CLAIMS)
    yield "alg_twice", by_hand('{"alg":"none","alg":"HS256","kid":"hs"}', CLAIMS)
    yield "alg_twice_by_escape", by_hand('{"\\u0061lg":"none","alg":"HS256","kid":"hs"}', CLAIMS)
    yield "header_list", by_hand("[]", CLAIMS)
    yield "header_with_more_behind", by_hand('{"alg":"HS256","kid":"hs"}{}', CLAIMS)
    yield "header_too_long", by_hand({**head, "x": "y" * 1024}, CLAIMS)


def bad_claims():
    for name, more in (
            ("not_yet", {"nbf": NOW + 61}), ("issued_later", {"iat": NOW + 61}),
            ("exp_missing", {"exp": None}), ("exp_text", {"exp": str(NOW + 600)}),
            ("exp_fraction", {"exp": NOW + 600.5}), ("exp_huge", {"exp": 2**62}),
            ("exp_beyond_64_bits", {"exp": 2**64}), ("exp_beyond_the_ceiling", {"exp": NOW + 86_461}),
            ("exp_negative", {"exp": -1}), ("exp_list", {"exp": [NOW + 600]}),
            ("nbf_text", {"nbf": "0"}), ("iss_other", {"iss": "https://other.example"}),
            ("iss_missing", {"iss": None}), ("iss_list", {"iss": ["https://issuer.example"]}),
            ("aud_other", {"aud": "tickgate2"}), ("aud_missing", {"aud": None}),
            ("aud_empty", {"aud": []}), ("sub_missing", {"sub": None}), ("sub_empty", {"sub": ""}),
            ("sub_number", {"sub": 7}), ("sub_control", {"sub": "ac\nme"}), ("sub_nul", {"sub": "acme\0"}),
            ("sub_c1", {"sub": "ac\x85me"}), ("sub_long", {"sub": "a" * 257}),
            ("too_deep", {"more": nested(17)}),
            ("claim_text", {"tickgate": "all"}), ("claim_null", {"tickgate": None}),
            ("claim_of_an_unknown_name", {"tickgate": {"symbol": ["KRAKEN:*"]}}),
            ("claim_bad_symbol", {"tickgate": {"symbols": ["KRAKEN*"]}}),
            ("claim_symbols_text", {"tickgate": {"symbols": "*"}}),
            ("claim_bad_channel", {"tickgate": {"channels": ["qoute"]}}),
            ("claim_depth_zero", {"tickgate": {"depth": 0}}),
            ("claim_delay_negative", {"tickgate": {"delay_s": -1}}),
            ("claim_depth_text", {"tickgate": {"depth": "10"}}),
            ("plan_unknown", {"tickgate": {"plan": "gold"}}),
            ("subject_denied", {"sub": "mallory"}), ("subject_denied_before", {"sub": "old"})):
        payload = claims(**more)
        if name == "claim_null":
            payload["tickgate"] = None
        yield name, by_hand({"alg": "HS256", "kid": "hs"}, payload)
    text = raw_text(CLAIMS)
    for name, payload in (
            ("sub_twice", text[:-1] + ',"sub":"root"}'),
            ("name_twice_deep", text.replace('"depth":10', '"depth":10,"depth":25')),
            ("name_twice_by_escape", text[:-1] + ',"s\\u0075b":"root"}'),
            ("payload_list", "[]"), ("payload_empty_text", '""'), ("payload_cut", text[:-1]),
            ("payload_not_utf8", text.encode().replace(b"acme", b"ac\xff\xfe")),
            ("payload_with_more_behind", text + "{}")):
        yield name, by_hand({"alg": "HS256", "kid": "hs"}, payload)


def main():
    (HERE / "keys.json").write_text(json.dumps(jwks(), indent=1) + "\n", encoding="utf-8")
    lines = [f"good_{name} {token}" for name, token in good()]
    lines.append(f"expired_an_hour {by_jwt(claims(exp=NOW - 3600), 'RS256')}")
    lines.append(f"expired_just {by_jwt(claims(exp=NOW - 60), 'ES256')}")
    for made in (bad_signatures(), bad_headers(), bad_claims()):
        lines += [f"{name} {token}" for name, token in made]
    (HERE / "tokens.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
