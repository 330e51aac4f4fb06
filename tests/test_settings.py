"""Settings: which source wins, and what a wrong one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from configs.settings import Settings, load
from pipeline.errors import SettingsError

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_any_source_everything_is_default() -> None:
    loaded = load()
    assert loaded.settings == Settings()
    assert set(loaded.sources.values()) == {"default"}


def test_file_then_environment_then_flag(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (elsewhere / "callproof.toml").write_text('model = "base"\nbatch = 2\nspeakers = 3\n')
    monkeypatch.setenv("CALLPROOF_MODEL", "small")
    monkeypatch.setenv("CALLPROOF_SPEAKERS", "4")
    loaded = load(model="medium", threads=None)
    assert (loaded.settings.model, loaded.settings.speakers, loaded.settings.batch) == ("medium", 4, 2)
    assert loaded.sources["model"] == "flag"
    assert loaded.sources["speakers"] == "CALLPROOF_SPEAKERS"
    assert loaded.sources["batch"] == "callproof.toml"
    assert loaded.sources["threads"] == "default"


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("batch = 0", "batch"),
        ('batch = "many"', "batch"),
        ("bach = 3", "bach"),
        ("batch = ", "TOML"),
        ('language = "fr"', "language"),
    ],
)
def test_a_wrong_file_is_one_line_that_names_the_place(elsewhere: Path, content: str, named: str) -> None:
    path = elsewhere / "own.toml"
    path.write_text(content)
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert named in caught.value.message
    assert "own.toml" in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("given", "networks"),
    [
        ("10.20.0.0/16", ("10.20.0.0/16",)),
        ("10.20.0.0/16, 192.168.7.5", ("10.20.0.0/16", "192.168.7.5")),
        ('["10.20.0.0/16", "fd00:1::/64"]', ("10.20.0.0/16", "fd00:1::/64")),
        ("[]", ()),
    ],
)
def test_networks_come_with_commas_or_as_json(
    monkeypatch: pytest.MonkeyPatch, given: str, networks: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CALLPROOF_WEBHOOK_NETWORKS", given)
    assert load().settings.webhook_networks == networks


@pytest.mark.parametrize("given", ["banana", "10.0.0.5/8", "10.0.0.0/8 192.168.0.0/16", "10.0.0.0/33"])
def test_what_is_no_network_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("CALLPROOF_WEBHOOK_NETWORKS", given)
    with pytest.raises(SettingsError, match="CALLPROOF_WEBHOOK_NETWORKS"):
        load()


def test_a_named_file_that_is_missing_is_refused(elsewhere: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml"):
        load(elsewhere / "nowhere.toml")


def test_every_setting_is_described_where_a_user_looks() -> None:
    documented = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        assert field.description
        assert f"`{name}`" in documented


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://callproof:se:s@me@db:5432/calls", "postgresql://callproof:***@db:5432/calls"),
        ("postgresql://callproof@db/calls", "postgresql://callproof@db/calls"),
        ("postgresql://:sesame@/calls?host=/run/pg", "postgresql://:***@/calls?host=/run/pg"),
    ],
)
def test_a_password_is_not_shown(url: str, shown: str) -> None:
    assert Settings(database=url).shown_database == shown
