"""The archives of a release are the same bytes every time, and no crate in them lacks its notice."""

from __future__ import annotations

import json
import sys
import tarfile
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

from deployed import WORKSPACE

sys.path.insert(0, str(WORKSPACE / "release"))

from dist import archive, check_notices  # noqa: E402


def bill(*crates: str) -> bytes:
    """A bill of materials with these crates of the registry, and one of the workspace."""
    registry = [
        {"name": name, "version": version, "bom-ref": f"registry+https://example.com#{name}@{version}"}
        for name, version in (crate.split() for crate in crates)
    ]
    own = {"name": "setupkey-rule", "version": "0.1.0", "bom-ref": "path+file:///setupkey/crates/rule#0.1.0"}
    return json.dumps({"components": [own, *registry]}).encode()


class Archives(unittest.TestCase):
    def test_an_archive_is_the_same_whatever_the_order_time_and_user(self) -> None:
        members = {"setupkey": b"\x7fELF", "man/setupkey.1": b"page", "LICENSE": b"text"}
        with TemporaryDirectory() as temporary:
            paths = [Path(temporary) / name / "setupkey-1.0.0.tar.gz" for name in ["first", "second"]]
            for path, names in zip(paths, [list(members), reversed(list(members))], strict=True):
                path.parent.mkdir()
                archive(path, {name: members[name] for name in names}, executables={"setupkey"})
            self.assertEqual(paths[0].read_bytes(), paths[1].read_bytes())
            with tarfile.open(paths[0]) as tar:
                entries = {entry.name: (entry.mode, entry.mtime, entry.uid, entry.uname) for entry in tar}
        self.assertEqual(entries["setupkey-1.0.0/setupkey"], (0o755, 0, 0, ""))
        self.assertEqual(entries["setupkey-1.0.0/man/setupkey.1"], (0o644, 0, 0, ""))
        self.assertEqual(len(entries), len(members))


class Notices(unittest.TestCase):
    NOTICES = b"MIT License\n\n  serde 1.0.0\n  csv 1.4.0\n\nPermission is hereby granted\n"

    def test_a_crate_without_a_notice_stops_the_release(self) -> None:
        check_notices("setupkey", bill("serde 1.0.0", "csv 1.4.0"), self.NOTICES)
        for crate in ["serde 1.0.1", "maud 0.27.0"]:
            with self.assertRaisesRegex(LookupError, f"no notice of `{crate}`"):
                check_notices("setupkey", bill("serde 1.0.0", crate), self.NOTICES)


if __name__ == "__main__":
    unittest.main()
