"""The running product ends as it began: with nothing of it left."""

from __future__ import annotations

import threading
from pathlib import Path

from api.asking.places import InLine
from api.runtime import Runtime
from api.settings import Settings
from assistant.access.principals import this_machine
from assistant.types import Filters, Question
from tests.assistant.llm_server import Reply, running_llm_server
from tests.folders import add_source, write_files

TEXT = "# Leave\n\nEmployees have 25 days of annual leave a year.\n"
ASKED = Question("How many days of annual leave are there?", "en")


def test_after_closing_none_of_its_threads_lives(tmp_path: Path) -> None:
    """Also those that searched by meaning, wrote words of a model, or noted the use of a key."""
    with running_llm_server() as llm:
        llm.default = Reply("You have 25 days of annual leave a year [1].")
        before = set(threading.enumerate())
        runtime = Runtime(
            Settings(
                home=tmp_path / "home",
                parse_workers=1,
                llm_base_url=llm.base_url,
                llm_model="small",
            )
        )
        try:
            add_source(runtime.library, write_files(tmp_path / "files", {"leave.md": TEXT}))
            runtime.worker.wait(runtime.worker.submit("handbook").id, 60)
            asker = this_machine(runtime.library.catalogue)
            answer = InLine(runtime.assistant, runtime.places).ask(ASKED, asker)
            assert "25 days" in answer.text
            assert runtime.assistant.search("leave", asker, limit=3, filters=Filters())
            runtime.note_use("key_unknown")
            assert set(threading.enumerate()) > before
        finally:
            runtime.close()
        left = {one for one in threading.enumerate() if one not in before}
        assert {one.name for one in left} == set()
