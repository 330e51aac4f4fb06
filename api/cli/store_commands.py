"""`callproof search`, `callproof ledger …` and `callproof store …`: their options."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import DatabaseOption, DataOption, JsonOption, state_of
from pipeline.errors import InputError

ledger = typer.Typer(help="审计账本。 The audit ledger.", no_args_is_help=True, rich_markup_mode=None)
store = typer.Typer(
    help="数据库、备份、密钥与保存期限。 Keeping the store.", no_args_is_help=True, rich_markup_mode=None
)

DAY_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]


def search(
    context: typer.Context,
    query: Annotated[
        str,
        typer.Argument(
            metavar="QUERY",
            help='词 词 都要;甲|乙 任一;-词 不要;"原话";~wangjianguo 同音 / all, any, none, phrase, sound-alike',
        ),
    ],
    data: DataOption = None,
    database: DatabaseOption = None,
    within: Annotated[
        str, typer.Option("--within", metavar="turn|call", help="同一句或同一通 / in one turn or one call")
    ] = "turn",
    speaker: Annotated[
        str | None, typer.Option("--speaker", metavar="ROLE", help="agent、customer、third_party")
    ] = None,
    agent: Annotated[str | None, typer.Option("--agent", metavar="ID", help="坐席 / agent")] = None,
    dealer: Annotated[str | None, typer.Option("--dealer", metavar="NAME", help="经销商 / dealer")] = None,
    unit: Annotated[str | None, typer.Option("--unit", metavar="NAME", help="机构 / organisation unit")] = None,
    field: Annotated[str | None, typer.Option("--field", metavar="PATH", help="字段,如 income.monthly / field")] = None,
    outcome: Annotated[
        str | None, typer.Option("--outcome", metavar="OUTCOME", help="字段结果,如 mismatch / its outcome")
    ] = None,
    signal: Annotated[str | None, typer.Option("--signal", metavar="CODE", help="风险信号 / signal")] = None,
    since: Annotated[
        datetime | None, typer.Option("--since", formats=DAY_FORMATS, metavar="DATE", help="起 / from, inclusive")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--until", formats=DAY_FORMATS, metavar="DATE", help="止(不含) / to, exclusive")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, metavar="N", help="条数 / how many")] = 20,
    cursor: Annotated[str | None, typer.Option("--cursor", metavar="CURSOR", help="下一页 / next page")] = None,
    as_json: JsonOption = False,
) -> None:
    """在已存的转写中搜索,新通话在前。 Search what was said, the newest call first."""
    from api.cli import stores

    if within not in ("turn", "call"):
        raise InputError("--within: turn or call", code="usage")
    filters = {
        "speaker": speaker,
        "agent_part": agent,
        "dealer_part": dealer,
        "unit": unit,
        "field": field,
        "outcome": outcome,
        "signal": signal,
        "since": since.astimezone() if since else None,
        "until": until.astimezone() if until else None,
    }
    stores.search(state_of(context, data=data, database=database), query, within, filters, limit, cursor, as_json)  # type: ignore[arg-type]


@ledger.command()
def verify(
    context: typer.Context,
    data: DataOption = None,
    database: DatabaseOption = None,
    head: Annotated[
        Path | None, typer.Option("--head", metavar="FILE", help="另存的账本头 / a head kept elsewhere")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """账本是否完整;否则指出在哪一行(退出码 1)。 Whole, or where it is not (exit status 1)."""
    from api.cli import stores

    if not stores.verify_ledger(state_of(context, data=data, database=database), head, as_json):
        raise typer.Exit(1)


@ledger.command()
def head(context: typer.Context, data: DataOption = None, database: DatabaseOption = None) -> None:
    """签名的账本头与公钥,请另存。 The signed head and public key, to be kept elsewhere."""
    from api.cli import stores

    stores.show_head(state_of(context, data=data, database=database))


@ledger.command(name="list")
def list_rows(
    context: typer.Context,
    data: DataOption = None,
    database: DatabaseOption = None,
    subject: Annotated[str | None, typer.Option("--subject", metavar="ID", help="对象,如通话编号 / subject")] = None,
    actor: Annotated[str | None, typer.Option("--actor", metavar="NAME", help="谁 / actor")] = None,
    action: Annotated[str | None, typer.Option("--action", metavar="ACTION", help="动作 / action")] = None,
    as_json: JsonOption = False,
) -> None:
    """逐行列出。 The rows."""
    from api.cli import stores

    stores.list_ledger(state_of(context, data=data, database=database), subject, actor, action, as_json)


@store.command()
def migrate(context: typer.Context, data: DataOption = None, database: DatabaseOption = None) -> None:
    """升级数据库到本版本。 Bring the database to this version."""
    from api.cli import stores

    stores.migrate(state_of(context, data=data, database=database))


@store.command()
def reindex(context: typer.Context, data: DataOption = None, database: DatabaseOption = None) -> None:
    """重建搜索索引。 Make the search index anew."""
    from api.cli import stores

    stores.reindex(state_of(context, data=data, database=database))


@store.command()
def check(
    context: typer.Context,
    data: DataOption = None,
    database: DatabaseOption = None,
    backup: Annotated[
        Path | None, typer.Option("--backup", metavar="DIR", help="对照该备份的账本头 / against this backup's head")
    ] = None,
) -> None:
    """逐一打开全部内容并核对账本(有问题退出码 1)。 Open everything and verify the ledger."""
    from api.cli import stores

    if not stores.check_store(state_of(context, data=data, database=database), backup):
        raise typer.Exit(1)


@store.command()
def backup(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="空目录 / an empty folder")],
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """备份(不含密钥),服务可继续运行。 Back up a running store; keys are not in it."""
    from api.cli import stores

    stores.backup_store(state_of(context, data=data, database=database), folder)


@store.command()
def restore(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="备份目录 / the backup")],
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """从备份恢复到空的数据目录。 Put a backup into an empty data folder."""
    from api.cli import stores

    stores.restore_store(state_of(context, data=data, database=database), folder)


@store.command(name="new-keys")
def new_keys() -> None:
    """输出一份新的密钥文件内容。 Print a fresh key document."""
    from api.cli import stores

    stores.new_keys()


@store.command(name="rotate-keys")
def rotate_keys(
    context: typer.Context,
    data: DataOption = None,
    database: DatabaseOption = None,
    rewrap: Annotated[
        bool, typer.Option("--rewrap-only", help="不生成新主密钥 / under the active key; makes none")
    ] = False,
    retire: Annotated[bool, typer.Option("--retire", help="移除不再使用的主密钥 / take unused ones out")] = False,
) -> None:
    """更换主密钥,数据密钥重新加密。 A new master key; every data key is wrapped anew."""
    from api.cli import stores

    stores.rotate_keys(state_of(context, data=data, database=database), not rewrap, retire)


@store.command()
def erase(
    context: typer.Context,
    call_id: Annotated[str, typer.Argument(metavar="CALL", help="通话编号 / call id")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="依据,如申请编号 / why")],
    audio_only: Annotated[bool, typer.Option("--audio-only", help="只删录音 / the recording alone")] = False,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """彻底删除一通电话,输出凭证。 Destroy a call for good; prints the certificate."""
    from api.cli import stores

    stores.erase_call(state_of(context, data=data, database=database), call_id, reason, audio_only)


@store.command()
def hold(
    context: typer.Context,
    call_id: Annotated[str, typer.Argument(metavar="CALL", help="通话编号 / call id")],
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="案号 / case number")] = None,
    release: Annotated[bool, typer.Option("--release", help="解除 / let it go again")] = False,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """司法保全:保全期间不得删除。 Legal hold: nothing erases the call."""
    from api.cli import stores

    if release == (reason is not None):
        raise InputError("store hold: --reason TEXT, or --release", code="usage")
    stores.hold_call(state_of(context, data=data, database=database), call_id, None if release else reason)


@store.command()
def retention(
    context: typer.Context,
    data: DataOption = None,
    database: DatabaseOption = None,
    apply: Annotated[bool, typer.Option("--apply", help="执行删除;否则只列出 / erase; else only named")] = False,
    at: Annotated[
        datetime | None, typer.Option("--at", formats=DAY_FORMATS, metavar="DATE", help="按该日计 / as of")
    ] = None,
) -> None:
    """按保存期限删除到期内容。 Erase what its class keeps no longer."""
    from api.cli import stores

    stores.apply_retention(state_of(context, data=data, database=database), apply, at)
