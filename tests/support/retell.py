"""Labelled calls, told a little otherwise so that their labels stay true: `python -m tests.support.retell [NAME ...]`.

The words are parted into other turns, a bad line makes a question come twice, small talk comes between, fillers before.
What is told stays the same, so whatever is judged otherwise than in the call as it is written is a fault of ours.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from pipeline.analysis import Analyst
from pipeline.evaluate import read_calls
from pipeline.evaluate.errors import FieldError, field_errors
from pipeline.evaluate.judgement import judge

CALLS = Path(__file__).parents[1] / "cases" / "calls"
READ = ("tuned", "everyday", "once_unseen")
NODS = ("嗯", "嗯嗯", "哦", "嗯,好")
STOPS = "，。？！、；,.?!;"
NOT_COMPARED = ("turn", "polarity", "history")
"""Kinds of errors that may come and go with the turns themselves."""

Call = dict[str, Any]
Pieces = list[tuple[str, str]]
Change = Callable[[str, str, random.Random], Pieces]


def as_written(speaker: str, text: str, draw: random.Random) -> Pieces:
    """No change."""
    return [(speaker, text)]


def cut_at_a_pause(speaker: str, text: str, draw: random.Random) -> Pieces:
    """The customer's turns in two, with nothing said between."""
    return _cut(text, draw, "C", None) if speaker == "C" else [(speaker, text)]


def cut_by_a_listener(speaker: str, text: str, draw: random.Random) -> Pieces:
    """The customer's turns in two, with a sign of the agent's that he listens."""
    return _cut(text, draw, "C", draw.choice(NODS)) if speaker == "C" else [(speaker, text)]


def agent_cut_at_a_pause(speaker: str, text: str, draw: random.Random) -> Pieces:
    """The agent's turns in two."""
    return _cut(text, draw, "A", None) if speaker == "A" else [(speaker, text)]


def agent_cut_by_a_listener(speaker: str, text: str, draw: random.Random) -> Pieces:
    """The agent's turns in two, with a 嗯 of the customer's between."""
    return _cut(text, draw, "A", "嗯") if speaker == "A" else [(speaker, text)]


def bad_line(speaker: str, text: str, draw: random.Random) -> Pieces:
    """Some of the agent's questions are not heard at all, and come again."""
    if speaker != "A" or not _asks(text) or draw.random() > OFTEN:
        return [(speaker, text)]
    cannot, can = draw.choice(LINE)
    return [("A", text), ("C", cannot), ("A", can + text)]


def asked_twice(speaker: str, text: str, draw: random.Random) -> Pieces:
    """Some of the agent's questions are not understood, and come again."""
    if speaker != "A" or not _asks(text) or draw.random() > OFTEN:
        return [(speaker, text)]
    return [("A", text), ("C", draw.choice(WHAT)), ("A", draw.choice(("我说,", "我是问,", "")) + text)]


def small_talk(speaker: str, text: str, draw: random.Random) -> Pieces:
    """Something that belongs to no field is said before some of the agent's turns."""
    if speaker != "A" or draw.random() > OFTEN:
        return [(speaker, text)]
    aside, reply = draw.choice(ASIDES)
    return [("A", aside), ("C", reply), ("A", text)]


def fillers(speaker: str, text: str, draw: random.Random) -> Pieces:
    """Half of the turns begin with a word that says nothing."""
    if draw.random() > 0.5:
        return [(speaker, text)]
    return [(speaker, draw.choice(FILLERS[speaker]) + text)] if speaker in FILLERS else [(speaker, text)]


def no_stops(speaker: str, text: str, draw: random.Random) -> Pieces:
    """A recogniser that writes a space for every stop."""
    return [(speaker, re.sub(rf"[{STOPS}](?!\d)|(?<!\d)[{STOPS}]", " ", text).strip() or text)]


def read_back(speaker: str, text: str, draw: random.Random) -> Pieces:
    """The agent repeats short answers, and the customer says yes."""
    bare = text.strip(STOPS + " ")
    if speaker != "C" or not 2 <= len(bare) <= 8 or NOT_READ_BACK.search(bare):
        return [(speaker, text)]
    return [
        ("C", text),
        ("A", bare + draw.choice(("。", ",好。", ",对吧?", "是吧?"))),
        ("C", draw.choice(("对。", "嗯,对。", "是。"))),
    ]


def of_others(speaker: str, text: str, draw: random.Random) -> Pieces:
    """The customer tells something of somebody else's behind some of his answers."""
    if speaker != "C" or len(text) < 4 or _asks(text) or draw.random() > SELDOM:
        return [(speaker, text)]
    return [("C", text.rstrip(STOPS + " ") + "。" + draw.choice(OTHERS))]


def of_others_too(speaker: str, text: str, draw: random.Random) -> Pieces:
    """As `of_others`, in one breath with the answer, and in other words."""
    if speaker != "C" or len(text) < 4 or _asks(text) or draw.random() > SELDOM:
        return [(speaker, text)]
    return [("C", text.rstrip(STOPS + " ") + "," + draw.choice(OTHERS_TOO))]


