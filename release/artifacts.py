"""Collects what an organization's bucket has to hold: the built functions, zipped, and the template of the accounts.

usage, after `make build`: python release/artifacts.py VERSION   writes target/artifacts/setupkey/VERSION
"""

from __future__ import annotations

import re
import shutil
import sys
import zipfile
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

WORKSPACE = Path(__file__).resolve().parent.parent
TEMPLATES = ["org/member.yaml"]
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")

# The same build gives the same bytes: a zip file's own beginning of time.
BEGINNING = (1980, 1, 1, 0, 0, 0)


def collect(workspace: Path, build: Path, folder: Path) -> list[Path]:
    """Writes the artifacts into a folder, and tells which."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    template = yaml_parse((workspace / "template.yaml").read_text())
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            bootstrap = build / name / "bootstrap"
            if not bootstrap.is_file():
                raise FileNotFoundError(f"`{bootstrap}` is missing, run `make build` first")
            written.append(folder / f"{resource['Metadata']['BuildProperties']['Binary']}.zip")
            pack(bootstrap, written[-1])
    for path in TEMPLATES:
        written.append(folder / Path(path).name)
        shutil.copyfile(workspace / path, written[-1])
    return written


def pack(bootstrap: Path, path: Path) -> None:
    """A zip file with one executable, as Lambda wants it."""
    entry = zipfile.ZipInfo("bootstrap", BEGINNING)
    entry.external_attr = 0o100755 << 16
    entry.create_system = 3  # Unix, or the mode means nothing
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, bootstrap.read_bytes())


def main() -> int:
    if len(sys.argv) != 2 or not VERSION.fullmatch(sys.argv[1]):
        print("usage: python release/artifacts.py VERSION (1 to 64 letters, digits and ._+-)", file=sys.stderr)
        return 2
    folder = WORKSPACE / "target/artifacts/setupkey" / sys.argv[1]
    try:
        written = collect(WORKSPACE, WORKSPACE / ".aws-sam/build", folder)
    except FileNotFoundError as missing:
        print(missing, file=sys.stderr)
        return 1
    for path in written:
        print(path.relative_to(WORKSPACE))
    return 0


if __name__ == "__main__":
    sys.exit(main())
