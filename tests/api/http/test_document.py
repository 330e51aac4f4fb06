"""The OpenAPI document: every request body has an example, and the example fits."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator

from ..conftest import Server

BYTES = "application/octet-stream"


def test_every_body_has_an_example_that_fits(server: Server) -> None:
    document: dict[str, Any] = server.app.openapi()
    shapes = document["components"]["schemas"]
    looked_at = 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for kind, body in operation.get("requestBody", {}).get("content", {}).items():
                if kind == BYTES:
                    continue
                shape = shapes.get(body["schema"].get("$ref", "").rpartition("/")[2], body["schema"])
                told = [one["value"] for one in body.get("examples", {}).values()]
                examples = told or ([body["example"]] if "example" in body else shape.get("examples", []))
                assert examples, f"{method} {path}"
                check = Draft202012Validator({**body["schema"], "components": document["components"]})
                for example in examples:
                    check.validate(example)
                    looked_at += 1
    assert looked_at > 25
