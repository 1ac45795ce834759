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
