"""Engines behind small protocols, how each is trained, and its weights.

Importing any engine first switches off what third-party libraries would send or fetch by themselves: pyannote.audio
reports usage unless told not to, and the Hugging Face libraries look for newer files. An environment that sets
`HF_HUB_OFFLINE` itself is respected; the telemetry switch is not negotiable.
"""

import os

os.environ["PYANNOTE_METRICS_ENABLED"] = "0"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ.setdefault("HF_HUB_OFFLINE", "1")
