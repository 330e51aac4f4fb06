"""The commands of `callproof`, and how every failure becomes one clear line and an exit status."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli import console, job_commands, service_commands, store_commands
from api.cli.options import (
    ApplicationOption,
    CallOption,
    DeviceOption,
    JsonOption,
    ModelOption,
    OutputOption,
    RecordedOption,
    RecordingArgument,
    ThreadsOption,
    state_of,
)
from api.cli.weights_commands import weights
from pipeline.errors import InputError
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


app.add_typer(store_commands.ledger, name="ledger")
app.add_typer(store_commands.store, name="store")
app.add_typer(weights, name="weights")
app.add_typer(job_commands.quarantine, name="quarantine")
app.add_typer(job_commands.webhooks, name="webhooks")


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


for command in (
    service_commands.serve,
    service_commands.worker,
    service_commands.ingest,
    service_commands.watch,
    store_commands.search,
):
    app.command()(command)


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
    values = {**loaded.settings.model_dump(mode="json"), "database": loaded.settings.shown_database}
    if as_json:
        console.print_json({name: {"value": value, "source": loaded.sources[name]} for name, value in values.items()})
        return
    width = max(map(len, values))
    for name, value in values.items():
        description = type(loaded.settings).model_fields[name].description
        console.write_line(f"{name:<{width}} = {value!s:<12} [{loaded.sources[name]}] {description}")
