# One image for every process of Headwater: the command says which. It holds no compiler, no package index, no secret.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
WORKDIR /source
COPY requirements.lock ./
RUN python -m venv /opt/headwater \
    && /opt/headwater/bin/pip install --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY api ./api
COPY domain ./domain
COPY graph ./graph
COPY workers ./workers
RUN /opt/headwater/bin/pip install --no-deps --no-build-isolation . \
    && /opt/headwater/bin/python -m compileall -q /opt/headwater/lib

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="Headwater" org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 headwater \
    && useradd --uid 10001 --gid headwater --home-dir /var/lib/headwater --create-home --shell /usr/sbin/nologin headwater
COPY --from=build /opt/headwater /opt/headwater
ENV PATH=/opt/headwater/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HEADWATER_DATABASE_URL=sqlite:////var/lib/headwater/headwater.db
WORKDIR /var/lib/headwater
VOLUME /var/lib/headwater
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["headwater", "serve", "--host", "0.0.0.0", "--port", "8000"]
