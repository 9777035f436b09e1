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


def collect(
    workspace: Path, build: Path, folder: Path, notices: dict[str, dict[str, bytes]] | None = None
) -> list[Path]:
    """Writes the artifacts into a folder, and returns their paths. Notices go into the archives, by binary and name."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    template = yaml_parse((workspace / "template.yaml").read_text())
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            bootstrap = build / name / "bootstrap"
            if not bootstrap.is_file():
                raise FileNotFoundError(f"`{bootstrap}` is missing, run `make build` first")
            binary = resource["Metadata"]["BuildProperties"]["Binary"]
            written.append(folder / f"{binary}.zip")
            pack(bootstrap, written[-1], (notices or {}).get(binary, {}))
    for path in TEMPLATES:
        written.append(folder / Path(path).name)
        shutil.copyfile(workspace / path, written[-1])
    return written


def pack(bootstrap: Path, path: Path, notices: dict[str, bytes]) -> None:
    """Writes a zip file with one executable, as Lambda wants it, and the notices beside it."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {"bootstrap": bootstrap.read_bytes(), **notices}.items():
            entry = zipfile.ZipInfo(name, BEGINNING)
            entry.external_attr = (0o100755 if name == "bootstrap" else 0o100644) << 16
            entry.create_system = 3  # Unix, or the mode means nothing
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)


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
