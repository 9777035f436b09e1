"""Builds everything that is released, into target/dist/VERSION. RELEASE.md says what each file is for.

usage, by `make dist VERSION=x.y.z`: python release/dist.py VERSION
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import artifacts
from packaged import ARCHITECTURES, packaged, version
from samtranslator.yaml_helper import yaml_parse
from translate import functions, text

WORKSPACE = Path(__file__).resolve().parent.parent
COMMAND = "crates/setupkey"
# Static: it runs on any Linux, whatever C library that has.
COMMAND_TARGETS = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"]
# The same commit gives the same bytes.
BEGINNING = 0
SHELLS = ["bash", "zsh", "fish", "powershell", "elvish"]


def run(*command: str, **environment: str) -> None:
    """Runs a command in the workspace, and shows it."""
    print("+", *command, flush=True)
    subprocess.run(command, cwd=WORKSPACE, check=True, env={**os.environ, **environment})


def licenses(crate: str, target: Path) -> dict[str, bytes]:
    """What the license of a binary asks for: our license and notice, and those of the crates that are linked."""
    third_party = target / f"third-party-{Path(crate).name}.txt"
    run(
        "cargo-about", "generate", "--locked", "--fail", "--config", "release/about.toml",
        "--manifest-path", f"{crate}/Cargo.toml", "--output-file", str(third_party), "release/third-party.hbs",
    )  # fmt: skip
    names = {"LICENSE": WORKSPACE / "LICENSE", "NOTICE": WORKSPACE / "NOTICE", "THIRD-PARTY.txt": third_party}
    return {name: path.read_bytes() for name, path in names.items()}


def bill_of_materials(crate: str, target: str, path: Path) -> None:
    """Writes the CycloneDX bill of materials of a crate, for one platform."""
    # without a time in it
    run(
        "cargo-cyclonedx", "--manifest-path", f"{crate}/Cargo.toml", "--format", "json", "--spec-version", "1.5",
        "--target", target, "--no-build-deps", "--override-filename", "bill-of-materials", SOURCE_DATE_EPOCH=str(BEGINNING),
    )  # fmt: skip
    # one for each crate of the workspace that is linked, too
    for written in WORKSPACE.glob("*/*/bill-of-materials.json"):
        if written.parent == WORKSPACE / crate:
            shutil.copyfile(written, path)
        written.unlink()


def archive(path: Path, members: dict[str, bytes], executables: set[str]) -> None:
    """Writes a .tar.gz with one folder, named as the archive."""
    folder = path.name.removesuffix(".tar.gz")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in sorted(members.items()):
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size, entry.mtime, entry.mode = len(content), BEGINNING, 0o755 if name in executables else 0o644
            tar.addfile(entry, io.BytesIO(content))
    path.write_bytes(gzip.compress(buffer.getvalue(), mtime=BEGINNING))


def the_functions(architecture: str, folder: Path, notices: dict[str, dict[str, bytes]]) -> None:
    """Writes the archive of the functions for one processor, with the templates that deploy them."""
    run("make", "build", f"CONFIG_ENV={'default' if architecture == ARCHITECTURES[0] else architecture}")
    template = yaml_parse((WORKSPACE / "template.yaml").read_text())
    staging = folder / f"functions-{architecture}"
    written = artifacts.collect(WORKSPACE, WORKSPACE / ".aws-sam/build", staging, notices)
    members = {path.name: path.read_bytes() for path in written}
    members |= {name: (WORKSPACE / name).read_bytes() for name in ["LICENSE", "NOTICE"]}
    members["template.yaml"] = text(packaged(template, architecture)).encode()
    archive(folder / f"setupkey-functions-{version()}-{architecture}.tar.gz", members, set())
    shutil.rmtree(staging)


def the_command(target: str, folder: Path, notices: dict[str, bytes], pages: dict[str, bytes]) -> None:
    """Writes the archive of the command line for one platform."""
    members = {"setupkey": built_command(target).read_bytes()} | notices | pages
    archive(folder / f"setupkey-{version()}-{target}.tar.gz", members, {"setupkey"})


def built_command(target: str) -> Path:
    """Where cargo-lambda puts the command line."""
    return WORKSPACE / "target/lambda" / target / "setupkey/bootstrap"


def pages(command: Path, target: Path) -> dict[str, bytes]:
    """The man pages and the completions, which the command line writes itself."""
    shutil.rmtree(target / "man", ignore_errors=True)
    (target / "man").mkdir(parents=True)
    run(str(command), "man", "--output-dir", str(target / "man"))
    members = {f"man/{page.name}": page.read_bytes() for page in (target / "man").iterdir()}
    for shell in SHELLS:
        completed = subprocess.run([command, "completions", shell], check=True, capture_output=True)
        members[f"completions/setupkey.{shell}"] = completed.stdout
    return members


def dist(folder: Path) -> None:
    """Builds and writes all files of a release."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    binaries = list(functions(yaml_parse((WORKSPACE / "template.yaml").read_text())))
    notices = {binary: licenses(f"functions/{binary}", folder.parent) for binary in binaries}
    for architecture in ARCHITECTURES:
        the_functions(architecture, folder, notices)
        for binary in binaries:
            triple = f"{'aarch64' if architecture == 'arm64' else architecture}-unknown-linux-gnu"
            bill_of_materials(f"functions/{binary}", triple, folder / f"{binary}-{version()}-{architecture}.cdx.json")
    for target in COMMAND_TARGETS:
        run("cargo", "lambda", "build", "--release", "--locked", "--bin", "setupkey", "--target", target)
        built = built_command(target)
        built.parent.parent.mkdir(parents=True, exist_ok=True)
        bill_of_materials(COMMAND, target, folder / f"setupkey-{version()}-{target}.cdx.json")
    of_command = licenses(COMMAND, folder.parent)
    [native] = [target for target in COMMAND_TARGETS if target.startswith(platform.machine())]
    written_pages = pages(built_command(native), folder.parent)
    for target in COMMAND_TARGETS:
        the_command(target, folder, of_command, written_pages)
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(folder.iterdir())]
    (folder / "SHA256SUMS").write_text("".join(sums))


def main() -> int:
    if len(sys.argv) != 2 or not re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", sys.argv[1]):
        print("usage: make dist VERSION=x.y.z", file=sys.stderr)
        return 2
    if sys.argv[1] != version():
        print(f"VERSION is `{sys.argv[1]}`, but Cargo.toml says `{version()}`; RELEASE.md has the steps", file=sys.stderr)
        return 1
    folder = WORKSPACE / "target/dist" / version()
    dist(folder)
    print((folder / "SHA256SUMS").read_text(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
