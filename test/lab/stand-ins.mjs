// @ts-check
// What images of well-known names are made of here, where none can be pulled: packages of Debian 13.
// They have what Dockerfiles expect of such an image (its programs and where they are), and not
// its versions.

/**
 * @typedef {object} StandIn
 * @property {readonly string[]} packages Debian's packages, with what they depend on.
 * @property {boolean} [everywhere] Made for arm64 too, not for the native platform alone.
 * @property {readonly string[]} [foreign] Architectures of Debian whose packages are named with them.
 * @property {Record<string, string>} [env]
 * @property {readonly string[]} [npm] Packages of npm that are unpacked, `NAME:FOLDER`; @@ is Node's name of the machine.
 * @property {string} [finish] Shell commands; "$1" is the image's root.
 */

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
/** This machine's: its network may have one of its own; and what is only unpacked has made no list. */
const certificates = `mkdir -p "$1/etc/ssl/certs"
cp ${CERTIFICATES} "$1${CERTIFICATES}"`;
const jvm = 'cd "$1" && ln -s "/$(echo usr/lib/jvm/java-21-openjdk-*/bin/java)" usr/local/bin/java';

/** @type {StandIn} */
const debian = { everywhere: true, packages: ['libstdc++6'] };

/** Image -> what it is made of. @type {Readonly<Record<string, StandIn>>} */
export const standIns = {
  'debian:stable-slim': debian,
  'debian:trixie-slim': debian,
  'golang:1.25': {
    packages: ['golang-go', 'ca-certificates'],
    env: { GOPATH: '/go', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod' },
  },
  'rust:1-slim-trixie': {
    packages: ['cargo', 'rustc', 'libstd-rust-dev:arm64'],
    foreign: ['arm64'],
    env: { CARGO_HOME: '/usr/local/cargo' },
    // Debian's compiler brings its targets as packages; rustup would download them.
    finish: `mkdir -p "$1/usr/local/cargo"
printf '#!/bin/sh\\ntest "$1 $2" = "target add" && test -d "/usr/lib/rustlib/$3/lib"\\n' > "$1/usr/local/bin/rustup"
chmod 755 "$1/usr/local/bin/rustup"`,
  },
  'node:22-slim': {
    everywhere: true,
    packages: ['libstdc++6', 'ca-certificates'],
    env: { NODE_EXTRA_CA_CERTS: CERTIFICATES },
    npm: ['node-linux-@@@22:/usr/local', 'npm@10:/usr/local/lib/node_modules/npm'],
    finish: `ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/usr/local/bin/npm"
chmod 755 "$1/usr/local/bin/node" "$1/usr/local/lib/node_modules/npm/bin/npm-cli.js"
echo node:x:1000:1000::/home/node:/bin/sh >> "$1/etc/passwd"
echo node:x:1000: >> "$1/etc/group"
mkdir -p "$1/home/node"
${certificates}`,
  },
  'python:3.13-slim': {
    everywhere: true,
    packages: ['python3', 'python3-pip', 'python3-packaging-whl'],
    env: { PIP_NO_INDEX: '1', PIP_FIND_LINKS: '/usr/share/python-wheels' },
    finish: `ln -s ../../bin/python3 "$1/usr/local/bin/python"
rm -f "$1"/usr/lib/python3*/EXTERNALLY-MANAGED
${certificates}`,
  },
  'maven:3-eclipse-temurin-21': {
    packages: ['maven', 'openjdk-21-jdk-headless', 'maven-debian-helper'],
    // Debian's repository of plugins is complete and on disk: nothing is there to be fetched.
    finish: `cat > "$1/usr/local/bin/mvn" <<'END'
#!/bin/sh
case " $* " in *" dependency:go-offline "*) exit 0 ;; esac
exec /usr/bin/mvn --offline --settings /etc/maven/settings-debian.xml "$@"
END
chmod 755 "$1/usr/local/bin/mvn"`,
  },
  'eclipse-temurin:21-jre': {
    everywhere: true,
    packages: ['openjdk-21-jre-headless'],
    finish: jvm,
  },
};

/** @param {StandIn} standIn */
export const environmentOf = ({ env }) => ({ PATH, ...env });
