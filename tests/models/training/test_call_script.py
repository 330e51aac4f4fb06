from pathlib import Path
from typing import Any

import pytest

from models.training.call_script import parse_script, read_script
from pipeline.errors import ScriptError

SAMPLES = Path(__file__).resolve().parents[3] / "samples"


def script(**changes: Any) -> dict[str, Any]:
    content: dict[str, Any] = {
        "schema": "callproof.script/1",
        "call_id": "C1",
        "voices": {"agent": "base", "customer": "f2"},
        "turns": [{"speaker": "agent", "text": "您好"}, {"speaker": "customer", "text": "你好"}],
    }
    return {**content, **changes}


def test_defaults() -> None:
    parsed = parse_script(script())
    assert parsed.layout == "stereo"
    assert parsed.first_channel == "agent"
    assert parsed.channel.codec == "a-law"
    assert parsed.turns[0].pause == 0.4


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"schema": "callproof.script/2"}, "schema: Input should be 'callproof.script/1'"),
        ({"turns": []}, "turns: "),
        ({"turns": [{"speaker": "boss", "text": "好"}]}, "turns.0.speaker: "),
        ({"turns": [{"speaker": "agent", "text": "一个月9500"}]}, "turns.0.text: write numbers as they are said"),
        ({"turns": [{"speaker": "agent", "text": "……"}]}, "turns.0.text: has nothing that can be said"),
        ({"turns": [{"speaker": "agent", "text": "好", "volume": 3}]}, "turns.0.volume: "),
        ({"turns": [{"speaker": "third_party", "text": "好"}]}, "no voice for third_party"),
        ({"voices": {"agent": "base", "customer": "lisa"}}, "voices.customer: must be base, m1 to m8 or f1 to f5"),
        ({"channel": {"codec": "gsm"}}, "channel.codec: "),
        ({"layout": "mono"}, "layout: "),
        ({"recorded_at": "yesterday"}, "recorded_at: "),
    ],
)
def test_a_bad_script_is_named_by_place(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ScriptError) as caught:
        parse_script(script(**changes), origin="x.yaml")
    assert caught.value.message.startswith("x.yaml: ")
    assert complaint in caught.value.message


def test_a_script_is_a_mapping() -> None:
    with pytest.raises(ScriptError, match="not a mapping"):
        parse_script(["turns"])


def test_a_missing_file_is_an_error_of_the_script(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="cannot be read"):
        read_script(tmp_path / "none.yaml")


def test_broken_yaml_is_an_error_of_the_script(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("turns: [", encoding="utf-8")
    with pytest.raises(ScriptError, match="not YAML"):
        read_script(path)


@pytest.mark.parametrize("name", ["clean", "mismatch", "straw"])
def test_the_samples_are_scripts(name: str) -> None:
    assert len(read_script(SAMPLES / f"{name}.script.yaml").turns) >= 16