def preambles(speaker: str, text: str, draw: random.Random) -> Pieces:
    """The agent says before some of his questions why he asks, or how to answer."""
    if speaker != "A" or not _asks(text) or draw.random() > OFTEN:
        return [(speaker, text)]
    return [("A", draw.choice(PREAMBLES) + text)]


def tails(speaker: str, text: str, draw: random.Random) -> Pieces:
    """Some turns end in words that add nothing."""
    if speaker not in TAILS or draw.random() > OFTEN or (speaker == "C" and (len(text) < 4 or _asks(text))):
        return [(speaker, text)]
    return [
        (speaker, text.rstrip(STOPS + " ") + (text[-1] if text[-1] in "?？" else ",") + draw.choice(TAILS[speaker]))
    ]


def called_by_name(speaker: str, text: str, draw: random.Random) -> Pieces:
    """Both call each other something."""
    if speaker not in CALLED or draw.random() > OFTEN:
        return [(speaker, text)]
    return [(speaker, draw.choice(CALLED[speaker]) + text)]


def in_dialect(speaker: str, text: str, draw: random.Random) -> Pieces:
    """Words of other regions for the usual ones."""
    for usual, others in DIALECT:
        if draw.random() < 0.5:
            text = re.sub(usual, draw.choice(others), text)
    return [(speaker, text)]


SELDOM = 0.12
OTHERS = (
    "我同事前阵子也买的,他贷了十五万。",
    "我哥在县城做装修,一个月一万多呢。",
    "我弟那个车是跑滴滴的。",
    "我爸以前开大货车的。",
    "隔壁老王家的房子,一个月要还五千多。",
    "我姐夫去年提的奥迪,三十多万。",
    "我表弟在深圳上班,工资两万。",
    "我有个同学拿车去抵押了,被坑惨了。",
    "我邻居买车找的中介,给人家三千块。",
    "我们厂里那个小李,房贷四千呢。",
    "我妹在医院当护士,也才五千。",
    "我发小全款买的,花了二十六万。",
)
OTHERS_TOO = (
    "人家小李买的那个才贵,花了二十多万。",
    "我们同事老周上个月刚提了一台,首付八万。",
    "我战友在派出所,工资七千多。",
    "我堂哥开饭店的,一年挣几十万。",
    "我那个同学就是网贷借多了,一个月要还八千。",
    "我小姨子她家房贷一个月六千,压力大得很。",
    "我师傅干了二十年了,才八千。",
    "我们车间主任贷了三十万买的宝马。",
    "楼上那家去年换的奔驰,说是贷了五年。",
    "我弟媳在超市收银,一个月三千。",
    "我妹夫跑网约车,一天能跑四百。",
    "我老乡他们都是找人包装的流水,给了两千块。",
)
PREAMBLES = (
    "按规定要跟您核实一下,",
    "这个是例行要问的,",
    "下面这个您照实说就行,",
    "我这边系统里要登记,",
    "麻烦您再回答我一个问题,",
    "咱们接着往下,",
    "我这边要确认一下,",
    "还有一个,",
    "不好意思我还得问一下,",
)
TAILS = {
    "A": ("您照实说就行。", "这个要登记的。", "没别的意思啊。", "例行问一下。", "您说一下。"),
    "C": ("就这样。", "就是这么个情况。", "你看行吧。", "你记一下。", "是这么回事。", "没别的了。"),
}
CALLED = {
    "A": ("师傅,", "大哥,", "姐,", "先生您好,", "您好,", "哎哥,"),
    "C": ("妹子,", "小伙子,", "美女,", "领导,", "同志,", "哎妹儿,"),
}
DIALECT = (
    ("没有", ("没得", "冇得", "莫得")),
    ("什么", ("啥", "啥子", "甚")),
    ("多少", ("好多", "几多")),
    ("不知道", ("不晓得", "知不道", "唔知")),
    ("(?<![我咱俺])我(?!们)", ("俺", "我")),
    ("咱们?", ("俺们", "咱")),
    ("怎么", ("咋", "咋个")),
    ("是的", ("是嘞", "是咧", "对头")),
    ("一点", ("点儿", "一哈儿")),
    ("现在", ("这会儿", "眼下", "而今", "现在")),
)
OFTEN = 0.25
LINE = (
    ("喂?喂?", "喂,能听到吗?"),
    ("喂,听不清,你大点声。", "现在能听清吗?"),
    ("喂?你说啥?信号不好。", "好,我再问一遍。"),
    ("喂?听得到吗?", "听得到,"),
    ("你那边断断续续的。", "我再说一下,"),
)
WHAT = ("啊?", "什么?", "啊?没听清。", "你说什么?", "嗯?", "您再说一遍?", "没听明白,你再说一下。")
ASIDES = (
    ("您稍等,我这边记一下。", "好,你记。"),
    ("系统有点慢,稍等啊。", "没事没事。"),
    ("您那边有点吵。", "在外面呢,车多。"),
    ("今天天气挺冷的。", "可不是嘛,零下了。"),
    ("不好意思,耽误您时间了。", "没事,你问吧。"),
    ("您现在方便吧?", "方便,你说。"),
    ("您别急,还有几个问题就完了。", "嗯,不急。"),
    ("嗯,好的。", "嗯。"),
    ("您先忙完再说也行。", "不忙,刚好歇着。"),
    ("您声音有点小。", "哦,那我大点声。"),
)
FILLERS = {
    "A": ("好的,", "嗯,", "行,", "那个,", "嗯好,", "哎,", "好,那我再问一下,", "那,", "来,"),
    "C": ("那个,", "就是,", "呃,", "哎,", "嗯……", "这个嘛,", "我跟你说啊,", "怎么说呢,", "哦,"),
}
NOT_READ_BACK = re.compile(
    r"[?吗吧呢我你您她他…]|没错|不是|^(?:[对是嗯好行可以没错的有哦知道了谢拜再见喂啊能明白清楚]+)$"
)

