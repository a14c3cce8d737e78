#: title C or C++ with make: a cross compiler runs on the machine that builds, and nothing is emulated
#: otherwise Makefile makefile GNUmakefile
#: version debian stable-slim
#: ignores .git **/*.o **/*.a **/*.so @@made@@
FROM --platform=$BUILDPLATFORM debian:@@version@@ AS build
ARG TARGETARCH
# The prefix of the platform's compiler; Debian calls the package gcc-PREFIX, with hyphens.
RUN case $TARGETARCH in \
      amd64) prefix=x86_64-linux-gnu ;; \
      386) prefix=i686-linux-gnu ;; \
      arm64) prefix=aarch64-linux-gnu ;; \
      arm) prefix=arm-linux-gnueabihf ;; \
      ppc64le) prefix=powerpc64le-linux-gnu ;; \
      riscv64) prefix=riscv64-linux-gnu ;; \
      s390x) prefix=s390x-linux-gnu ;; \
      *) echo "no compiler is known here for $TARGETARCH" >&2; exit 1 ;; \
    esac \
 && package=$(echo "$prefix" | tr _ -) \
 && apt-get update \
 && apt-get install --yes --no-install-recommends make binutils libc6-dev "gcc-$package" "g++-$package" \
 && rm -rf /var/lib/apt/lists/* \
 && echo "$prefix" >/prefix
WORKDIR /src
COPY . .
RUN make CC="$(cat /prefix)-gcc" CXX="$(cat /prefix)-g++"

FROM debian:@@version@@
# What make writes; C++ also needs: apt-get install libstdc++6
COPY --from=build /src/@@made@@ /usr/local/bin/
USER 65532:65532
ENTRYPOINT ["@@madeName@@"]
