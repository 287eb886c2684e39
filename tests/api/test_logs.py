"""What is logged, and what is never: keys, questions, texts."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

CODE = """
import asyncio, json, sys
from fastapi import FastAPI, Request
from api import errors
from api.observe import logs
from api.observe.metrics import Metrics
from api.observe.requests import Observed

logs.configure("info", sys.argv[1])
app = FastAPI()
errors.install(app)

@app.post("/v1/things/{thing}")
async def broken(thing: str, request: Request) -> None:
    question = (await request.body()).decode()
    raise ZeroDivisionError("no reason")

app.add_middleware(Observed, metrics=Metrics())
scope = {
    "type": "http", "http_version": "1.1", "method": "POST", "path": "/v1/things/private-name",
    "raw_path": b"", "query_string": b"q=private-query", "scheme": "http", "root_path": "",
    "headers": [(b"authorization", b"Bearer fn_private-key")],
    "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
}
sent = []

async def receive():
    return {"type": "http.request", "body": b"private question", "more_body": False}

async def send(message):
    sent.append(message)

asyncio.run(app(scope, receive, send))
head = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
print(json.dumps({"status": sent[0]["status"], "head": head, "body": sent[1]["body"].decode()}))
"""


@pytest.mark.parametrize("form", ["console", "json"])
def test_an_unforeseen_error_is_logged_without_what_was_asked(form: str) -> None:
    """The asker is told a number, the log says what broke; neither holds keys or questions."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, form], capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout)
    assert told["status"] == 500
    assert told["head"]["content-type"] == "application/problem+json"
    assert told["head"]["x-content-type-options"] == "nosniff"
    number = told["head"]["x-request-id"]
    assert number in json.loads(told["body"])["detail"]
    assert "ZeroDivisionError" not in told["body"]
    assert number in done.stderr
    assert "ZeroDivisionError: no reason" in done.stderr
    assert "/v1/things/{thing}" in done.stderr
    assert "private" not in done.stderr
