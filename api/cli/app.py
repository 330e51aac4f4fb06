"""The commands of `callproof`, and how every failure becomes one clear line and an exit status."""

from __future__ import annotations

import os
import sys
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from api.cli import console, job_commands, store_commands
from api.cli.console import State
from api.cli.options import (
    ApplicationOption,
    CallOption,
    DatabaseOption,
    DataOption,
    DeviceOption,
    JsonOption,
    ModelOption,
    OutputOption,
    RecordedOption,
    RecordingArgument,
    ThreadsOption,
)
from api.cli.weights_commands import weights
from configs.settings import load
from pipeline.errors import CallproofError, InputError
from pipeline.version import __version__

app = typer.Typer(
    name="callproof",
    help="车贷审核通话 → 证据：转写、抽取、与申请表比对。 / Car-loan verification calls into evidence.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    settings: Annotated[
        Path | None, typer.Option("--settings", metavar="FILE", help="设置文件 / settings file (TOML)")
    ] = None,
    lang: Annotated[str | None, typer.Option("--lang", metavar="zh|en", help="界面语言 / language")] = None,
    configs: Annotated[Path | None, typer.Option("--configs", metavar="DIR", help="自有配置目录 / own configs")] = None,
    version: Annotated[bool, typer.Option("--version", help="版本 / version")] = False,
) -> None:
    """Options before the command hold for every command."""
    if version:
        console.write_line(f"callproof {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        raise InputError("no command given; callproof --help lists them", code="usage")
    flags = {"language": lang, "configs": configs}
    context.obj = (settings, {name: value for name, value in flags.items() if value is not None})


app.command()(store_commands.search)
app.add_typer(store_commands.ledger, name="ledger")
app.add_typer(store_commands.store, name="store")
app.add_typer(weights, name="weights")
app.add_typer(job_commands.quarantine, name="quarantine")
app.add_typer(job_commands.webhooks, name="webhooks")


def state_of(context: typer.Context, **flags: object) -> State:
    """The settings in force for one command, its own flags included."""
    file, before = context.obj
    own = {name: value for name, value in flags.items() if value is not None}
    return State(load(file, **{**before, **own}))


@app.command()
def run(
    context: typer.Context,
    recording: RecordingArgument,
    application: ApplicationOption = None,
    output: OutputOption = None,
    as_json: JsonOption = False,
    transcript: Annotated[
        Path | None, typer.Option("--transcript", metavar="FILE", help="转写另存 / write the transcript")
    ] = None,
    model: ModelOption = None,
    device: DeviceOption = None,
    threads: ThreadsOption = None,
    call_id: CallOption = None,
    recorded_at: RecordedOption = None,
) -> None:
    """录音 → 报告。 From a recording to its report."""
    from api.cli.calls import run_recording

    state = state_of(context, model=model, device=device, threads=threads)
    run_recording(state, recording, application, output, transcript, as_json, call_id, recorded_at)


@app.command()
def transcribe(
    context: typer.Context,
    recording: RecordingArgument,
    output: OutputOption = None,
    as_json: JsonOption = False,
    model: ModelOption = None,
    device: DeviceOption = None,
    threads: ThreadsOption = None,
    call_id: CallOption = None,
    recorded_at: RecordedOption = None,
) -> None:
    """录音 → 分角色文本。 From a recording to its transcript."""
    from api.cli.calls import transcribe_recording

    state = state_of(context, model=model, device=device, threads=threads)
    transcribe_recording(state, recording, output, as_json, call_id, recorded_at)


@app.command()
def diarize(
    context: typer.Context,
    recording: RecordingArgument,
    rttm: Annotated[bool, typer.Option("--rttm", help="输出 RTTM / RTTM lines")] = False,
    speakers: Annotated[
        int | None, typer.Option("--speakers", metavar="N", help="单声道说话人数 / speakers when mono")
    ] = None,
) -> None:
    """谁在何时说话。 Who speaks when, in any language."""
    from api.cli.calls import diarize_recording

    diarize_recording(state_of(context, speakers=speakers), recording, rttm)


@app.command()
def analyze(
    context: typer.Context,
    transcript: Annotated[
        Path, typer.Argument(metavar="TRANSCRIPT", help="转写 JSON 或 JSON Lines,- 为标准输入 / - is stdin")
    ],
    application: ApplicationOption = None,
    output: OutputOption = None,
    as_json: JsonOption = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="批量:每行一通 / one call a line")] = False,
    workers: Annotated[int, typer.Option("--workers", min=1, max=256, metavar="N", help="并行进程 / processes")] = 1,
) -> None:
    """文本 → 报告(任何识别引擎的转写均可)。 From any recogniser's transcript to the report."""
    from api.cli.analysis import analyze_lines, analyze_one

    state = state_of(context)
    if not jsonl:
        analyze_one(state, transcript, application, output, as_json)
        return
    if application is not None:
        raise InputError("--application: with --jsonl the application stands in each line", code="usage")
    if analyze_lines(state, transcript, output, workers):
        raise typer.Exit(2)


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
def verify(
    context: typer.Context,
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="证据包 ZIP / evidence bundle")],
    public_key: Annotated[
        str | None, typer.Option("--public-key", metavar="HEX", help="信任的账本公钥 / the ledger's key to trust")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """离线核验证据包。 Check an evidence bundle, offline."""
    from api.cli.evidence import check_bundle

    if not check_bundle(state_of(context), bundle, public_key, as_json):
        raise typer.Exit(1)


@app.command()
def evaluate(
    context: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="DIR", help="标注通话所在目录(*.yaml;加 --audio 则为录音与 *.truth.json) / labelled calls"
        ),
    ] = None,
    noise: Annotated[
        float, typer.Option("--noise", metavar="P", help="另按字错率 P 加噪重算(0.05) / again, misheard")
    ] = 0.0,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="噪声与测试语音的种子 / seed")] = 0,
    audio: Annotated[
        bool, typer.Option("--audio", help="测听写:DIR 中的整通录音,不给则为合成的留出语音 / measure on sound")
    ] = False,
    clips: Annotated[int, typer.Option("--clips", metavar="N", help="每类内容的段数 / clips of each category")] = 40,
    manifest: Annotated[
        Path | None,
        typer.Option("--manifest", metavar="FILE", help='测真实录音:每行 {"audio","text"} / recordings with texts'),
    ] = None,
    model: ModelOption = None,
    threads: ThreadsOption = None,
    as_json: JsonOption = False,
    errors: Annotated[bool, typer.Option("--errors", help="逐条列出错误 / list every error")] = False,
    calibrate: Annotated[
        Path | None,
        typer.Option("--calibrate", metavar="FILE", help="用这些通话拟合置信度并写入 FILE / fit the map of confidence"),
    ] = None,
) -> None:
    """标注通话或语音 → 各项指标。 Figures: of labelled calls, or of sound with --audio."""
    if audio or manifest:
        from api.cli.audio_evaluation import evaluate_audio

        if noise or (folder and manifest):
            raise InputError("evaluate: either DIR and --noise, or --audio with DIR or --manifest", code="usage")
        evaluate_audio(
            state_of(context, model=model, threads=threads),
            folder=folder,
            clips=clips,
            manifest=manifest,
            seed=seed,
            as_json=as_json,
            errors=errors,
        )
        return
    if folder is None:
        raise InputError("evaluate: name a folder of labelled calls, or give --audio", code="usage")
    from api.cli.evaluation import CALIBRATION_NOISE, evaluate_folder
    from api.cli.evaluation import calibrate as calibrate_on

    if calibrate is not None:
        calibrate_on(state_of(context), folder, calibrate, noise or CALIBRATION_NOISE)
        return
    evaluate_folder(state_of(context), folder, noise, seed, as_json, errors)


