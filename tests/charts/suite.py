"""A process of the suite, on the embedded database, with every service."""

import http.client
import json
import os
import re
import socket
import sqlite3
import subprocess
import time
from contextlib import contextmanager

PASSWORD = "correct horse battery staple"


def free_port():
    """A port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Suite:
    """The running process."""

    def __init__(self, folder, gateway, admin, process=None):
        self.folder, self.gateway, self.admin, self.process = folder, gateway, admin, process
        self.cookie, self.worked = "", 0

    def ask(self, address, method, path, body=None):
        """The status, the headers and the text of an answer."""
        connection = http.client.HTTPConnection(address, timeout=30)
        headers = {"Content-Type": "application/json", "Cookie": self.cookie}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, text

    def call(self, method, path, body=None, wanted=200):
        """The JSON of an answer of the gateway."""
        status, headers, text = self.ask(self.gateway, method, path, body)
        assert wanted is None or status == wanted, f"{method} {path}: {status} {text}"
        if cookie := headers.get("Set-Cookie"):
            self.cookie = cookie.split(";")[0]
        return json.loads(text) if text.startswith("{") else {}

    def sign_in(self):
        """Signs in as the first administrator, who must change the password; answers the e-mail address."""
        printed = (self.folder / "out").read_text()
        email, password = (
            re.search(rf"^{label} (\S+)$", printed, re.MULTILINE)[1] for label in ("Sign in as:", "Password:")
        )
        self.call("POST", "/v1/sessions", {"email": email, "password": password})
        self.call("POST", "/v1/me/password", {"current_password": password, "new_password": PASSWORD})
        return email

    def alter(self, service, statement):
        """Changes the database of a service behind the suite's back."""
        with sqlite3.connect(self.folder / "data" / f"{service}.db", timeout=30) as database:
            database.execute(statement)

    def stop(self):
        """Ends the process as its operator does."""
        self.process.terminate()
        assert self.process.wait(40) == 0

    def work(self):
        """Does a little of everything, so that every metric moves."""
        if not self.cookie:
            self.email = self.sign_in()
        self.worked += 1
        account = self.call("POST", "/v1/accounts", {"name": f"Firm {self.worked}"})
        self.call("GET", f"/v1/accounts/{account['id']}")
        self.call("GET", "/v1/accounts?query=firm")
        for _ in range(3):
            self.call("GET", "/v1/opportunities", wanted=None)
        self.call("POST", "/v1/sessions", {"email": "nobody@example.com", "password": PASSWORD}, wanted=None)
        user = {"display_name": "New", "email": f"new{self.worked}@example.com"}
        self.call("POST", "/v1/users", user, wanted=None)


@contextmanager
def running(binary, folder, settings=None):
    """Starts the suite in a folder of its own, and stops it."""
    folder.mkdir(parents=True, exist_ok=True)
    gateway, grpc, admin = (f"127.0.0.1:{free_port()}" for _ in range(3))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CRM_")} | {
        "CRM__SERVER__GATEWAY_ADDRESS": gateway,
        "CRM__SERVER__GRPC_ADDRESS": grpc,
        "CRM__SERVER__ADMIN_ADDRESS": admin,
        "CRM__SERVER__PUBLIC_URL": f"http://{gateway}",
        "CRM__SECURITY__SIGN_IN_PER_ADDRESS__BURST": "100000",
        "CRM__SECURITY__SIGN_IN_PER_ACCOUNT__BURST": "100000",
        **(settings or {}),
    }
    with (folder / "out").open("w") as out, (folder / "log").open("w") as log:
        process = subprocess.Popen([binary, "serve"], cwd=folder, env=environment, stdout=out, stderr=log)
        try:
            suite, deadline = Suite(folder, gateway, admin, process), time.monotonic() + 60
            while True:
                assert process.poll() is None, (folder / "log").read_text() + (folder / "out").read_text()
                assert time.monotonic() < deadline, "the suite is not ready in time"
                try:
                    if suite.ask(admin, "GET", "/readyz")[0] == 200:
                        break
                except OSError:
                    time.sleep(0.1)
            yield suite
        finally:
            suite.stop()


def certificate(folder, days):
    """The settings of certificates between services that are good for so many days."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {"certificate": folder / "certificate.pem", "key": folder / "key.pem"}
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=crm.internal"
    name = ["-addext", "subjectAltName=DNS:crm.internal", "-days", str(days)]
    out = ["-out", files["certificate"], "-keyout", files["key"]]
    subprocess.run([*make.split(), *name, *out], check=True, capture_output=True)
    settings = {f"CRM__TLS__INTERNAL__{name.upper()}": str(file) for name, file in files.items()}
    return settings | {
        "CRM__TLS__INTERNAL__CA": str(files["certificate"]),
        "CRM__TLS__INTERNAL__SERVER_NAME": "crm.internal",
    }
