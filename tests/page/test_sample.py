"""The sample page of the docs is what the tool makes today, and its pictures are small."""

import struct
import tempfile
import unittest
from pathlib import Path

from sample import PICTURES, SAMPLE, make

MAX_BYTES = 150_000


class Sample(unittest.TestCase):
    def test_sample_is_what_the_tool_makes(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "sample.html"
            make(path)
            # not shown line by line: the lines are long
            self.assertTrue(path.read_bytes() == SAMPLE.read_bytes(), "`make sample` makes it again")

    def test_pictures_are_those_of_the_first_screens(self):
        for name, size in PICTURES.items():
            for scheme in ("light", "dark"):
                with self.subTest(name=name, scheme=scheme):
                    picture = SAMPLE.with_name(f"{name}-{scheme}.png").read_bytes()
                    self.assertEqual(struct.unpack(">II", picture[16:24]), size)
                    self.assertLess(len(picture), MAX_BYTES)


if __name__ == "__main__":
    unittest.main()
