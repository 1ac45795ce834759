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

# nginx and HAProxy run what deploy/proxy ships, with other addresses, within these.
NGINX = """
daemon off; user root; pid {folder}/pid; error_log stderr;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  include {shipped};
}}
"""
HAPROXY = """
global
  stats socket {folder}/socket mode 600 level admin expose-fd listeners
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
SHIPPED = ROOT / "deploy" / "proxy"
READYZ = "http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host gateway"


def find(name, package):
    path = shutil.which(name, path=os.pathsep.join(map(str, FOLDERS)))
    if not path:
        pytest.skip(f"{name} is not installed (Debian package {package})")
    if subprocess.run([path, "version" if name == "caddy" else "-v"], check=False,
                      capture_output=True).returncode:
        pytest.skip(f"{name} does not run here: a library is missing")
    return path


def shipped(folder, name, changes):
    """A configuration of deploy/proxy as it is, but for `changes`. -> the path of it"""
    text = (SHIPPED / name).read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text, f"{name} has no {old}"
        text = text.replace(old, new)
    path = pathlib.Path(folder) / name
    path.write_text(text, encoding="utf-8")
    return path


def gateways(behind, other):
    """The second gateway is the first once more, unless there is one."""
    return {"10.0.0.11:8080": f"127.0.0.1:{behind}", "10.0.0.12:8080": f"127.0.0.1:{other or behind}"}


def nginx(folder, port, behind, other=None, changes=None):
    site = shipped(folder, "nginx.conf", {"listen 80;": f"listen 127.0.0.1:{port};", **gateways(behind, other),
                                          **(changes or {})})
    config = write(folder, NGINX, shipped=site)
    return [find("nginx", "nginx"), "-p", folder, "-e", "stderr", "-c", config]


def haproxy(folder, port, behind, other=None, changes=None):
    """With a master process (-W), so that it can be told to read its configuration again."""
    config = shipped(folder, "haproxy.cfg", {"bind :80": f"bind 127.0.0.1:{port}", **gateways(behind, other),
                                             **(changes or {})})
    return [find("haproxy", "haproxy"), "-W", "-db", "-f", write(folder, HAPROXY), "-f", config]


def haproxy_as_it_comes(folder, **words):
    """Its check unless told otherwise: OPTIONS / HTTP/1.0."""
    return haproxy(folder, changes={READYZ: ""}, **words)


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
async def in_front_of(gateway, make, **more):
    """-> a Proxy that serves already; `more` is for what makes its command"""
    with tempfile.TemporaryDirectory(prefix="tickgate-proxy-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)  # Apache's children are somebody else
        port = free_port()
        command = make(folder, port=port, behind=gateway.port, **more)
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
