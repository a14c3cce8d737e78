ARG VERSION=1.2
FROM scratch AS build
COPY busybox /bin/busybox
COPY busybox /bin/sh
ARG TARGETARCH
ARG VERSION
WORKDIR /work
RUN mkdir -p out && \
    # a comment
    echo "$TARGETARCH $VERSION" > out/tool && \
    cp out/tool /work/other

FROM scratch
ARG TARGETARCH
ARG NAME=tool
LABEL a="b c"
ENV DIR=/usr/local/bin
COPY busybox /bin/sh
COPY ["busybox", "/bin/busybox"]
ADD --chown=1:2 data.txt /srv/
COPY --from=build /work/out/tool ${DIR}/${NAME}
COPY --from=0 /work/other /opt/
COPY src/ /app/
RUN ["/bin/busybox", "touch", "/json form"]
WORKDIR /app/bin
RUN echo 'a  "quoted"	tab' > x \
 && echo $TARGETARCH \
    ${NAME} > y
SHELL ["/bin/busybox", "ash", "-c"]
RUN echo shell > z
ENTRYPOINT ["/bin/busybox"]
CMD ["true"]
