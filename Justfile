# Every command that a person or CI runs. Without just: npx --yes rust-just RECIPE

set shell := ["bash", "-euo", "pipefail", "-c"]

buf := "npx --yes @bufbuild/buf@1.75.0"
npm := "npx --yes npm@11.19.1 --prefix web"
just := just_executable() + " --justfile " + quote(justfile())
tools := "target/tools"

# Lists the recipes
[private]
default:
    @{{ just }} --list --unsorted

# Builds everything, starts it on the embedded database and prints where to sign in
up *arguments: build
    CRM__SERVER__DEVELOPMENT=true cargo run --quiet --package crm -- serve {{ arguments }}

# Builds everything and starts it on a private, empty PostgreSQL and Redis, which end with it
up-servers *arguments: _servers build
    tests/with-servers bash -euc 'for service in identity customers sales; do \
        psql --quiet "$CRM_TEST_POSTGRES/postgres" --command "create database crm_$service"; done; \
        export CRM__DATABASE__URL="$CRM_TEST_POSTGRES/crm_{service}" CRM__CACHE__URL="$CRM_TEST_REDIS"; \
        key() { head --bytes 32 /dev/urandom | base64; }; \
        export CRM__SECURITY__CLUSTER_KEYS="1:$(key)" CRM__SECURITY__MASTER_KEYS="1:$(key)"; \
        cargo run --quiet --package crm -- migrate; \
        cargo run --quiet --package crm -- serve {{ arguments }}'

# Builds the browser app and the executable
build: _compiler web
    cargo build --package crm

# Builds the browser app
web:
    [ web/node_modules/.package-lock.json -nt web/package-lock.json ] || {{ npm }} ci --no-audit --no-fund
    {{ npm }} run build

# Fills a running suite's database with a believable company
demo count="2000":
    cargo run --quiet --package crm -- demo --count {{ count }}

# Runs every test: on SQLite, again on PostgreSQL with Redis, the drills, the chart, the journeys in a browser
test: _servers _drills _operations _browser web && _charts _journeys
    cargo test --workspace
    tests/with-servers cargo test --workspace --test it --test drills

# Runs the journeys of the browser app in headless Chromium
test-browser: _browser build _journeys

# Checks the chart, the image, alerts, dashboards and the runbook
test-operations: _servers _operations build _charts

# Drills what must be survived under load: restarts, kills, servers that go away, full disks, wrong clocks
test-drills: _servers _drills build
    tests/with-servers cargo test --package crm-tests --test drills

_journeys:
    {{ npm }} run e2e

_charts:
    PYTHONDONTWRITEBYTECODE=1 tests/with-servers {{ tools }}/bin/python -m pytest --quiet -p no:cacheprovider tests/charts

# Measures the suite under load: --full for docs/performance.md, --compare BEFORE AFTER for what became slower
loadtest *arguments: _servers _compiler
    cargo build --profile dist --package crm --package crm-loadtest
    target/dist/crm-loadtest {{ arguments }}

# Draws what the processes of a load test spend their time on, as target/profile.svg
profile *arguments="--parts operations --only get,list_contacts,create --rounds 1 --seconds 5": _servers _compiler _perf
    RUSTFLAGS="-C force-frame-pointers=yes" cargo build --release --target-dir target/profile --package crm --package crm-loadtest
    rm -f target/profile/perf.data
    # A promise that is not kept does not keep the picture from being drawn.
    -perf record --quiet --freq 199 --call-graph fp --output target/profile/perf.data -- \
        target/profile/release/crm-loadtest --output target/loadtest {{ arguments }}
    perf script --input target/profile/perf.data | target/profile/bin/inferno-collapse-perf \
        | target/profile/bin/inferno-flamegraph > target/profile.svg

# Times what every request does: filters, page tokens, search words, field rules, JSON
benchmarks *arguments:
    cargo bench --package crm-kit --features crm-kit/testing --bench requests {{ arguments }}
    cargo bench --package crm-gateway --features crm-gateway/testing --bench transcoder {{ arguments }}

# Checks form, lints, dependencies, protos and the browser app
lint: _compiler tools web
    {{ npm }} run check
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- --deny warnings
    {{ tools }}/bin/cargo-deny --log-level error check bans licenses sources
    {{ buf }} lint protos
    {{ buf }} format --diff --exit-code protos

# Checks dependencies against the advisory database, which it downloads
audit: tools
    {{ tools }}/bin/cargo-deny check advisories

# Says whether the protos break clients of another branch or commit
breaking against="main":
    {{ buf }} breaking protos --against ".git#branch={{ against }},subdir=protos"

# Writes what is made from the chart: its README and the manifests of the local cluster
manifests: _operations
    {{ tools }}/bin/python charts/generate.py

# Lists what the image is made of, with licences
sbom:
    python3 packaging/sbom.py > target/crm.cdx.json
    python3 packaging/sbom.py --licences

# What every submission must pass
ci: lint test

# Formats Rust and protos
fmt:
    cargo fmt --all
    {{ buf }} format --write protos

# Removes what was built; data stays
clean:
    cargo clean
    rm -rf web/dist web/node_modules

# Installs Debian packages for what is missing
_install +packages:
    #!/usr/bin/env bash
    set -euo pipefail
    command -v apt-get >/dev/null || { echo "install first: {{ packages }}" >&2; exit 1; }
    as_root=(env DEBIAN_FRONTEND=noninteractive)
    [ "$(id -u)" = 0 ] || as_root=(sudo "${as_root[@]}")
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" apt-get install -qq --yes --no-install-recommends {{ packages }}

# Rust links with a C compiler, and SQLite and the cryptography library are C
_compiler:
    @command -v cc >/dev/null || {{ just }} _install build-essential

_servers:
    @compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || command -v initdb >/dev/null || {{ just }} _install postgresql
    @command -v redis-server >/dev/null || {{ just }} _install redis-server

_perf:
    @command -v perf >/dev/null || {{ just }} _install linux-perf
    @[ -x target/profile/bin/inferno-flamegraph ] || cargo install --quiet --locked --root target/profile inferno@0.12.8

_browser:
    @[ -x /usr/bin/chromium ] || {{ just }} _install chromium

_operations: tools
    @{{ tools }}/bin/pip install --quiet --require-hashes --requirement .config/operations.txt
    @command -v promtool >/dev/null && command -v prometheus >/dev/null || {{ just }} _install prometheus
    @command -v systemd-analyze >/dev/null || {{ just }} _install systemd
    @command -v curl >/dev/null || {{ just }} _install curl
    @[ -e /etc/ssl/certs/ca-certificates.crt ] && [ -e /usr/share/zoneinfo/UTC ] || {{ just }} _install ca-certificates tzdata

_drills:
    @compgen -G "/usr/lib/*/faketime/libfaketimeMT.so.1" >/dev/null || {{ just }} _install libfaketime

# Installs the programs that lints and tests need
tools:
    @python3 -c "import ensurepip" 2>/dev/null || {{ just }} _install python3-venv
    @[ -x {{ tools }}/bin/pip ] || python3 -m venv {{ tools }}
    @{{ tools }}/bin/pip install --quiet --require-hashes --requirement .config/tools.txt
    @{{ tools }}/bin/pip install --quiet --requirement tests/python/requirements.txt
