"""What all tests share: a real server, which tests are quick, the rule that CI skips nothing."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from api.app import create_app
from api.runtime import Runtime
from api.settings import Settings
from tests.api.described import Described
from tests.folders import write_files

FAST = (
    "tests/api/test_settings.py",
    "tests/assistant/analysis/",
    "tests/assistant/checking/",
    "tests/assistant/compose/",
    "tests/assistant/conversation/test_answer_json.py",
    "tests/assistant/conversation/test_export.py",
    "tests/assistant/conversation/test_rewrite.py",
    "tests/assistant/conversation/test_shown_path.py",
    "tests/assistant/retrieval/",
    "tests/assistant/test_settings.py",
    "tests/benchmarks/",
    "tests/data/",
    "tests/ingest/care/test_differences.py",
    "tests/ingest/parsers/canonical/",
    "tests/ingest/parsers/mail/",
    "tests/ingest/parsers/office/",
    "tests/ingest/parsers/pdf/",
    "tests/ingest/parsers/plain/",
    "tests/ingest/parsers/sheets/",
    "tests/ingest/parsers/slides/",
    "tests/ingest/parsers/all_formats/test_any_bytes.py",
    "tests/ingest/parsers/web/",
    "tests/ingest/parsers/word/",
    "tests/ingest/store/catalogue/",
    "tests/ingest/sync/test_plan.py",
    "tests/ingest/text/",
    "tests/test_architecture.py",
    "tests/test_docs.py",
)
"""Where the tests of `make check-fast` are, which get the marker `fast`; all of them together
take under a minute. What bears a marker of `NEVER_FAST` is none of them."""

NEVER_FAST = ("slow", "browser", "models", "evalsets")

FILES = {
    "public/leave.md": "# Leave\n\n## Annual leave\n\nEmployees have 25 days of annual leave a "
    "year. Unused days carry over until 31 March.\n",
    "public/page.html": "<html><title>Parking</title><body><h1>Parking</h1><p>Parking costs 30 "
    "euros a month.</p><script>alert(1)</script></body></html>",
    "public/empty.md": "",
    "hr/pay.md": "# Zebra pay bands\n\nThe chief executive earns 310,000 euros a year.\n",
    "zh/报销.md": "# 报销制度\n\n出差住宿标准为每晚五百元。报销单须在出差结束后十五日内提交。\n",
}
SOURCE: dict[str, Any] = {
    "name": "handbook",
    "access": [
        {"pattern": "hr/**", "groups": ["hr"]},
        {"pattern": "**", "groups": ["everyone"]},
    ],
    "owner": "owner@example.org",
}


@dataclass
class Server:
    """A running Footnote and keys to it."""

    url: str
    runtime: Runtime
    root: Path
    admin_key: str
    employee_key: str = ""
    hr_key: str = ""
    _clients: list[httpx.Client] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.described = Described(
            lambda: httpx.get(f"{self.url}/openapi.json", trust_env=False).json()
        )

    def client(self, key: str | None = None, **headers: str) -> httpx.Client:
        """A client with this key (None for none), to which nothing undescribed may be sent."""
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        made = httpx.Client(
            base_url=self.url,
            headers=headers,
            timeout=60,
            trust_env=False,
            event_hooks={"response": [self.described.check]},
        )
        self._clients.append(made)
        return made

    def make_key(self, role: str = "employee", *groups: str, **more: Any) -> str:
        """A new key."""
        body = {"name": "test", "role": role, "groups": list(groups), **more}
        answer = self.client(self.admin_key).post("/v1/admin/keys", json=body)
        assert answer.status_code == 201, answer.text
        key: str = answer.json()["key"]
        return key

    def sync(self, name: str = "handbook", **options: bool) -> dict[str, Any]:
        """Syncs a source to its end and returns the job."""
        client = self.client(self.admin_key)
        started = client.post(f"/v1/admin/sources/{name}/sync", json=options)
        assert started.status_code == 202, started.text
        self.runtime.worker.wait(started.json()["job_id"], 60)
        job: dict[str, Any] = client.get(f"/v1/admin/jobs/{started.json()['job_id']}").json()
        return job

    def close(self) -> None:
        """Closes the clients."""
        for client in self._clients:
            client.close()


@contextmanager
def running_server(base: Path, *, fresh: bool = True, **settings: Any) -> Iterator[Server]:
    """A server over a home below `base`: a new one with the files synced, or one as it was left."""
    root = write_files(base / "files", FILES)
    runtime = Runtime(Settings(home=base / "home", parse_workers=1, **settings))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()  # whoever comes before the server is up waits
    config = uvicorn.Config(
        create_app(runtime), log_config=None, ws="none", timeout_graceful_shutdown=2
    )
    web = uvicorn.Server(config)
    thread = threading.Thread(target=web.run, args=([listener],))
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = Server(url, runtime, root, runtime.ensure_admin_key() or "")
    try:
        if fresh:
            admin = server.client(server.admin_key)
            made = admin.post("/v1/admin/sources", json={**SOURCE, "path": str(root)})
            assert made.status_code == 201, made.text
            assert server.sync()["state"] == "done"
            server.employee_key = server.make_key("employee", "it")
            server.hr_key = server.make_key("employee", "hr")
        yield server
    finally:
        server.close()
        web.should_exit = True
        thread.join()
        listener.close()
        runtime.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests that leave it as they found it."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, to be changed as it likes."""
    with running_server(tmp_path) as running:
        yield running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the quick tests, by where they are."""
    for item in items:
        if item.nodeid.startswith(FAST) and not any(map(item.get_closest_marker, NEVER_FAST)):
            item.add_marker(pytest.mark.fast)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """With REQUIRE_ALL_TESTS=1 (as in CI) a skipped test is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("REQUIRE_ALL_TESTS") != "1" or reporter is None:
        return
    skipped = [
        one
        for one in reporter.stats.get("skipped", [])
        if not any(reason in str(one.longrepr) for reason in _may_be_skipped())
    ]
    if skipped and exitstatus == 0:
        for report in skipped:
            why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
            reporter.write_line(f"skipped where nothing may be: {report.nodeid}: {why}")
        session.exitstatus = 1


def _may_be_skipped() -> Iterator[str]:
    yield "root may read"  # what only an ordinary user can try is left to ordinary users
    if "FOOTNOTE_EVALSETS" not in os.environ:
        yield "public evaluation sets are not at"  # nothing that can be installed brings them
