"""The HTTP API: `create_app` builds it on a store; routes under `/v1`, problem documents for errors."""
