"""`python -m bench [NAME …]`: every figure in the documentation comes from here."""

from __future__ import annotations

import argparse

BENCHES = (
    "recognition",
    "decoding",
    "speed",
    "analysis",
    "grammar",
    "diarization",
    "crosstalk",
    "memory",
    "from-sound",
)


def main() -> None:
    """Run the named benches, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}; all unless named")
    parser.add_argument("--model", default="embedded", help="recogniser for `recognition` and `speed`")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=5.0, help="length of the calls in `speed`, `diarization`, …")
    parser.add_argument("--diarizer", default="plain", help="engine for `diarization`")
    parser.add_argument("--diarizer-model", help="folder of its pipeline")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(BENCHES))
    if unknown:
        parser.error(f"unknown bench {', '.join(unknown)}")
    for name in options.names or BENCHES:
        if name == "recognition":
            from bench.recognition import bench_recognition

            bench_recognition(options.model, threads=options.threads)
        elif name == "speed":
            from bench.speech import bench_programs

            bench_programs(options.model, minutes=options.minutes, device="cpu", threads=options.threads, mono=False)
        elif name == "decoding":
            from bench.recognition import bench_decoding

            bench_decoding(threads=options.threads)
        elif name == "grammar":
            from bench.grammar import bench_grammar

            bench_grammar()
        elif name == "crosstalk":
            from bench.crosstalk import bench_crosstalk

            bench_crosstalk(minutes=min(options.minutes, 1.0))
        elif name == "memory":
            from bench.memory import bench_memory

            bench_memory(options.model, threads=options.threads)
        elif name == "from-sound":
            from bench.from_sound import bench_from_sound

            bench_from_sound(options.model, threads=options.threads)
        elif name == "diarization":
            from bench.diarization import bench_diarization

            bench_diarization(options.diarizer, options.diarizer_model, minutes=options.minutes)
        else:
            from bench.analysis import bench_analysis

            bench_analysis()


if __name__ == "__main__":
    main()
