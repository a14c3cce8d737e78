#: title Rust: cargo and a cross linker run on the machine that builds, and nothing is emulated
#: detects Cargo.toml
#: version rust 1-slim-bookworm
# syntax=docker/dockerfile:1
FROM --platform=$BUILDPLATFORM rust:@@version@@ AS build
ARG TARGETARCH
# The target, and the linker that makes programs of it.
RUN <<SCRIPT
set -eu
case $TARGETARCH in
  amd64) target=x86_64-unknown-linux-gnu package=gcc-x86-64-linux-gnu linker=x86_64-linux-gnu-gcc ;;
  arm64) target=aarch64-unknown-linux-gnu package=gcc-aarch64-linux-gnu linker=aarch64-linux-gnu-gcc ;;
  arm) target=armv7-unknown-linux-gnueabihf package=gcc-arm-linux-gnueabihf linker=arm-linux-gnueabihf-gcc ;;
  ppc64le) target=powerpc64le-unknown-linux-gnu package=gcc-powerpc64le-linux-gnu linker=powerpc64le-linux-gnu-gcc ;;
  riscv64) target=riscv64gc-unknown-linux-gnu package=gcc-riscv64-linux-gnu linker=riscv64-linux-gnu-gcc ;;
  s390x) target=s390x-unknown-linux-gnu package=gcc-s390x-linux-gnu linker=s390x-linux-gnu-gcc ;;
  *) echo "no Rust target is known here for $TARGETARCH" >&2; exit 1 ;;
esac
apt-get update
apt-get install --yes --no-install-recommends "$package" libc6-dev
rm -rf /var/lib/apt/lists/*
rustup target add "$target"
printf '[build]\ntarget = "%s"\n[target.%s]\nlinker = "%s"\n' "$target" "$target" "$linker" >>"$CARGO_HOME/config.toml"
SCRIPT
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry,id=cargo-registry <<SCRIPT
set -eu
cargo build --release --locked
mkdir /out
cp target/*/release/@@name@@ /out/
SCRIPT

FROM debian:bookworm-slim
COPY --from=build /out/@@name@@ /usr/local/bin/
USER 65532:65532
ENTRYPOINT ["@@name@@"]
