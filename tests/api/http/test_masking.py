"""What is masked stays masked wherever a report repeats it."""

from __future__ import annotations

import json

from ..conftest import SAMPLES, Server


def test_next_steps_do_not_say_what_is_masked(server: Server) -> None:
    transcript = json.loads((SAMPLES / "clean.truth.json").read_text())
    application = json.loads((SAMPLES / "clean.application.json").read_text())
    other = json.loads((SAMPLES / "straw.application.json").read_text())
    application["identity"]["id_number"] = other["identity"]["id_number"]
    body = {"transcript": {**transcript, "call_id": "T2"}, "application": application}
    server.client().post("/v1/calls", json=body)
    server.finish("T2")
    whole, masked = (server.client(role).get("/v1/calls/T2/report").json()["next_steps"] for role in ("qa", "service"))
    said = next(step for step in whole if step["for"] == "reviewer")
    assert "申请表为尾号4841" in said["text"]
    assert "applied …4841" in said["text_en"]
    hidden = next(step for step in masked if step["for"] == "reviewer")
    assert (hidden["text"], hidden["text_en"]) == ("请转高风险专线处理：****", "Hand to the high-risk desk: ****")
