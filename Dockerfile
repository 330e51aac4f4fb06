# syntax=docker/dockerfile:1
# Two stages: wheels are built in the first, the second holds Python, callproof and no compiler. Runs as nobody special,
# and needs nothing writable but /data and /tmp: start it with --read-only --tmpfs /tmp.
FROM python:3.11-slim AS build
WORKDIR /src
# For a processor-only image pass the index that serves PyTorch's CPU builds: --build-arg PIP_EXTRA_INDEX_URL=…
ARG PIP_EXTRA_INDEX_URL=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/callproof
COPY pyproject.toml README.md ./
COPY api api
COPY configs configs
COPY models models
COPY pipeline pipeline
COPY samples samples
RUN /opt/callproof/bin/pip install ".[cluster,s3]" && /opt/callproof/bin/python -m compileall -q /opt/callproof

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /data --create-home callproof
COPY --from=build /opt/callproof /opt/callproof
ENV PATH=/opt/callproof/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    PYANNOTE_METRICS_ENABLED=0 HF_HUB_OFFLINE=1 CALLPROOF_DATA=/data CALLPROOF_HOST=0.0.0.0 CALLPROOF_PORT=8000
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
ENTRYPOINT ["callproof"]
CMD ["serve"]
