#: title C or C++ with make: a cross compiler runs on the machine that builds, and nothing is emulated
#: detects Makefile makefile GNUmakefile
#: version debian stable-slim
# syntax=docker/dockerfile:1
FROM --platform=$BUILDPLATFORM debian:@@version@@ AS build
ARG TARGETARCH
# Debian's names for the compiler of each platform; `cross` holds its prefix.
RUN <<SCRIPT
set -eu
case $TARGETARCH in
  amd64) package=x86-64-linux-gnu prefix=x86_64-linux-gnu ;;
  386) package=i686-linux-gnu prefix=i686-linux-gnu ;;
  arm64) package=aarch64-linux-gnu prefix=aarch64-linux-gnu ;;
  arm) package=arm-linux-gnueabihf prefix=arm-linux-gnueabihf ;;
  ppc64le) package=powerpc64le-linux-gnu prefix=powerpc64le-linux-gnu ;;
  riscv64) package=riscv64-linux-gnu prefix=riscv64-linux-gnu ;;
  s390x) package=s390x-linux-gnu prefix=s390x-linux-gnu ;;
  *) echo "no compiler is known here for $TARGETARCH" >&2; exit 1 ;;
esac
apt-get update
apt-get install --yes --no-install-recommends make "gcc-$package" "g++-$package" libc6-dev
rm -rf /var/lib/apt/lists/*
echo "$prefix" >/cross
SCRIPT
WORKDIR /src
COPY . .
RUN make CC="$(cat /cross)-gcc" CXX="$(cat /cross)-g++"

FROM debian:@@version@@
COPY --from=build /src/@@name@@ /usr/local/bin/
USER 65532:65532
ENTRYPOINT ["@@name@@"]
