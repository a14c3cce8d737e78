#: title Rust: cargo and a cross linker run on the machine that builds, and nothing is emulated
#: detects Cargo.toml
#: version rust 1-slim-trixie
#: ignores .git target
FROM --platform=$BUILDPLATFORM rust:@@version@@ AS build
ARG TARGETARCH
# Rust's name of the platform, and the prefix of the linker that makes programs for it.
RUN case $TARGETARCH in \
      amd64) target=x86_64-unknown-linux-gnu prefix=x86_64-linux-gnu ;; \
      arm64) target=aarch64-unknown-linux-gnu prefix=aarch64-linux-gnu ;; \
      arm) target=armv7-unknown-linux-gnueabihf prefix=arm-linux-gnueabihf ;; \
      ppc64le) target=powerpc64le-unknown-linux-gnu prefix=powerpc64le-linux-gnu ;; \
      riscv64) target=riscv64gc-unknown-linux-gnu prefix=riscv64-linux-gnu ;; \
      s390x) target=s390x-unknown-linux-gnu prefix=s390x-linux-gnu ;; \
      *) echo "no Rust target is known here for $TARGETARCH" >&2; exit 1 ;; \
    esac \
 && apt-get update \
 && apt-get install --yes "gcc-$(echo "$prefix" | tr _ -)" \
 && rm -rf /var/lib/apt/lists/* \
 && rustup target add "$target" \
 && printf '[build]\ntarget = "%s"\n[target.%s]\nlinker = "%s-gcc"\n' "$target" "$target" "$prefix" >>"$CARGO_HOME/config.toml"
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    cargo build --release --locked \
 && mkdir /out \
 && cp target/*/release/@@name@@ /out/

FROM debian:trixie-slim
COPY --from=build /out/@@name@@ /usr/local/bin/
USER 65532:65532
ENTRYPOINT ["@@name@@"]
