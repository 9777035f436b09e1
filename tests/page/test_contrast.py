"""The colours of the page, light, dark and on paper, against WCAG 2.2 AA."""

import re
import unittest
from pathlib import Path

STYLE = Path(__file__).resolve().parent.parent.parent / "crates/setupkey/src/page/page.css"
NAMED = re.compile(r"--([a-z-]+): (#[0-9a-f]{6})([0-9a-f]{2})?;")
ROOT = re.compile(r":root \{(.*?)\}", re.DOTALL)

# Text needs 4.5 to its background (1.4.3), what is drawn 3 (1.4.11).
TEXT = [("ink", "paper"), ("muted", "paper"), ("accent", "paper")]
DRAWN = [("mark", "paper"), ("accent", "paper"), ("mark", "wash"), ("accent", "wash"), ("muted", "wash")]


def channels(colour):
    return [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]


def luminance(rgb):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def themes():
    """The colours of each theme; one that is not opaque lies on paper."""
    for block in ROOT.findall(STYLE.read_text()):
        named = {name: (channels(colour), int(alpha or "ff", 16) / 255) for name, colour, alpha in NAMED.findall(block)}
        paper = named["paper"][0]
        yield {
            name: [c * alpha + p * (1 - alpha) for c, p in zip(colour, paper)]
            for name, (colour, alpha) in named.items()
        }


class Contrast(unittest.TestCase):
    def test_there_are_three_themes(self):
        self.assertEqual(len(list(themes())), 3)

    def test_text_can_be_read_and_marks_can_be_seen(self):
        for number, theme in enumerate(themes()):
            for pairs, least in ((TEXT, 4.5), (DRAWN, 3)):
                for front, back in pairs:
                    with self.subTest(theme=number, front=front, back=back):
                        self.assertGreaterEqual(contrast(theme[front], theme[back]), least)


if __name__ == "__main__":
    unittest.main()
