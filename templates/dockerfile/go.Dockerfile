#: title Go: the compiler runs on the machine that builds, and nothing is emulated
#: detects go.mod
#: version golang 1.25
#: ignores .git
FROM --platform=$BUILDPLATFORM golang:@@version@@ AS build
WORKDIR /src
COPY go.mod go.su[m] ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
# Declared without a default, so that BuildKit fills them in for each platform.
ARG TARGETOS
ARG TARGETARCH
ARG TARGETVARIANT
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    case $TARGETARCH$TARGETVARIANT in \
      armv*) export GOARM=${TARGETVARIANT#v} ;; \
      amd64v*) export GOAMD64=$TARGETVARIANT ;; \
    esac \
 && CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -o /out/@@name@@ .

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/@@name@@ /@@name@@
USER 65532:65532
ENTRYPOINT ["/@@name@@"]
