"""gunicorn, which loads the application before it forks its workers."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("gunicorn") is None, reason="gunicorn is not installed"
)

APPLICATION = """
import os
from tornado.web import Application, RequestHandler
from moesif_declarative import MoesifMiddleware

class Hello(RequestHandler):
    def get(self):
        self.write(str(os.getpid()))

moesif = MoesifMiddleware()
app = Application([("/.*", Hello)])
moesif.install(app)
"""


@pytest.mark.parametrize("preload", [["--preload"], []], ids=["preload", "each_its_own"])
def test_each_worker_sends_its_own_and_all_arrives_when_gunicorn_ends(
    collector_process: Any, tmp_path: Path, preload: list[str]
) -> None:
    collector_process.clear()
    (tmp_path / "api.py").write_text(APPLICATION)
    settings = {"APPLICATION_ID": "id", "BASE_URI": collector_process.url, "SPOOL_DIR": "spool"}
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    (tmp_path / "settings.toml").write_text(f"[default]\n{lines}")
    options = ["-k", "tornado", "-w", "2", "--graceful-timeout", "5", *preload]
    command = [sys.executable, "-m", "gunicorn", "api:app", *options]
    process = subprocess.Popen(
        [*command, "-b", "127.0.0.1:0"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    with process:
        assert process.stderr is not None
        begun: list[str] = []
        while sum("Booting worker" in line for line in begun) < 2:
            begun.append(process.stderr.readline())
            assert begun[-1], begun
        found = re.search(r"Listening at: (\S+)", "".join(begun))
        assert found is not None
        for number in range(40):
            with urllib.request.urlopen(f"{found[1]}/{number}") as answer:
                answer.read()
        process.terminate()
        process.stderr.read()
        assert process.wait() == 0
    paths = [event["request"]["uri"].rpartition("/")[2] for event in collector_process.events()]
    assert sorted(map(int, paths)) == [*range(40)]
    assert max(collector_process.transactions().values()) == 1
    collector_process.clear()
