"""`callproof weights`: what is shipped, whether it is whole, and weights from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli import console
from models.weights import listed_weights
from pipeline.errors import ModelError

weights = typer.Typer(
    help="模型权重:清单、校验、下载、转换。 Weights: list, verify, fetch, convert.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@weights.command(name="list")
def list_all(
    as_json: Annotated[bool, typer.Option("--json", help="只输出 JSON / print the JSON alone")] = False,
) -> None:
    """内置权重及其用途、来源、许可。 What is shipped: purpose, source, licence."""
    listed = listed_weights()
    if as_json:
        console.print_json(listed)
        return
    for name, entry in listed.items():
        size = f"{entry['bytes'] / 1e6:.1f} MB"
        console.write_line(f"{name:<24} {size:>9}  {entry['sha256'][:12]}  {entry['licence']}  {entry['purpose']}")


@weights.command()
def verify(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="下载的权重目录(默认查内置) / a fetched folder")
    ] = None,
) -> None:
    """按 SHA-256 校验。 Check SHA-256: of what is shipped, or of a fetched folder."""
    from models.weights import condition
    from models.weights.fetching import check_sums

    found = check_sums(folder) if folder else {name: condition(name) for name in listed_weights()}
    for name, state in found.items():
        console.write_line(f"{state:<8} {name}")
    if set(found.values()) - {"ok"}:
        raise typer.Exit(1)


@weights.command()
def fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="large-v3 等,或 OWNER/NAME / a model or hub repository")],
    folder: Annotated[Path | None, typer.Option("--output", "-o", metavar="DIR", help="存放目录 / folder")] = None,
) -> None:
    """下载权重(需联网;令牌取自环境变量 HF_TOKEN)。 Fetch weights; needs a network, a token comes from HF_TOKEN."""
    from models.weights.fetching import digest
    from models.weights.fetching import fetch as fetch_weights

    got = fetch_weights(name, folder)
    console.write_line(f"{got}  {digest(got)}" if got.is_file() else str(got))


@weights.command()
def convert(
    checkpoint: Annotated[str, typer.Argument(metavar="MODEL", help="openai-whisper 权重文件或 embedded / checkpoint")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="写入目录 / folder to write")],
    compute_type: Annotated[
        str, typer.Option("--compute-type", metavar="TYPE", help="float32、int8、bfloat16 等 / arithmetic")
    ] = "float32",
) -> None:
    """openai-whisper 权重 → CTranslate2,供 faster-whisper 引擎。 For the engine faster-whisper."""
    from models.hear.conversion import convert as convert_weights
    from models.weights import verified

    source = verified("recogniser") if checkpoint == "embedded" else Path(checkpoint)
    if source.is_dir():
        raise ModelError(f"{source}: is a folder; give an openai-whisper checkpoint", code="file_is_directory")
    console.write_line(str(convert_weights(source, output, compute_type=compute_type)))
