"""The sizes of a Whisper model that is small enough to be made anew by a test."""

import whisper

TINY = whisper.model.ModelDimensions(
    n_mels=80,
    n_audio_ctx=1500,
    n_audio_state=16,
    n_audio_head=2,
    n_audio_layer=1,
    n_vocab=51865,
    n_text_ctx=64,
    n_text_state=16,
    n_text_head=2,
    n_text_layer=2,
)
