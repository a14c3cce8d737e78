import { describe, expect, it } from 'vitest';
import { foundIn, lines, type Row } from './found.ts';

describe('copy-from-other-platform', () => {
  it.each<Row>([
    [
      'go build without GOARCH',
      lines(
        'FROM --platform=$BUILDPLATFORM golang AS b',
        'RUN go build -o /out/app .',
        'FROM debian',
        'COPY --from=b /out/app /app',
      ),
      ['4 copy-from-other-platform warn'],
    ],
    [
      'cargo build without --target',
      lines(
        'FROM --platform=$BUILDPLATFORM rust AS b',
        'WORKDIR /w',
        'RUN cargo build --release',
        'FROM debian',
        'COPY --from=b /w/target/release/app /app',
      ),
      ['5 copy-from-other-platform warn'],
    ],
    [
      'a library of the system',
      lines(
        'FROM --platform=$BUILDPLATFORM alpine AS b',
        'RUN apk add x',
        'FROM alpine',
        'COPY --from=b /usr/lib/libx.so /usr/lib/',
      ),
      ['4 copy-from-other-platform warn'],
    ],
    [
      'a platform that is written out',
      lines(
        'FROM --platform=linux/amd64 golang AS b',
        'RUN go build -o /app .',
        'FROM debian',
        'COPY --from=b /app /app',
      ),
      ['4 copy-from-other-platform warn'],
    ],
    [
      'with GOARCH',
      lines(
        'FROM --platform=$BUILDPLATFORM golang AS b',
        'ARG TARGETARCH',
        'RUN GOARCH=$TARGETARCH go build -o /app .',
        'FROM debian',
        'COPY --from=b /app /app',
      ),
      [],
    ],
    [
      'with GOARCH in an ENV of the stage below',
      lines(
        'FROM --platform=$BUILDPLATFORM golang AS base',
        'ARG TARGETARCH',
        'ENV GOARCH=$TARGETARCH',
        'FROM base AS b',
        'RUN go build -o /app .',
        'FROM debian',
        'COPY --from=b /app /app',
      ),
      [],
    ],
    [
      'with xx',
      lines(
        'FROM --platform=$BUILDPLATFORM golang AS b',
        'COPY --from=tonistiigi/xx / /',
        'RUN xx-go build -o /app .',
        'FROM debian',
        'COPY --from=b /app /app',
      ),
      [],
    ],
    [
      'a web page',
      lines(
        'FROM --platform=$BUILDPLATFORM node AS b',
        'RUN npm ci && npm run build',
        'FROM nginx',
        'COPY --from=b /app/dist /usr/share/nginx/html',
      ),
      [],
    ],
    [
      'a book that a program of the stage makes',
      lines(
        'FROM --platform=$BUILDPLATFORM rust AS b',
        'RUN cargo install mdbook && mdbook build',
        'FROM nginx',
        'COPY --from=b /book /usr/share/nginx/html',
      ),
      [],
    ],
    [
      'a Java archive',
      lines(
        'FROM --platform=$BUILDPLATFORM maven AS b',
        'RUN mvn package',
        'FROM eclipse-temurin',
        'COPY --from=b /t/app.jar /app.jar',
      ),
      [],
    ],
    [
      'certificates',
      lines(
        'FROM --platform=$BUILDPLATFORM alpine AS b',
        'RUN apk add ca-certificates',
        'FROM scratch',
        'COPY --from=b /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/',
      ),
      [],
    ],
    [
      'for the build platform alone',
      lines(
        'FROM --platform=$BUILDPLATFORM golang AS b',
        'RUN go build -o /app .',
        'FROM debian',
        'COPY --from=b /app /app',
      ),
      [],
      { platforms: 'linux/amd64' },
    ],
    [
      'a stage without --platform',
      lines('FROM golang AS b', 'RUN go build -o /app .', 'FROM debian', 'COPY --from=b /app /app'),
      [],
    ],
  ])('%s', (_what, text, found, options) => {
    expect(foundIn(text, options)).toEqual(found);
  });
});
