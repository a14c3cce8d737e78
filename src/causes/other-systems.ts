import { byKind, isDebian, isJava } from './by-kind.ts';
import type { Family } from './entry.ts';

export const order = 72;

/** Programs that the kernel does not know. */
export const family: Family = {
  id: 'other-systems',
  title: 'Programs for something else than Linux',
  causes: [
    byKind(
      {
        id: 'java-program',
        title: 'a Java program without java',
        why: 'Class files and jars are programs for the Java machine; the kernel knows nothing of them.',
        proof: 'The first bytes are ca fe ba be, or it is a ZIP with META-INF.',
        prevent: 'Name java in ENTRYPOINT.',
      },
      {
        kinds: ['java-class', 'zip'],
        when: (name, head) => !head.startsWith('PK') || isJava(name, head),
        message: 'is a Java program, which needs java to run it',
        fix: 'Start it with java.',
        commands: (path) => [
          path.endsWith('.class')
            ? `ENTRYPOINT ["java", "-cp", "…", "…"]`
            : `ENTRYPOINT ["java", "-jar", ${JSON.stringify(path)}]`,
        ],
      },
    ),
    byKind(
      {
        id: 'windows-program',
        title: 'a Windows program',
        why: 'Linux does not run .exe files. In a build for several systems the wrong one was copied.',
        proof: 'It begins with MZ.',
        prevent: 'GOOS=linux, or TARGETOS in the Dockerfile.',
      },
      {
        kinds: ['pe'],
        message: 'is a Windows program',
        fix: 'Build or download it for Linux (GOOS=linux).',
      },
    ),
    byKind(
      {
        id: 'macos-program',
        title: 'a macOS program',
        why: 'It was built on a Mac for the Mac and copied into the image.',
        proof: 'It begins with cf fa ed fe or ca fe ba be.',
        prevent:
          'Build inside the Dockerfile, or with GOOS=linux; keep build output in .dockerignore.',
      },
      {
        kinds: ['mach-o', 'mach-o-fat'],
        message: 'is a macOS program',
        fix: 'Build it for Linux: inside the Dockerfile, or with GOOS=linux.',
      },
    ),
    byKind(
      {
        id: 'wasm-module',
        title: 'a WebAssembly module',
        why: 'The kernel runs no WebAssembly; it takes a runtime, a shim of containerd, or a rule of binfmt_misc.',
        proof: 'It begins with 00 61 73 6d.',
        prevent:
          'Run it with --runtime=io.containerd.wasmtime.v1 and --platform=wasi/wasm, or put a runtime into the image.',
      },
      {
        kinds: ['wasm'],
        message: 'is a WebAssembly module',
        fix: 'Run it with a WebAssembly runtime.',
        commands: (path) => [`ENTRYPOINT ["wasmtime", ${JSON.stringify(path)}]`],
      },
    ),
    byKind(
      {
        id: 'static-library',
        title: 'a static library',
        why: 'An ar archive of object files (.a) is for the linker.',
        proof: 'It begins with !<arch>.',
        prevent:
          'Build the program, not the library (Go: not -buildmode=c-archive, and package main).',
      },
      {
        kinds: ['ar'],
        when: (name, head) => !isDebian(name, head),
        message: 'is a static library (an ar archive), not a program',
        fix: 'Build the program: in Go its package must be main.',
      },
    ),
  ],
};
