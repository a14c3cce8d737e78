import platform

import packaging.version

machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
assert packaging.version.parse("1.10") > packaging.version.parse("1.9")
print("hello from", machine)
