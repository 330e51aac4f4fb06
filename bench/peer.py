"""faster-whisper by itself, as documented: `python -m bench.peer sequential|batched FILE MODEL OUTPUT`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

BATCH = 8


def main() -> None:
    """Write the segments of FILE as JSON."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    parser = argparse.ArgumentParser(prog="python -m bench.peer", description=__doc__)
    parser.add_argument("mode", choices=("sequential", "batched"))
    parser.add_argument("recording")
    parser.add_argument("model")
    parser.add_argument("output", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    model = WhisperModel(options.model, device=options.device, cpu_threads=options.threads, local_files_only=True)
    if options.mode == "batched":
        segments, _ = BatchedInferencePipeline(model).transcribe(options.recording, language="zh", batch_size=BATCH)
    else:
        segments, _ = model.transcribe(options.recording, language="zh")
    written = [{"start": one.start, "end": one.end, "text": one.text} for one in segments]
    options.output.write_text(json.dumps({"segments": written}, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