@app.command()
def synth(
    context: typer.Context,
    script: Annotated[Path, typer.Argument(metavar="SCRIPT", help="通话脚本 YAML / call script")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="opus、wav、flac 等 / audio file to write")
    ],
    truth: Annotated[
        Path | None, typer.Option("--truth", metavar="FILE", help="标准答案另存 / write the true transcript")
    ] = None,
) -> None:
    """脚本 → 合成通话录音(需 espeak-ng)。 A synthetic call with exact truth, from a script."""
    from api.cli.synthesis import synthesize_script

    synthesize_script(state_of(context), script, output, truth)


@app.command()
def schema(
    name: Annotated[str, typer.Argument(metavar="transcript|application|report", help="哪个结构 / which shape")],
) -> None:
    """输出 JSON Schema。 JSON Schema of a shape."""
    from pipeline.contract import SHAPES, json_schema

    if name not in SHAPES:
        raise InputError(f"schema {name!r}: not known; one of {', '.join(SHAPES)}", code="usage")
    console.print_json(json_schema(name))


@app.command(name="config")
def show_config(context: typer.Context, as_json: JsonOption = False) -> None:
    """当前生效的设置及其来源。 Settings in force and where each came from."""
    loaded = state_of(context).loaded
    values = loaded.settings.model_dump(mode="json")
    if as_json:
        console.print_json({name: {"value": value, "source": loaded.sources[name]} for name, value in values.items()})
        return
    width = max(map(len, values))
    for name, value in values.items():
        description = type(loaded.settings).model_fields[name].description
        console.write_line(f"{name:<{width}} = {value!s:<12} [{loaded.sources[name]}] {description}")


def main() -> None:
    """Run the command line. Exit status: 0 done, 2 usage error or unreadable input, 1 failure of the program."""
    sys.exit(_status())


def _status() -> int:
    try:
        result = app(None if len(sys.argv) > 1 else ["--help"], standalone_mode=False)
        return result if isinstance(result, int) else 0
    except TyperException as error:
        say = getattr(error, "format_message", None)
        return _fail(say() if say else str(error), "usage", 2)
    except (typer.Abort, KeyboardInterrupt):
        return _fail("interrupted", "interrupted", 130)
    except CallproofError as error:
        return _fail(error.message, error.code, error.exit_status)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if os.environ.get("CALLPROOF_DEBUG"):
            raise
        where = type(error).__name__
        return _fail(f"the program failed ({where}); CALLPROOF_DEBUG=1 shows where", "internal", 1)


def _speaks_chinese() -> bool:
    """Whether messages are in Chinese, also where the settings themselves are what is wrong."""
    asked = [value for flag, value in pairwise(sys.argv) if flag == "--lang"]
    asked += [argument.removeprefix("--lang=") for argument in sys.argv if argument.startswith("--lang=")]
    return (asked or [os.environ.get("CALLPROOF_LANGUAGE", "zh")])[0] != "en"


def _fail(message: str, code: str, status: int) -> int:
    line = " ".join(str(message).split())
    chinese = (
        f"{console.text(f'error_{code}', 'zh')} — " if _speaks_chinese() and console.has_text(f"error_{code}") else ""
    )
    sys.stderr.buffer.write(f"callproof: {chinese}{line} [{code}]\n".encode("utf-8", "replace"))
    sys.stderr.buffer.flush()
    return status
