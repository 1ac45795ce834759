# SPDX-License-Identifier: Apache-2.0
import pathlib
import tempfile

import pytest

import certificate


@pytest.fixture(scope="session")
def keys():
    """The paths of a certificate for localhost and of its key."""
    with tempfile.TemporaryDirectory(prefix="tickgate-keys-") as folder:
        yield certificate.self_signed(pathlib.Path(folder), "localhost")
