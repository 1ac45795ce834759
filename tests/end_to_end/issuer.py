# SPDX-License-Identifier: Apache-2.0
"""Whoever issues tokens, as far as a gateway sees it: an HTTP server with a JWK set."""

import http.server
import pathlib
import threading

KEYS = pathlib.Path(__file__).parents[1] / "data" / "access" / "keys.json"


class Issuer:
    """Serves a JWK set over HTTP on loopback, as it is told to."""

    def __init__(self):
        self.status, self.body, self.headers, self.asked = 200, KEYS.read_bytes(), {}, 0
        self.may_answer = threading.Event()
        self.may_answer.set()
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.asked += 1
                issuer.may_answer.wait()
                self.send_response(issuer.status)
                for name, value in {"Content-Length": str(len(issuer.body)), **issuer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(issuer.body)

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/keys?secret=abc123"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.may_answer.set()
        self.server.shutdown()
        self.server.server_close()
