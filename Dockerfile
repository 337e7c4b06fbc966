# One image: the executable with the browser app in it, the libraries that it is linked with, authorities, time zones.
#   docker build --tag registry.example.com/crm:0.1.0 --build-arg CRM_COMMIT="$(git rev-parse --short HEAD)" .
# Versions are those of rust-toolchain.toml and web/package.json; both stages have the same Debian.

FROM docker.io/library/node:20.20.2-bookworm-slim AS web
WORKDIR /source
COPY . .
RUN npm --prefix web ci --no-audit --no-fund && npm --prefix web run build

FROM docker.io/library/rust:1.95.0-slim-bookworm AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends build-essential ca-certificates tzdata \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
COPY --from=web /source/web/dist web/dist
# What `crm_build_info` shows.
ARG CRM_COMMIT=unknown
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/source/target \
    cargo build --locked --profile dist --package crm \
    && packaging/rootfs target/dist/crm /rootfs

FROM scratch
COPY --from=build /rootfs/ /
LABEL org.opencontainers.image.title="crm" org.opencontainers.image.licenses="Apache-2.0"
USER 65532:65532
WORKDIR /var/lib/crm
ENV CRM__DATABASE__DATA_DIRECTORY=/var/lib/crm
EXPOSE 8080 9000 9100
VOLUME ["/var/lib/crm"]
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s CMD ["/usr/bin/crm", "healthcheck"]
ENTRYPOINT ["/usr/bin/crm"]
CMD ["serve"]
