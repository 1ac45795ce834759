# SPDX-License-Identifier: Apache-2.0
"""Certificates of the tests' own, made afresh."""
import datetime
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def self_signed(folder, name):
    """One for localhost with this common name. -> the paths of certificate and key"""
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", key, "-out", certificate],
                   check=True, capture_output=True, timeout=30)
    return certificate, key


def authority_and_client(folder, name):
    """An authority, and a certificate of it for the client `name`. -> the paths of the authority's certificate,
    and of the client's and its key"""
    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=30)

    ca, ca_key = folder / "ca.crt", folder / "ca.key"
    request, certificate, key = (folder / f"{name}.{end}" for end in ("csr", "crt", "key"))
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *new_key, "-days", "2", "-subj", "/CN=clients", "-keyout", ca_key, "-out", ca)
    openssl("req", *new_key, "-subj", f"/CN={name}", "-keyout", key, "-out", request)
    openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "1",
            "-out", certificate)
    return ca, certificate, key


def that_ends(folder, name, authority, authority_key, seconds):
    """A client's of this authority, which holds for so long. -> the paths of certificate and key"""
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    mine, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.timezone.utc)
    issuer = x509.load_pem_x509_certificate(authority.read_bytes()).subject
    made = (x509.CertificateBuilder().subject_name(x509.Name.from_rfc4514_string(f"CN={name}"))
            .issuer_name(issuer).public_key(mine.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(seconds=seconds))
            .sign(serialization.load_pem_private_key(authority_key.read_bytes(), None), hashes.SHA256()))
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(mine.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                       serialization.NoEncryption()))
    return certificate, key