CUTS: tuple[Change, ...] = (cut_at_a_pause, cut_by_a_listener, agent_cut_at_a_pause, agent_cut_by_a_listener)
CHANGES: tuple[Change, ...] = (
    *CUTS,
    bad_line,
    asked_twice,
    small_talk,
    fillers,
    no_stops,
    read_back,
    of_others,
    of_others_too,
    preambles,
    tails,
    called_by_name,
    in_dialect,
)


def _asks(text: str) -> bool:
    return text.rstrip().endswith(("?", "？", "吗", "呢", "吧", "多少", "哪里", "什么"))


def _cut(text: str, draw: random.Random, speaker: str, nod: str | None) -> Pieces:
    parts = [part for part in re.split(r"(?<=[,，])", text) if part.strip()]
    if len(parts) < 2:
        return [(speaker, text)]
    place = draw.randrange(1, len(parts))
    between = [] if nod is None else [("A" if speaker == "C" else "C", nod)]
    return [(speaker, "".join(parts[:place])), *between, (speaker, "".join(parts[place:]))]


def retold(call: Call, change: Change, draw: random.Random) -> Call:
    """The call with its turns changed; labels keep pointing to where the turn of their value begins."""
    turns: list[dict[str, str]] = []
    begins = []
    plain = not any(stop in str(text) for turn in call["turns"] for text in turn.values() for stop in STOPS)
    for turn in call["turns"]:
        begins.append(len(turns))
        ((speaker, text),) = turn.items()
        for who, piece in change(speaker, str(text), draw):
            turns += [{who: without} for who, without in no_stops(who, piece, draw)] if plain else [{who: piece}]
    for label in call["expect"].get("fields", {}).values():
        if label.get("turn") is not None:
            label["turn"] = begins[label["turn"]]
    return {**call, "turns": turns}


def errors_in(folder: Path, analyst: Analyst) -> dict[str, list[FieldError]]:
    """What is judged wrong in each call of a folder, but where it stands."""
    return {
        call.name: [
            error
            for error in field_errors(judge(call, analyst.analyse(call.transcript, call.application)))
            if error.kind not in NOT_COMPARED
        ]
        for call in read_calls(folder)
    }


class Retold:
    """Every `every`-th call of a folder, judged as it is written, and by each change."""

    def __init__(self, source: Path, analyst: Analyst, *, every: int = 1) -> None:
        self._calls = {file.name: file.read_text(encoding="utf-8") for file in sorted(source.glob("*.yaml"))[::every]}
        self._analyst = analyst
        self._known = {
            name: {(error.subject, error.expected) for error in errors}
            for name, errors in self._judged(as_written).items()
        }

    def new_errors(self, change: Change) -> Iterator[FieldError]:
        """What goes wrong in the retold calls, and not in the calls as they are written."""
        for name, errors in self._judged(change).items():
            yield from (error for error in errors if (error.subject, error.expected) not in self._known[name])

    def _judged(self, change: Change) -> dict[str, list[FieldError]]:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in self._calls.items():
                call = retold(yaml.load(text, Loader=yaml.CSafeLoader), change, random.Random(name))
                (Path(folder) / name).write_text(yaml.safe_dump(call, allow_unicode=True), encoding="utf-8")
            return errors_in(Path(folder), self._analyst)


def main() -> None:
    """Print, for each change (or those named), how many of the judgements on all calls that are read get worse."""
    named = sys.argv[1:]
    if unknown := set(named) - {change.__name__ for change in CHANGES}:
        sys.exit(f"no such change: {', '.join(sorted(unknown))}; there are {', '.join(c.__name__ for c in CHANGES)}")
    analyst = Analyst()
    sets = [Retold(CALLS / folder, analyst) for folder in READ]
    calls = sum(len(list((CALLS / folder).glob("*.yaml"))) for folder in READ)
    for change in CHANGES:
        if not named or change.__name__ in named:
            errors = sum(len(list(each.new_errors(change))) for each in sets)
            print(f"{change.__name__}: {errors} new errors in {calls} calls", flush=True)


if __name__ == "__main__":
    main()
