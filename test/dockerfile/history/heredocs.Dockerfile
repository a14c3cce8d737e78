FROM scratch AS build
COPY busybox /bin/sh
RUN echo > /made
FROM scratch
ARG TARGETARCH
COPY --link busybox /bin/sh
COPY busybox /bin/busybox
COPY --from=build --chmod=755 --link /made /usr/bin/made
COPY <<one <<two /etc/conf/
first $TARGETARCH
one
second
two
RUN <<EOF
/bin/busybox mkdir -p /usr/local
echo a > /usr/local/a
EOF
RUN <<EOF /bin/sh -e > /usr/local/c
echo b
EOF
RUN --mount=type=cache,target=/cache --network=none echo 1 > /one
ONBUILD RUN echo
