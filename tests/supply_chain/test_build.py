"""Two builds of one commit in two folders are the same bytes, and hold no path of the machine.

The flags are those of `make build`. The binary is a small one of the workspace with third-party crates in it, and the
profile is `release` without optimization: what is compared is what paths do to a binary, not the code of the functions.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

WORKSPACE = Path(__file__).resolve().parents[2]
SOURCES = ["Cargo.toml", "Cargo.lock", "Makefile", "rust-toolchain.toml", "crates", "functions", "tests"]
CARGO_HOME = os.environ.get("CARGO_HOME", str(Path.home() / ".cargo"))

FAST = ["profile.release.opt-level=0", "profile.release.lto='off'", "profile.release.codegen-units=16"]


def build(folder: Path) -> bytes:
    """Copies the sources into a folder and builds there, as `make build` would."""
    folder.mkdir(parents=True)
    for name in SOURCES:
        source = WORKSPACE / name
        copy = shutil.copytree if source.is_dir() else shutil.copyfile
        copy(source, folder / name)
    flags = subprocess.run(
        ["make", "--silent", "--no-print-directory", "rustflags"], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()
    command = ["cargo", "build", "--quiet", "--locked", "--release", "-p", "setupkey-local-aws", "--example", "serve"]
    for setting in FAST:
        command += ["--config", setting]
    environment = {**os.environ, "RUSTFLAGS": flags, "CARGO_TARGET_DIR": str(folder / "target")}
    subprocess.run(command, cwd=folder, env=environment, check=True)
    return (folder / "target/release/examples/serve").read_bytes()


class Reproducible(unittest.TestCase):
    def test_two_builds_in_two_folders_are_equal_byte_for_byte(self) -> None:
        with TemporaryDirectory() as temporary:
            folders = [Path(temporary).resolve() / name for name in ["a", "another/folder"]]
            first, second = (build(folder) for folder in folders)
        self.assertIn(b"/cargo/registry/", first, "a panic of a third-party crate names its file")
        for path in [*map(str, folders), CARGO_HOME]:
            self.assertNotIn(path.encode(), first + second)
        self.assertTrue(first == second, "the two binaries differ")

    def test_the_functions_are_built_with_these_flags(self) -> None:
        commands = subprocess.run(
            ["make", "--dry-run", "build"], cwd=WORKSPACE, check=True, capture_output=True, text=True
        ).stdout
        [build] = [line for line in commands.splitlines() if "sam build" in line]
        for path in [WORKSPACE, CARGO_HOME]:
            self.assertIn(f"--remap-path-prefix={path}=", build.partition("sam build")[0])


if __name__ == "__main__":
    unittest.main()
