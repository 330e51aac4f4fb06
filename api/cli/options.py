"""Arguments and options that several commands take, each said once."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import State
from configs.settings import load

RecordingArgument = Annotated[Path, typer.Argument(metavar="RECORDING", help="录音文件 / the recording")]
ApplicationOption = Annotated[
    Path | None, typer.Option("--application", "-a", metavar="FILE", help="申请表 JSON / the application")
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="写入文件 / write here as well")
]
JsonOption = Annotated[bool, typer.Option("--json", help="只输出 JSON / print the JSON alone")]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model", "-m", metavar="MODEL", help="识别模型：embedded、large-v3 等名称或权重路径 / name or checkpoint"
    ),
]
DeviceOption = Annotated[str | None, typer.Option("--device", metavar="DEVICE", help="auto、cpu、cuda")]
ThreadsOption = Annotated[int | None, typer.Option("--threads", metavar="N", help="识别线程数 / recogniser threads")]
RecordedOption = Annotated[
    datetime | None,
    typer.Option(
        "--recorded-at",
        metavar="ISO-8601",
        help="通话时间 / when the call was made",
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"],
    ),
]
CallOption = Annotated[
    str | None, typer.Option("--call-id", metavar="ID", help="通话编号(默认取文件名) / default: file name")
]
DataOption = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="数据目录 / data folder")]
DatabaseOption = Annotated[
    str | None, typer.Option("--database", metavar="URL", help="PostgreSQL 地址 / PostgreSQL URL (default: settings)")
]


def state_of(context: typer.Context, **flags: object) -> State:
    """The settings in force for one command, its own flags included."""
    file, before = context.obj
    own = {name: value for name, value in flags.items() if value is not None}
    return State(load(file, **{**before, **own}))
