import { describe, expect, it } from 'vitest';
import { foundIn, lines, type Row } from './found.ts';

describe('fixed-compile-target', () => {
  it.each<Row>([
    [
      'GOARCH in a RUN',
      lines('FROM golang', 'RUN CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go build -o /app'),
      ['2 fixed-compile-target warn'],
    ],
    [
      'GOARCH in an ENV',
      lines('FROM golang', 'ENV CGO_ENABLED=0 GOOS=linux GOARCH=amd64', 'RUN go build -o /app'),
      ['2 fixed-compile-target warn'],
    ],
    [
      'GOARCH=arm',
      lines('FROM golang', 'RUN GOARCH=arm GOARM=7 go build'),
      ['2 fixed-compile-target warn'],
    ],
    [
      'cargo --target',
      lines('FROM rust', 'RUN cargo build --release --target x86_64-unknown-linux-musl'),
      ['2 fixed-compile-target warn'],
    ],
    [
      'dotnet’s runtime',
      lines('FROM sdk', 'RUN dotnet publish -c Release -r linux-x64 -o /app'),
      ['2 fixed-compile-target warn'],
    ],
    [
      'npm’s CPU',
      lines('FROM node', 'RUN npm install --os=linux --cpu=x64 sharp'),
      ['2 fixed-compile-target warn'],
    ],
    [
      'pip’s platform',
      lines('FROM python', 'RUN pip install --platform manylinux2014_x86_64 -t /app numpy'),
      ['2 fixed-compile-target warn'],
    ],
    [
      'npm’s CPUs, both',
      lines('FROM node', 'RUN npm i --cpu=x64 sharp && npm i --cpu=arm64 sharp'),
      [],
    ],
    [
      'GOARCH=$TARGETARCH',
      lines('FROM golang', 'ARG TARGETARCH', 'RUN GOARCH=$TARGETARCH go build'),
      [],
    ],
    [
      'the only platform’s own',
      lines('FROM golang', 'RUN GOARCH=amd64 go build'),
      [],
      { platforms: 'linux/amd64' },
    ],
    [
      'several, one after the other',
      lines(
        'FROM golang',
        'RUN GOARCH=amd64 go build -o /amd64',
        'RUN GOARCH=arm64 go build -o /arm64',
      ),
      [],
    ],
    [
      'case over TARGETARCH',
      lines(
        'FROM rust',
        'ARG TARGETARCH',
        'RUN case $TARGETARCH in amd64) cargo build --target x86_64-unknown-linux-musl;; esac',
      ),
      [],
    ],
    [
      'for Windows, on purpose',
      lines('FROM rust', 'RUN cargo build --target x86_64-pc-windows-gnu'),
      [],
    ],
    ['for the browser', lines('FROM rust', 'RUN cargo build --target wasm32-unknown-unknown'), []],
  ])('%s', (_what, text, found, options) => {
    expect(foundIn(text, options)).toEqual(found);
  });
});
