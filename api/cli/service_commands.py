"""`callproof serve`, `worker`, `ingest` and `watch`: their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import DatabaseOption, DataOption, JsonOption, state_of
from pipeline.errors import InputError


def serve(
    context: typer.Context,
    host: Annotated[
        str | None, typer.Option("--host", metavar="ADDRESS", help="监听地址 / address to listen on")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, metavar="N", help="端口 / port; 0: a free one")
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", metavar="DIR", help="数据目录 / data folder")] = None,
    worker: Annotated[bool, typer.Option("--worker/--no-worker", help="是否含处理进程 / with a worker")] = True,
) -> None:
    """API 与控制台,含处理进程,数据在一个目录下。 API and console on one port, worker included."""
    from api.cli.serve import serve as run_server

    run_server(state_of(context, host=host, port=port, data=data), with_worker=worker)


def worker(
    context: typer.Context,
    queue: Annotated[
        list[str] | None,
        typer.Option("--queue", metavar="gpu|cpu", help="处理哪个队列,可重复 / which queues; both by default"),
    ] = None,
    slots: Annotated[int, typer.Option("--slots", min=1, max=64, metavar="N", help="并行数 / calls at a time")] = 1,
    database: DatabaseOption = None,
    data: DataOption = None,
) -> None:
    """处理排队的通话:gpu 转写,cpu 分析。 Work on queued calls: gpu transcribes, cpu analyses."""
    from api.cli.worker import work
    from pipeline.jobs import QUEUES

    unknown = sorted(set(queue or ()) - set(QUEUES))
    if unknown:
        raise InputError(f"--queue {unknown[0]}: not known; gpu or cpu", code="usage")
    chosen = tuple(name for name in QUEUES if not queue or name in queue)
    work(state_of(context, data=data, database=database), chosen, slots)


def ingest(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="DIR|MANIFEST", help="录音目录或清单 / folder or JSON Lines")],
    priority: Annotated[
        int, typer.Option("--priority", min=-100, max=100, metavar="N", help="优先级,大者先 / the higher first")
    ] = 0,
    as_json: JsonOption = False,
    database: DatabaseOption = None,
    data: DataOption = None,
) -> None:
    """批量入库,可续传;有被拒文件时退出码 2。 Many calls into the store; exit status 2 where some were refused."""
    from api.cli.ingest import ingest as run_ingest

    if run_ingest(state_of(context, data=data, database=database), source, priority, as_json).refused:
        raise typer.Exit(2)


def watch(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="外呼系统投放目录 / drop folder of the dialler")],
    settle: Annotated[
        float, typer.Option("--settle", min=0, metavar="S", help="多久不变算完整 / unchanged so long is complete")
    ] = 5.0,
    sidecar_wait: Annotated[
        float, typer.Option("--sidecar-wait", min=0, metavar="S", help="等随附 JSON 多久 / wait for the sidecar")
    ] = 10.0,
    require_sidecar: Annotated[
        bool, typer.Option("--require-sidecar", help="没有随附 JSON 不入库 / nothing without its sidecar")
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="处理完现有文件即退出 / end when the folder is empty")] = False,
    database: DatabaseOption = None,
    data: DataOption = None,
) -> None:
    """监视投放目录,完整文件自动入库。 Take complete files of a drop folder into the store."""
    from api.cli.watch import Patience
    from api.cli.watch import watch as run_watch

    patience = Patience(settle=settle, sidecar=None if require_sidecar else sidecar_wait)
    run_watch(state_of(context, data=data, database=database), folder, patience, once)
