# SPDX-License-Identifier: Apache-2.0
"""Reverse proxies in front of a gateway, on loopback, each with the configuration that its user
would write. None is a service of the system's: it is a child of the test and ends with it."""

import contextlib
import http.client
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from harness import ROOT, START_SECONDS, Failure, eventually, free_port

EXTRACTED = ROOT / "build" / "tools" / "proxies"  # what tests/run.sh took out of Debian's packages
FOLDERS = [os.environ.get("PATH", ""), "/usr/sbin", EXTRACTED / "usr/sbin", EXTRACTED / "usr/bin"]

NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log stderr;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  map $http_upgrade $connection_upgrade {{ default upgrade; "" close; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{behind};
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
    }}
  }}
}}
"""
HAPROXY = """
global
  stats socket {folder}/socket
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  timeout tunnel 1h
frontend public
  bind 127.0.0.1:{port}
  default_backend gateways
backend gateways
  option httpchk
  {check}
  server one 127.0.0.1:{behind} check inter 200ms fall 1 rise 1
"""
APACHE = """
ServerRoot {folder}
ServerName localhost
DefaultRuntimeDir {folder}
PidFile {folder}/pid
ErrorLog /dev/stderr
Listen 127.0.0.1:{port}
User www-data
Group www-data
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
LoadModule proxy_wstunnel_module {modules}/mod_proxy_wstunnel.so
LoadModule proxy_balancer_module {modules}/mod_proxy_balancer.so
LoadModule lbmethod_byrequests_module {modules}/mod_lbmethod_byrequests.so
LoadModule slotmem_shm_module {modules}/mod_slotmem_shm.so
LoadModule proxy_hcheck_module {modules}/mod_proxy_hcheck.so
<Proxy balancer://gateways>
  BalancerMember http://127.0.0.1:{behind} upgrade=websocket retry=1 \\
    hcmethod=GET hcuri=/readyz hcinterval=1 hcpasses=1 hcfails=1
</Proxy>
ProxyPass / balancer://gateways/
"""
CADDY = """
{{
  admin off
  auto_https off
}}
http://127.0.0.1:{port} {{
  bind 127.0.0.1
  reverse_proxy 127.0.0.1:{behind} {{
    health_uri /readyz
    health_interval 200ms
  }}
}}
"""
READYZ = "http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host gateway"


def find(name, package):
    path = shutil.which(name, path=os.pathsep.join(map(str, FOLDERS)))
    if not path:
        pytest.skip(f"{name} is not installed (Debian package {package})")
    if subprocess.run([path, "version" if name == "caddy" else "-v"], check=False,
                      capture_output=True).returncode:
        pytest.skip(f"{name} does not run here: a library is missing")
    return path


def nginx(folder, **words):
    config = write(folder, NGINX, **words)
    return [find("nginx", "nginx"), "-p", folder, "-e", "stderr", "-c", config]


def haproxy(folder, check=READYZ, **words):
    return [find("haproxy", "haproxy"), "-db", "-f", write(folder, HAPROXY, check=check, **words)]


def haproxy_as_it_comes(folder, **words):
    """Its check unless told otherwise: OPTIONS / HTTP/1.0."""
    return haproxy(folder, check="", **words)


def apache(folder, **words):
    binary = find("apache2", "apache2-bin")
    config = write(folder, APACHE, modules="/usr/lib/apache2/modules", **words)
    return [binary, "-D", "FOREGROUND", "-f", config]


def caddy(folder, **words):
    config = write(folder, CADDY, **words)
    return [find("caddy", "caddy"), "run", "--adapter", "caddyfile", "--config", config]


PROXIES = {"nginx": nginx, "haproxy": haproxy, "apache": apache, "caddy": caddy}
CHECK_READINESS = ["haproxy", "apache", "caddy"]  # by themselves; nginx asks nothing


def write(folder, text, **words):
    path = pathlib.Path(folder) / "config"
    path.write_text(text.format(folder=folder, **words), encoding="utf-8")
    return path


class Proxy:
    def __init__(self, folder, port, process):
        self.folder, self.port, self.process = pathlib.Path(folder), port, process
        self.stream_url = f"ws://127.0.0.1:{port}/v1/stream"

    def status(self, path="/v1/instruments"):
        """What a client is answered through it; 0 for nothing."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        with contextlib.closing(connection):
            try:
                connection.request("GET", path)
                return connection.getresponse().status
            except (OSError, http.client.HTTPException):
                return 0

    def log(self):
        return (self.folder / "log").read_text(errors="replace")[-1500:]

    async def until_it_serves(self):
        try:
            await eventually(lambda: self.status() == 200, "the proxy serves", START_SECONDS)
        except Failure as failure:
            raise Failure(f"{failure}: {self.log()}") from None


@contextlib.asynccontextmanager
async def in_front_of(gateway, make):
    """-> a Proxy that serves already"""
    with tempfile.TemporaryDirectory(prefix="tickgate-proxy-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)  # Apache's children are somebody else
        port = free_port()
        command = make(folder, port=port, behind=gateway.port)
        with open(f"{folder}/log", "wb") as log:
            process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=subprocess.STDOUT,
                                       env={**os.environ, "HOME": folder, "XDG_DATA_HOME": folder})
        try:
            proxy = Proxy(folder, port, process)
            await proxy.until_it_serves()
            yield proxy
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
