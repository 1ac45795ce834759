# SPDX-License-Identifier: Apache-2.0
"""Certificates of the tests' own, made afresh."""
import subprocess


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
