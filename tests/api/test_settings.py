"""Settings: read from three places, wrong ones stop the start with their name."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.errors import STATUS_OF
from api.settings import Settings, SettingsError, load_settings, settings_table
from assistant import errors as assistant_errors
from ingest import errors as ingest_errors


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this machine, and an empty current folder."""
    import os

    for name in list(os.environ):
        if name.startswith("FOOTNOTE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_the_environment_wins_over_the_file_and_options_over_both(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Defaults, file, environment, command line: the later the stronger."""
    assert load_settings().port == 8080
    (tmp_path / "footnote.toml").write_text('port = 1111\nchunk_tokens = 150\nhost = "::1"\n')
    assert load_settings().port == 1111
    monkeypatch.setenv("FOOTNOTE_PORT", "2222")
    settings = load_settings()
    assert (settings.port, settings.chunk_tokens, settings.host) == (2222, 150, "::1")
    assert load_settings(port=3333).port == 3333


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("FOOTNOTE_PROT", "1", "did you mean FOOTNOTE_PORT"),
        ("FOOTNOTE_PORT", "many", "FOOTNOTE_PORT"),
        ("FOOTNOTE_PORT", "70000", "FOOTNOTE_PORT"),
        ("FOOTNOTE_EMBEDDER", "magic", "embedder must be"),
        ("FOOTNOTE_LLM_BASE_URL", "ftp://x", "llm_base_url"),
        ("FOOTNOTE_LLM_MODEL", "x", "belong together"),
        ("FOOTNOTE_SLACK_BOT_TOKEN", "xoxb-secret", "belong together"),
        ("FOOTNOTE_CHUNK_TOKENS", "999", "chunk_max_tokens"),
    ],
)
def test_a_wrong_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    """One message, with what to do, and never a secret's value."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=said) as raised:
        load_settings()
    assert "xoxb-secret" not in str(raised.value)


def test_every_wrong_name_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line for each, so that one start shows all there is to mend."""
    monkeypatch.setenv("FOOTNOTE_PROT", "1")
    monkeypatch.setenv("FOOTNOTE_HOTS", "x")
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert len(str(raised.value).splitlines()) == 2


def test_an_empty_variable_is_none_and_a_blank_secret_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As container files set them; a key of blanks would be one that everybody knows."""
    (tmp_path / "footnote.toml").write_text("port = 1111\n")
    for name in ("PORT", "ADMIN_KEY", "LLM_BASE_URL", "LLM_MODEL"):
        monkeypatch.setenv(f"FOOTNOTE_{name}", "")
    settings = load_settings()
    assert (settings.port, settings.admin_key, settings.llm_base_url) == (1111, None, None)
    monkeypatch.setenv("FOOTNOTE_ADMIN_KEY", "  ")
    with pytest.raises(SettingsError, match="ADMIN_KEY: is blank"):
        load_settings()


def test_an_unknown_name_in_the_file_is_refused(tmp_path: Path) -> None:
    """As is a file that is no TOML."""
    (tmp_path / "footnote.toml").write_text("prot = 1\n")
    with pytest.raises(SettingsError, match=r"prot.*did you mean port"):
        load_settings()
    (tmp_path / "footnote.toml").write_text("port = \n")
    with pytest.raises(SettingsError, match="not valid TOML"):
        load_settings()


def test_demo_is_refused_on_an_open_address() -> None:
    """Answering without a key is for this machine only."""
    with pytest.raises(SettingsError, match="demo"):
        load_settings(demo=True, host="0.0.0.0")


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not when the settings are printed."""
    monkeypatch.setenv("FOOTNOTE_ADMIN_KEY", "fn_very-secret")
    assert "very-secret" not in repr(load_settings())


def test_the_table_names_every_setting() -> None:
    """With its default and meaning."""
    table = settings_table()
    for name, field in Settings.model_fields.items():
        assert f"`FOOTNOTE_{name.upper()}`" in table
        assert field.description


def test_every_error_has_its_status() -> None:
    """Nothing that the packages raise is unknown to the one table."""

    def tree(kind: type[Exception]) -> set[type[Exception]]:
        return {kind}.union(*(tree(one) for one in kind.__subclasses__()))

    for root in (ingest_errors.IngestError, assistant_errors.AssistantError):
        named = {one for one in tree(root) if one.__module__.endswith(".errors")}
        assert named <= set(STATUS_OF)
