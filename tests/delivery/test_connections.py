"""TLS, CA bundles, proxies, and every step of a connection within its deadline."""

from __future__ import annotations

import http.server
import select
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from moesif_declarative.delivery import Answer, MoesifSink

EVENTS = [b'{"a":1}']

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine of the tests says about proxies does not matter."""
    for name in (*PROXIES, *(name.upper() for name in PROXIES), *BUNDLES, "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost that signs itself, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command, "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


@pytest.fixture
def secure(collector: Any, certificate: tuple[Path, Path]) -> Any:
    """The scripted collector behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server = collector._server
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    return collector


def secure_uri(collector: Any) -> str:
    return f"https://localhost:{collector.uri.rpartition(':')[2]}"


def test_a_certificate_that_nobody_vouches_for_is_refused(secure: Any) -> None:
    assert MoesifSink(secure_uri(secure), "id", 5).send(EVENTS) == Answer(None, "TLS failed")
    assert secure.requests == []


@pytest.mark.parametrize("variable", BUNDLES)
def test_a_bundle_of_authorities_is_named_by_the_usual_variables(
    secure: Any, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, str(certificate[0]))
    sink = MoesifSink(secure_uri(secure), "id", 5)
    assert [sink.send(EVENTS).status, sink.send(EVENTS).status] == [201, 201]
    assert (len(secure.requests), secure.connections) == (2, 1)


def test_a_bundle_that_is_not_there_is_told_as_that(
    secure: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    answer = MoesifSink(secure_uri(secure), "id", 5).send(EVENTS)
    assert answer == Answer(None, "CA bundle not found")


def test_requests_own_variable_goes_before_that_of_openssl(
    secure: Any, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/dev/null")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    assert MoesifSink(secure_uri(secure), "id", 5).send(EVENTS).status == 201


def test_a_certificate_for_another_name_is_refused(
    secure: Any, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    uri = secure_uri(secure).replace("localhost", "127.0.0.1")
    assert MoesifSink(uri, "id", 5).send(EVENTS) == Answer(None, "TLS failed")


class Proxy:
    """Passes on what it is asked for, plainly or through tunnels."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.credentials: list[str | None] = []
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_args: Any) -> None:
                """Say nothing."""

            def note(self) -> None:
                proxy.seen.append(f"{self.command} {self.path}")
                proxy.credentials.append(self.headers["Proxy-Authorization"])

            def do_CONNECT(self) -> None:
                self.note()
                host, _, port = self.path.rpartition(":")
                with socket.create_connection((host, int(port))) as target:
                    self.send_response(200)
                    self.end_headers()
                    tunnel(self.connection, target)
                self.close_connection = True

            def do_POST(self) -> None:
                self.note()
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(201)
                self.send_header("Content-Length", "0")
                self.end_headers()

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def tunnel(one: socket.socket, other: socket.socket) -> None:
    ends = {one: other, other: one}
    while True:
        for ready in select.select([*ends], [], [])[0]:
            data = ready.recv(65536)
            if not data:
                return
            ends[ready].sendall(data)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    running = Proxy()
    yield running
    running.close()


def test_a_proxy_for_http_is_asked(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://me:secret@{proxy.address}")
    assert MoesifSink("http://api.invalid", "id", 5).send(EVENTS).status == 201
    assert proxy.seen == ["POST http://api.invalid/v1/events/batch"]
    assert proxy.credentials == ["Basic bWU6c2VjcmV0"]


def test_a_proxy_for_https_gives_a_tunnel_and_sees_nothing_else(
    secure: Any,
    certificate: tuple[Path, Path],
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    sink = MoesifSink(secure_uri(secure), "id", 5)
    assert [sink.send(EVENTS).status, sink.send(EVENTS).status] == [201, 201]
    assert proxy.seen == [f"CONNECT {secure_uri(secure).removeprefix('https://')}"]
    assert len(secure.requests) == 2
    sink.close()


def test_no_proxy_goes_without_it(
    collector: Any, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.address}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert MoesifSink(collector.uri, "id", 5).send(EVENTS).status == 201
    assert proxy.seen == []


def test_a_proxy_that_is_not_there_is_told(
    collector: Any, dead_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", dead_uri)
    assert MoesifSink(collector.uri, "id", 5).send(EVENTS) == Answer(None, "connection refused")


def trickling(answer: bytes) -> Callable[[socket.socket, threading.Event], None]:
    def act(peer: socket.socket, stop: threading.Event) -> None:
        peer.sendall(answer)
        while not stop.wait(0.02):
            peer.sendall(b"x")

    return act


@pytest.fixture
def stuck() -> Iterator[Callable[[bytes], str]]:
    """Servers that begin to answer and never end; gives their addresses."""
    stop = threading.Event()
    servers = []

    def serve(server: socket.socket, act: Any) -> None:
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            with peer:
                try:
                    act(peer, stop)
                except OSError:
                    continue

    def start(answer: bytes) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)
        threading.Thread(target=serve, args=(server, trickling(answer)), daemon=True).start()
        return f"127.0.0.1:{server.getsockname()[1]}"

    yield start
    stop.set()
    for server in servers:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def test_a_tls_handshake_that_never_ends_is_given_up_in_time(
    stuck: Callable[[bytes], str],
) -> None:
    # The head of a handshake record that promises more than ever comes.
    sink = MoesifSink(f"https://{stuck(bytes([22, 3, 3, 0x3F, 0xFF]))}", "id", 0.3)
    assert sink.send(EVENTS) == Answer(None, "timeout")


def test_a_tunnel_that_never_opens_is_given_up_in_time(
    stuck: Callable[[bytes], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", f"http://{stuck(b'HTTP/1.1 200 OK' + bytes([13, 10]))}")
    sink = MoesifSink("https://api.invalid", "id", 0.3)
    assert sink.send(EVENTS) == Answer(None, "timeout")


def test_an_address_that_does_not_answer_leaves_time_for_the_next_one(
    collector: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(collector.uri.rpartition(":")[2])
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        address = silent.getsockname()
        # A queue of connections that is full: further ones get no answer.
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", where)
            for where in (address, ("127.0.0.1", port))
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        assert MoesifSink("http://api.example", "id", 1.0).send(EVENTS).status == 201
        for one in waiting:
            one.close()
