"""`callproof quarantine …` and `callproof webhooks …`: their options."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from api.cli.options import DatabaseOption, DataOption, JsonOption, state_of
from pipeline.errors import InputError

quarantine = typer.Typer(
    help="处理不了的通话：原因与重做。 Calls that could not be finished.", no_args_is_help=True, rich_markup_mode=None
)
webhooks = typer.Typer(
    help="未送达的通知。 Webhook messages that did not arrive.", no_args_is_help=True, rich_markup_mode=None
)

LimitOption = Annotated[int, typer.Option("--limit", min=1, max=500, metavar="N", help="条数 / how many")]
StatusOption = Annotated[
    str, typer.Option("--status", metavar="quarantined|failed", help="隔离的或失败的 / quarantined or failed ones")
]


@quarantine.command(name="list")
def list_calls(
    context: typer.Context,
    status: StatusOption = "quarantined",
    limit: LimitOption = 50,
    cursor: Annotated[str | None, typer.Option("--cursor", metavar="CURSOR", help="下一页 / next page")] = None,
    data: DataOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """哪些通话，为什么。 Which calls, and why."""
    from api.cli import outcasts

    outcasts.list_calls(state_of(context, data=data, database=database), _status(status), limit, cursor, as_json)


@quarantine.command()
def show(
    context: typer.Context,
    call_id: Annotated[str, typer.Argument(metavar="CALL", help="通话编号 / call id")],
    data: DataOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """一通电话的处理经过。 What happened to a call."""
    from api.cli import outcasts

    outcasts.show_call(state_of(context, data=data, database=database), call_id, as_json)


@quarantine.command()
def replay(
    context: typer.Context,
    call_ids: Annotated[list[str] | None, typer.Argument(metavar="CALL...", help="通话编号 / call ids")] = None,
    everything: Annotated[bool, typer.Option("--all", help="全部 / every one")] = False,
    reason: Annotated[
        str | None,
        typer.Option("--reason", metavar="CODE", help="与 --all 同用：只限此原因 / of this reason"),
    ] = None,
    status: StatusOption = "quarantined",
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """重新排队处理；有仍在处理的则退出码 2。 Queue them again; exit status 2 where some are in work."""
    from api.cli import outcasts

    if bool(call_ids) == everything or (reason and not everything):
        raise InputError("quarantine replay: name calls, or --all with or without --reason CODE", code="usage")
    state = state_of(context, data=data, database=database)
    if not outcasts.replay_calls(state, call_ids or None, _status(status), reason):
        raise typer.Exit(2)


@webhooks.command()
def failed(
    context: typer.Context,
    limit: LimitOption = 100,
    data: DataOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """多次未送达、不再自动重试的通知。 Messages that are not tried again by themselves."""
    from api.cli import outcasts

    outcasts.list_failed(state_of(context, data=data, database=database), limit, as_json)


@webhooks.command(name="replay")
def replay_webhook(
    context: typer.Context,
    webhook_id: Annotated[str, typer.Argument(metavar="WEBHOOK", help="webhook 编号 / its id")],
    delivery_id: Annotated[
        str | None, typer.Argument(metavar="[MESSAGE]", help="只重发这一条 / this message alone")
    ] = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """重发未送达的通知，由 callproof serve 送出。 Send them again; the server delivers."""
    from api.cli import outcasts

    outcasts.replay_webhook(state_of(context, data=data, database=database), webhook_id, delivery_id)


def _status(name: str) -> Literal["quarantined", "failed"]:
    if name == "quarantined":
        return "quarantined"
    if name == "failed":
        return "failed"
    raise InputError(f"--status {name}: quarantined or failed", code="usage")
