"""Builds everything that is released, into target/dist/VERSION. RELEASE.md says what each file is for.

usage, by `make dist VERSION=x.y.z`: python release/dist.py VERSION
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
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


def run(*command: str, folder: Path = WORKSPACE, **environment: str) -> None:
    """Runs a command in a folder, and shows it."""
    print("+", *command, flush=True)
    subprocess.run(command, cwd=folder, check=True, env={**os.environ, **environment})


def licenses(crate: str, target: Path) -> dict[str, bytes]:
    """What the license of a binary asks for: our license and notice, and those of the crates that are linked."""
    third_party = target / f"third-party-{Path(crate).name}.txt"
    run(
        "cargo", "about", "generate", "--locked", "--offline", "--fail", "--config", "release/about.toml",
        "--manifest-path", f"{crate}/Cargo.toml", "--output-file", str(third_party), "release/third-party.hbs",
    )  # fmt: skip
    names = {"LICENSE": WORKSPACE / "LICENSE", "NOTICE": WORKSPACE / "NOTICE", "THIRD-PARTY.txt": third_party}
    return {name: path.read_bytes() for name, path in names.items()}


def linked(crate: str, target: str) -> set[str]:
    """The crates that are linked into a binary, as `name version`."""
    command = [
        "cargo", "tree", "--locked", "--package", Path(crate).name, "--target", target,
        "--edges", "normal,no-proc-macro", "--prefix", "none", "--no-dedupe", "--format", "{p}",
    ]  # fmt: skip
    tree = subprocess.run(command, cwd=WORKSPACE, check=True, capture_output=True, text=True).stdout
    crates = (line.split()[:2] for line in tree.splitlines())
    return {f"{name} {version.removeprefix('v')}" for name, version in crates}


def bills_of_materials(crates: list[str], target: str) -> dict[str, bytes]:
    """The CycloneDX bills of materials of binaries for one platform. They name neither a time nor a folder."""
    run(
        "cargo", "cyclonedx", "--format", "json", "--spec-version", "1.5", "--describe", "binaries", "--no-build-deps",
        "--target", target, SOURCE_DATE_EPOCH=str(BEGINNING),
    )  # fmt: skip
    written = {}
    for path in list(WORKSPACE.glob("*/*/*_bin.cdx.json")):
        written[path.parent] = path.read_text().replace(str(WORKSPACE), "/setupkey")
        path.unlink()
    return {crate: of_linked(json.loads(written[WORKSPACE / crate]), linked(crate, target)) for crate in crates}


def of_linked(bill: dict, crates: set[str]) -> bytes:
    """A bill with the linked crates: the tool resolves features for the whole workspace, so it names those of other binaries."""
    bill["components"] = [each for each in bill["components"] if f"{each['name']} {each['version']}" in crates]
    kept = {each["bom-ref"] for each in bill["components"]} | {bill["metadata"]["component"]["bom-ref"]}
    bill["dependencies"] = [
        each | {"dependsOn": [reference for reference in each.get("dependsOn", []) if reference in kept]}
        for each in bill["dependencies"]
        if each["ref"] in kept
    ]
    return json.dumps(bill, indent=2).encode() + b"\n"


def check_notices(binary: str, bill: bytes, third_party: bytes) -> None:
    """Fails if a crate that the bill of materials names has no notice."""
    noticed = set(re.findall(r"^  (\S+ \S+)$", third_party.decode(), re.MULTILINE))
    for component in json.loads(bill)["components"]:
        crate = f"{component['name']} {component['version']}"
        if "registry" in component["bom-ref"] and crate not in noticed:
            raise LookupError(f"THIRD-PARTY.txt of `{binary}` has no notice of `{crate}`")


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


def the_functions(template: dict, architecture: str, folder: Path, notices: dict[str, dict[str, bytes]]) -> None:
    """Writes the archive of the functions for one processor, with the templates that deploy them."""
    # the environments of samconfig.toml
    run("make", "build", f"CONFIG_ENV={architecture if architecture == 'x86_64' else 'default'}")
    staging = folder / f"functions-{architecture}"
    written = artifacts.collect(WORKSPACE, WORKSPACE / ".aws-sam/build", staging, notices)
    members = {path.name: path.read_bytes() for path in written}
    members |= {name: (WORKSPACE / name).read_bytes() for name in ["LICENSE", "NOTICE"]}
    members["template.yaml"] = text(packaged(template, architecture)).encode()
    archive(folder / f"setupkey-functions-{version()}-{architecture}.tar.gz", members, executables=set())
    shutil.rmtree(staging)


def built_command(target: str) -> Path:
    """Builds the command line for one platform, static."""
    # in its own folder, for the features of its own package only
    command = ["cargo", "lambda", "build", "--release", "--locked", "--bin", "setupkey", "--target", target]
    run(*command, folder=WORKSPACE / COMMAND)
    # cargo-lambda moves every binary here, whatever its platform
    built = WORKSPACE / "target/lambda/setupkey/bootstrap"
    return built.rename(WORKSPACE / "target/dist" / f"setupkey-{target}")


def pages(command: Path, folder: Path) -> dict[str, bytes]:
    """The man pages and the completions, which the command line writes itself."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run(str(command), "man", "--output-dir", str(folder))
    members = {f"man/{page.name}": page.read_bytes() for page in folder.iterdir()}
    for shell in SHELLS:
        completed = subprocess.run([command, "completions", shell], check=True, capture_output=True)
        members[f"completions/setupkey.{shell}"] = completed.stdout
    return members


def dist(folder: Path) -> None:
    """Builds and writes all files of a release."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run("cargo", "fetch", "--locked")
    template = yaml_parse((WORKSPACE / "template.yaml").read_text())
    crates = {f"functions/{binary}": binary for binary in functions(template)}
    notices = {binary: licenses(crate, folder.parent) for crate, binary in crates.items()}
    for architecture, platform_of_it in ARCHITECTURES.items():
        the_functions(template, architecture, folder, notices)
        for crate, bill in bills_of_materials(list(crates), platform_of_it).items():
            binary = crates[crate]
            check_notices(binary, bill, notices[binary]["THIRD-PARTY.txt"])
            (folder / f"{binary}-{version()}-{architecture}.cdx.json").write_bytes(bill)
    commands = {target: built_command(target) for target in COMMAND_TARGETS}
    [native] = [command for target, command in commands.items() if target.startswith(platform.machine())]
    beside = licenses(COMMAND, folder.parent) | pages(native, folder.parent / "pages")
    for target, command in commands.items():
        members = beside | {"setupkey": command.read_bytes()}
        archive(folder / f"setupkey-{version()}-{target}.tar.gz", members, executables={"setupkey"})
        bill = bills_of_materials([COMMAND], target)[COMMAND]
        check_notices("setupkey", bill, beside["THIRD-PARTY.txt"])
        (folder / f"setupkey-{version()}-{target}.cdx.json").write_bytes(bill)
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
