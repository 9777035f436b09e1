"""The sample page of the docs is what the tool makes today."""

import tempfile
import unittest
from pathlib import Path

from sample import SAMPLE, make


class Sample(unittest.TestCase):
    def test_sample_is_what_the_tool_makes(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "sample.html"
            make(path)
            # not shown line by line: the lines are long
            self.assertTrue(path.read_bytes() == SAMPLE.read_bytes(), "`make sample` makes it again")


if __name__ == "__main__":
    unittest.main()
