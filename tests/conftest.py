# SPDX-License-Identifier: Apache-2.0
"""What the tests in Python share: the program under test, and coroutines as tests."""
import asyncio
import inspect
import os
import pathlib
import shutil
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
TEST_SECONDS = 60  # until a coroutine that does not end is a failure


def pytest_addoption(parser):
    parser.addoption("--preset", default=os.environ.get("TICKGATE_PRESET"),
                     help="whose build is tested: build/<preset>; default release, else dev")
    parser.addoption("--tickgate", type=pathlib.Path, help="the program itself, wherever it lies")


@pytest.fixture(scope="session")
def build(request):
    """The folder of the build under test."""
    preset = request.config.getoption("--preset")
    names = [preset] if preset else ["release", "dev"]
    folders = [ROOT / "build" / name for name in names]
    return next((folder for folder in folders if (folder / "tickgate").exists()), folders[0])


@pytest.fixture(scope="session")
def binary(request, build):
    program = request.config.getoption("--tickgate") or build / "tickgate"
    if not program.is_file():
        pytest.fail(f"{program} is not there; build it, or name another by --preset or --tickgate")
    return program.resolve()


@pytest.fixture(scope="session")
def release_binary():
    """What is true of the release build alone: how it is hardened, what it links."""
    program = ROOT / "build" / "release" / "tickgate"
    if not program.is_file():
        pytest.skip("no release build")
    return program


@pytest.fixture(scope="session")
def keys():
    """The paths of a certificate for localhost and of its key."""
    import certificate
    with tempfile.TemporaryDirectory(prefix="tickgate-keys-") as folder:
        yield certificate.self_signed(pathlib.Path(folder), "localhost")


def beside(variable, default):
    """A folder that may lie beside the checkout; the environment may name another."""
    return pathlib.Path(os.environ.get(variable) or ROOT / ".." / default).resolve()


@pytest.fixture(scope="session")
def captures():
    """Recorded venue traffic."""
    folder = beside("TICKGATE_CAPTURES", "shared/captures")
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there; TICKGATE_CAPTURES names the folder")
    return folder


@pytest.fixture(scope="session")
def nats_server(binary, tmp_path_factory):
    """The program nats-server, where the tickgate under test knows NATS."""
    import tier
    # It lies in sbin, which is not on everybody's path, or where deploy/packages.sh unpacks it.
    unpacked = ROOT / "build/tools/proxies/usr/sbin"
    program = shutil.which("nats-server",
                           path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin:{unpacked}")
    if program is None:
        pytest.skip("no nats-server (apt install nats-server)")
    if not tier.built_with_nats(binary, tmp_path_factory.mktemp("nats")):
        pytest.skip(f"{binary} was built without NATS (libnats)")
    return program


@pytest.fixture(scope="module")
def broker(nats_server):
    """One server for all tests of a file that take it: each has subjects of its own there."""
    from broker import Broker
    with Broker(nats_server) as running:
        yield running
        ended = running.process.poll() is not None
        assert not ended or running.panic(), f"nats-server ended by itself: {running.log(8000)}"


@pytest.fixture(autouse=True)
def living_broker(request):
    """Where the file's server has ended by a fault of its own, the next test has one again."""
    broker = request.getfixturevalue("broker") if "broker" in request.fixturenames else None
    if broker is not None and broker.process.poll() is not None:
        broker.start()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A test whose nats-server ended by a fault of its own is skipped, by name: it says nothing of us."""
    report = (yield).get_result()
    broker = getattr(item, "funcargs", {}).get("broker")
    panic = broker.panic() if report.failed and broker is not None else ""
    if panic:
        report.outcome = "skipped"
        report.longrepr = (str(item.path), 0, f"nats-server ended by a fault of its own: {panic}")


@pytest.fixture(scope="module")
def shared_gateway(request, binary):
    with request.module.start(binary) as gateway:
        yield gateway


@pytest.fixture
def gateway(shared_gateway):
    """One gateway for all tests of a file that take it; it must end with 0 after the last."""
    code = shared_gateway.process.poll()
    if code is not None:
        pytest.fail(f"tickgate ended with {code}: {shared_gateway.log()}")
    return shared_gateway


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = inspect.signature(pyfuncitem.obj).parameters
    call = pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in wanted})
    longer = pyfuncitem.get_closest_marker("takes")
    asyncio.run(in_time(call, longer.args[0] if longer else TEST_SECONDS))
    return True


async def in_time(call, seconds):
    try:
        await asyncio.wait_for(call, seconds)
    except asyncio.TimeoutError:
        pytest.fail(f"hung: not done within {seconds} s")
