# SPDX-License-Identifier: Apache-2.0
"""Who may ask the admin port: its token, its certificates, and the commands that show them."""
import http.client
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess

import contract
from certificate import self_signed, that_ends
from harness import Answer, Gateway, equal, eventually, expect, logged

FEED = "- venue: simulator\n  seed: 5\n  symbol_count: 4\n  rate: 200\n"
TOKEN, OTHER = "correct-horse-battery-1", "correct-horse-battery-2"
PATHS = ["/metrics", "/v1/feeds", "/v1/config", "/v1/quarantine", "/v1/clients",
         "/v1/explain?symbol=SIM:BTC-USD", "/no/such"]


def folder_of(gateway):
    return pathlib.Path(gateway.folder.name)


def put(path, text):
    """As an editor does: the new file is whole before it has the name."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    fresh.chmod(0o600)
    os.replace(fresh, path)


def start(binary):
    gateway = Gateway.serve(binary, FEED)
    token = folder_of(gateway) / "token"
    put(token, TOKEN + "\n")
    config = folder_of(gateway) / "tickgate.yaml"
    config.write_text(config.read_text().replace("server:\n", f"server:\n  admin_token_file: {token}\n"))
    return gateway


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def run(gateway, *words, environment=None, scheme="http"):
    """A command that asks the admin port; `URL` stands for it."""
    url = f"{scheme}://127.0.0.1:{gateway.admin_port}"
    clean = {key: value for key, value in os.environ.items() if key != "TICKGATE_ADMIN_TOKEN"}
    return subprocess.run([gateway.binary, *(str(word).replace("URL", url) for word in words)],
                          capture_output=True, text=True, timeout=60, check=False,
                          env={**clean, **(environment or {})})


async def test_what_is_told_to_operators_wants_the_token_and_the_probes_do_not(gateway):
    for path in PATHS:
        for wrong in ({}, bearer(OTHER), {"Authorization": f"Basic {TOKEN}"}):
            answer = gateway.admin(path, headers=wrong)
            equal((answer.status, answer.headers.get("www-authenticate")),
                  (401, 'Bearer realm="tickgate admin"'), f"{path} with {wrong}")
            expect(b"SIM" not in answer.body and b"/v1" not in answer.body, f"told: {answer.body}")
        right = gateway.admin(path, headers=bearer(TOKEN)).status
        equal(right, 404 if path == "/no/such" else 200, f"{path} with the token")
    for path in ("/livez", "/readyz"):
        equal(gateway.admin(path).status, 200, path)
    told = gateway.admin("/metrics", headers=bearer(TOKEN)).body.decode()
    equal(re.search(r"^tickgate_admin_unauthenticated_total (\d+)", told, re.M)[1], str(3 * len(PATHS)),
          "who was refused is counted")
    expect(TOKEN not in gateway.log(100_000) and OTHER not in gateway.log(100_000), "a token in the log")
    expect(TOKEN.encode() not in gateway.admin("/v1/config", headers=bearer(TOKEN)).body, "it is shown")


async def test_an_address_that_tries_tokens_is_looked_at_no_more(binary):
    with start(binary) as gateway:
        statuses = [gateway.admin("/v1/feeds").status for _ in range(70)]
        equal(set(statuses), {401}, "who shows nothing guesses nothing")
        statuses = [gateway.admin("/v1/feeds", headers=bearer(f"{OTHER}{number}")).status for number in range(70)]
        # One is forgiven each second, and this may take a few.
        expect(statuses[:60] == [401] * 60 and 429 in statuses[60:], f"{statuses}")
        answer = gateway.admin("/metrics", headers=bearer(TOKEN))
        for _ in range(10):
            if answer.status == 429:
                break
            gateway.admin("/v1/feeds", headers=bearer(OTHER))
            answer = gateway.admin("/metrics", headers=bearer(TOKEN))
        equal((answer.status, answer.headers["retry-after"]), (429, "60"), "the right one from there")
        equal([gateway.admin(path).status for path in ("/livez", "/readyz")], [200, 200], "probes")
        await eventually(lambda: gateway.admin("/v1/feeds", headers=bearer(TOKEN)).status == 200, "a while later", 20)


async def test_commands_show_it_and_say_what_is_missing(gateway):
    file, wrong = folder_of(gateway) / "token", folder_of(gateway) / "wrong"
    put(wrong, OTHER)
    by_file, by_name = ("--admin-token-file", file), {"TICKGATE_ADMIN_TOKEN": TOKEN}
    config = folder_of(gateway) / "tickgate.yaml"
    commands = {"explain": ["explain", "SIM:BTC-USD", "--admin", "URL"],
                "top": ["top", "--once", "--interval", "200ms", "--admin", "URL"],
                "check": ["check", "--config", config, "--against", "URL"]}
    for name, words in commands.items():
        for done in (run(gateway, *words, *by_file), run(gateway, *words, environment=by_name)):
            equal(done.returncode, 0, f"{name}: {done.stderr}")
        for done in (run(gateway, *words), run(gateway, *words, "--admin-token-file", wrong)):
            equal(done.returncode, 1, name)
            expect("--admin-token-file" in done.stderr and "401" in done.stderr, f"{name}: {done.stderr}")
            expect(OTHER not in done.stderr, "it is said")
    put(wrong, "a b\nc")
    done = run(gateway, *commands["explain"], "--admin-token-file", wrong)
    equal(done.returncode, 1, done.stderr)
    expect("expected one line" in done.stderr, done.stderr)
    equal(run(gateway, "health", "--url", "URL/readyz").returncode, 0, "health needs none")


async def test_a_changed_token_is_taken_and_a_bad_one_is_not(binary):
    with start(binary) as gateway:
        file = folder_of(gateway) / "token"
        put(file, "too short\n")
        await eventually(lambda: "old one stays" in gateway.log(100_000), "a word of the bad one", 20)
        equal(gateway.admin("/v1/feeds", headers=bearer(TOKEN)).status, 200, "the old one")
        put(file, OTHER + "\n")
        await eventually(lambda: gateway.admin("/v1/feeds", headers=bearer(OTHER)).status == 200,
                         "the new one", 20)
        equal(gateway.admin("/v1/feeds", headers=bearer(TOKEN)).status, 401, "the old one")
        config, other = folder_of(gateway) / "tickgate.yaml", folder_of(gateway) / "other"
        put(other, TOKEN)
        put(config, config.read_text().replace(str(file), str(other)))
        gateway.terminate(signal.SIGHUP)
        await eventually(lambda: gateway.admin("/v1/feeds", headers=bearer(TOKEN)).status == 200,
                         "that of another file", 20)
        put(config, config.read_text().replace(f"  admin_token_file: {other}\n", ""))
        gateway.terminate(signal.SIGHUP)
        await eventually(lambda: gateway.admin("/v1/feeds").status == 200, "no token any more", 20)
    bad = start(binary)
    try:
        put(folder_of(bad) / "token", "short")
        bad.start().wait_for_exit(2)
        await logged(bad, "expected one line, a token of 16")
    finally:
        bad.end()


class Secure(Gateway):
    """Its admin port speaks TLS."""

    context = None

    def request(self, port, path, method="GET", headers=None, body=None):
        if port != self.admin_port:
            return super().request(port, path, method, headers, body)
        connection = http.client.HTTPSConnection("localhost", port, timeout=10, context=self.context)
        try:
            connection.request(method, path, headers=headers or {})
            answer = Answer(connection.getresponse())
        finally:
            connection.close()
        contract.check_answer(contract.ADMIN, method, path, answer.status, answer.headers, answer.unpacked())
        return answer

    def show(self, authority, pair=None):
        self.context = ssl.create_default_context(cafile=authority)
        if pair:
            self.context.load_cert_chain(*pair)
        return self


def start_secure(binary, served, known):
    """What opens it: the token, and certificates of the authority `known`."""
    gateway = Secure.serve(binary, FEED)
    token = folder_of(gateway) / "token"
    put(token, TOKEN)
    config = folder_of(gateway) / "tickgate.yaml"
    config.write_text(config.read_text().replace("server:\n", (
        f"server:\n  admin_token_file: {token}\n  admin_tls:\n    certificate: {served[0]}\n"
        f"    key: {served[1]}\n    client_ca: {known[0]}\n")))
    return gateway.show(served[0])


async def test_a_client_certificate_opens_it_over_tls(binary, tmp_path):
    served, known, strange = (self_signed(tmp_path, name) for name in ("localhost", "known", "strange"))
    with start_secure(binary, served, known) as gateway:
        token = folder_of(gateway) / "token"
        equal([gateway.admin(path).status for path in ("/readyz", "/v1/feeds")], [200, 401], "without")
        equal(gateway.admin("/v1/feeds", headers=bearer(TOKEN)).status, 200, "with the token")
        equal(gateway.show(served[0], known).admin("/v1/feeds").status, 200, "with a certificate")
        try:
            status = gateway.show(served[0], strange).admin("/readyz").status
            expect(False, f"{status} for a certificate of another authority")
        except (ssl.SSLError, OSError):
            pass
        gateway.show(served[0])
        trust = ("--admin-ca", served[0])
        mine = ("--admin-cert", known[0], "--admin-key", known[1])
        explain = ("explain", "SIM:BTC-USD", "--admin", "URL")
        equal(run(gateway, *explain, *trust, *mine, scheme="https").returncode, 0, "explain by certificate")
        equal(run(gateway, *explain, *trust, "--admin-token-file", token, scheme="https").returncode, 0,
              "explain by token")
        equal(run(gateway, "health", "--url", "URL/readyz", *trust, scheme="https").returncode, 0, "health")
        for words, what in (((*explain, *mine), "verif"), ((*explain, *trust), "401"),
                            ((*explain, *trust, *mine[:2]), "belong together")):
            done = run(gateway, *words, scheme="https")
            equal(done.returncode, 1, done.stdout)
            expect(what in done.stderr, f"{what}: {done.stderr}")


async def test_a_session_that_is_resumed_ends_with_its_certificate(binary, tmp_path):
    served, known = (self_signed(tmp_path, name) for name in ("localhost", "known"))
    with start_secure(binary, served, known) as gateway:
        mine = that_ends(tmp_path, "mine", *known, seconds=8)
        context = ssl.create_default_context(cafile=served[0])
        context.load_cert_chain(*mine)
        session = None

        def ask(wire):
            wire.sendall(b"GET /v1/feeds HTTP/1.1\r\nHost: localhost\r\n\r\n")
            head = b""
            while b"\r\n\r\n" not in head:
                head += wire.recv(65536)
            return int(head.split()[1])

        def connect():
            wire = socket.create_connection(("127.0.0.1", gateway.admin_port), timeout=10)
            return context.wrap_socket(wire, server_hostname="localhost", session=session)

        with connect() as kept:
            equal(ask(kept), 200, "while it holds")
            session = kept.session

            def resumed():
                with connect() as wire:
                    expect(wire.session_reused, "a whole handshake")
                    return ask(wire)

            equal(resumed(), 200, "resumed while it holds")
            await eventually(lambda: resumed() == 401, "resumed behind its end", 20)
            equal(ask(kept), 401, "over the connection that was open all the time")
