# syntax=docker/dockerfile:1

FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
COPY requirements/runtime.lock requirements/build.lock requirements/
# The build backend is installed separately; only /opt/probe is copied into the final image.
# To use a package mirror, pass pip's configuration as a secret, and also the mirror's certificate
# authority if it has a private one (in pip.conf, cert = /run/secrets/authorities). Neither remains
# in the image:
# docker build --secret id=pip,src=pip.conf --secret id=authorities,src=ca.pem
RUN --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=secret,id=authorities \
    python -m venv /opt/build \
 && python -m venv --without-pip /opt/probe \
 && /opt/build/bin/pip install --no-deps --require-hashes --requirement requirements/build.lock \
 && /opt/build/bin/pip --python /opt/probe/bin/python install --no-compile --no-deps \
      --require-hashes --only-binary :all: --requirement requirements/runtime.lock
COPY pyproject.toml README.md LICENSE ./
COPY probe probe
COPY config config
RUN /opt/build/bin/python -m hatchling build --target wheel \
 && /opt/build/bin/pip --python /opt/probe/bin/python install --no-compile --no-deps --no-index \
      dist/*.whl \
 && /opt/probe/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/probe/lib \
 && install --directory --owner 65532 --group 65532 /opt/journal

FROM python:3.13-slim-bookworm
ARG REVISION=unknown
LABEL org.opencontainers.image.title="splitprobe" \
      org.opencontainers.image.description="Tells a control-plane outage from an API outage, within seconds" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/splitprobe/splitprobe" \
      org.opencontainers.image.documentation="https://github.com/splitprobe/splitprobe#container" \
      org.opencontainers.image.base.name="docker.io/library/python:3.13-slim-bookworm"
# The base image contains pip for its own Python; the running daemon does not need an installer.
RUN python -m pip uninstall --yes --quiet --root-user-action ignore pip \
 && rm -rf /usr/local/lib/python3.13/ensurepip
COPY --from=build /opt/probe /opt/probe
COPY --from=build --chown=65532:65532 /opt/journal /var/lib/probe
COPY config/probe.yaml /etc/probe/probe.yaml
ENV PATH=/opt/probe/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
WORKDIR /var/lib/probe
VOLUME /var/lib/probe
EXPOSE 9632
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s --retries=3 CMD ["probe", "healthcheck"]
ENTRYPOINT ["probe"]
CMD ["run", "/etc/probe/probe.yaml"]
