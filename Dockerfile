# Written with care, but no Docker engine was at hand to build it: please report what is wrong.
FROM python:3.12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends make git && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN make install front && .venv/bin/python -m build --wheel --no-isolation --outdir /wheel

FROM python:3.12-slim
RUN useradd --create-home --uid 1000 wayline && mkdir /data && chown wayline /data
COPY --from=build /src/requirements.lock /wheel/*.whl /tmp/
# The lock file holds the versions; what only the checkout needs is simply not asked for. The hashes
# are left out here: with them pip would want one for the wheel, too.
RUN sed -e 's/ *\\$//' -e '/--hash=/d' /tmp/requirements.lock > /tmp/pins.txt \
    && pip install --no-cache-dir --constraint /tmp/pins.txt /tmp/*.whl \
    && rm /tmp/*.whl /tmp/pins.txt /tmp/requirements.lock
USER wayline
VOLUME /data
EXPOSE 8000
ENV WAYLINE_DATA=/data WAYLINE_HOST=0.0.0.0
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz')"]
CMD ["wayline", "up"]
