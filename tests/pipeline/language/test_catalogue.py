"""The vehicle catalogue: how large it is, what is found in running text, and a lender's own."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.language import Reader
from pipeline.language.catalogue import ADDED, CATALOGUE, load_catalogue
from pipeline.reconcile.lexicon import load_lexicon, plain_model

BRANDS, MODELS = 80, 700


def vehicles(text: str, reader: Reader) -> list[tuple[str, str]]:
    found = [mention for mention in reader.read_text(text) if mention.kind == "vehicle"]
    return [(m.attributes["brand"], m.attributes.get("model", "")) for m in found if "weak" not in m.attributes]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def test_it_holds_the_market() -> None:
    cars = load_catalogue()
    assert len({car.brand for car in cars}) >= BRANDS
    assert len(cars) >= MODELS


def test_no_model_is_listed_twice() -> None:
    listed = Counter((car.brand, "".join(car.model.lower().split())) for car in load_catalogue())
    assert [car for car, times in listed.items() if times > 1] == []


def test_every_model_is_found_after_its_brand(reader: Reader) -> None:
    missed = [
        (car.brand, car.model, found)
        for car in load_catalogue()
        if (found := vehicles(f"买的{car.brand}{car.model}", reader)) != [(car.brand, car.model)]
    ]
    assert missed == []


@pytest.mark.parametrize(
    "text",
    [
        "阳光小区二期",
        "我在大陆这边上班",
        "总裁办公室",
        "元旦那天",
        "我姓唐",
        "宋先生您好",
        "秦女士在吗",
        "海豹突击队",
        "一个月八千",
        "还是租的",
        "现代人都这样",
        "未来几年",
        "长城脚下",
        "这是我的理想",
        "北京人",
        "大众点评",
        "小米手机",
        "泰山那边",
        "挑战者杯",
        "黄河路",
    ],
)
def test_everyday_words_are_no_cars(text: str, reader: Reader) -> None:
    assert vehicles(text, reader) == []


def test_a_lender_adds_models_and_names(tmp_path: Path) -> None:
    added = tmp_path / ADDED
    added.parent.mkdir()
    added.write_text(
        "brand\tmodel\taliases\tspoken\n星海汽车\t远航9\t远航\t远航九\n本田\t雅阁\t雅皇\t\n", encoding="utf-8"
    )
    reader = Reader(tmp_path)
    assert vehicles("订的星海汽车远航九", reader) == [("星海汽车", "远航9")]
    assert vehicles("买的雅皇", reader) == [("本田", "雅阁")]
    assert vehicles("买的轩逸", reader) == [("日产", "轩逸")]
    names = load_lexicon(tmp_path).by_name
    assert {car.model for car in names[plain_model("远航九")]} == {"远航9"}
    assert {car.model for car in names[plain_model("雅皇")]} == {"雅阁"}


def test_a_lender_replaces_the_catalogue(tmp_path: Path) -> None:
    own = tmp_path / CATALOGUE
    own.parent.mkdir()
    own.write_text("brand\tmodel\n星海汽车\t远航9\n", encoding="utf-8")
    assert vehicles("星海汽车远航9", Reader(tmp_path)) == [("星海汽车", "远航9")]
    assert vehicles("买的轩逸", Reader(tmp_path)) == []


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("星海汽车\t远航9\n", "its first line must be brand model aliases spoken"),
        ("brand\tmodel\n星海汽车\n", "row 1 after the header needs a brand and a model"),
        ("", "its first line must be"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused(tmp_path: Path, content: str, complaint: str) -> None:
    added = tmp_path / ADDED
    added.parent.mkdir()
    added.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=complaint):
        Reader(tmp_path)
