"""What the page looks like to an eye that sees no color well, as the browser computed it: WCAG 2.2 AA.

Text needs a contrast of 4.5 to its background (1.4.3). What is drawn and carries a meaning needs 3 to what it is told
apart from (1.4.11); in gray as well, as many printers have it.
"""

import re
import tempfile
import unittest
from pathlib import Path

import webdriver
from sample import make
from webdriver import Browser

setUpModule = webdriver.require

# Each text that is displayed: its color, and the background that it stands on.
TEXTS = """
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const seen = {};
const ground = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const color = getComputedStyle(at).backgroundColor;
    if (color !== "rgba(0, 0, 0, 0)") return color;
  }
};
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  const text = walker.currentNode.textContent.trim();
  if (!text || !element.checkVisibility() || element.closest(".unseen, script, style, title")) continue;
  const style = getComputedStyle(element);
  const color = element instanceof SVGElement ? style.fill : style.color;
  seen[`${color} on ${ground(element)}`] ??= text;
}
for (const input of document.querySelectorAll("input")) {
  seen[`${getComputedStyle(input, "::placeholder").color} on ${ground(input)}`] ??= input.placeholder;
}
return seen;
"""

# What is drawn, by the first element that is drawn so.
DRAWN = {
    "paper": ("body", "backgroundColor"),
    "setup window": ("#window .wash", "fill"),
    "flagged part": ("#flagged .flag-fill", "fill"),
    "its hatch": ("#flagged .paper-fill", "fill"),
    "plain part": ("#plain rect", "fill"),
    "its edge": (".part", "stroke"),
    "exempt part": ("#exempt .ink-fill", "fill"),
    "part not read": ("#unread circle", "fill"),
    "flagged key": (".lane .mark.f", "fill"),
    "other key": (".lane circle.mark:not(.i)", "fill"),
    "inactive key": (".lane circle.mark.i", "stroke"),
    "its inside": (".lane circle.mark.i", "fill"),
    "use": (".lane .d", "stroke"),
    "user": (".lane .user, #e .user", "stroke"),
    "end of the window": ("#window .edge", "stroke"),
    "field": ("input", "borderTopColor"),
    "FAIL": (".fail", "borderTopColor"),
}
# What has to be told apart.
PAIRS = [
    *[(name, "paper") for name in DRAWN if name not in ("paper", "setup window", "its hatch", "its inside")],
    *[(name, "setup window") for name in ("flagged part", "plain part", "flagged key", "other key", "use", "user")],
    ("flagged part", "plain part"),
    ("flagged part", "its hatch"),
    ("plain part", "its edge"),
    ("flagged key", "other key"),
    ("inactive key", "its inside"),
]


def channels(color):
    return [float(channel) / 255 for channel in re.findall(r"[\d.]+", color)[:3]]


def gray(rgb):
    """As the CSS filter `grayscale` has it."""
    return [0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]] * 3


def luminance(rgb):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


class Contrast(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.path = Path(folder.name) / "sample.html"
        make(cls.path)

    def looks(self):
        """The page on a light screen, on a dark one, and on paper."""
        for name, dark, medium in (("light", False, ""), ("dark", True, ""), ("paper", True, "print")):
            with Browser(dark=dark) as browser:
                browser.open(self.path)
                browser.run("document.querySelector('#findings tbody a').click()")
                browser.show_as(medium)
                yield name, browser

    def test_text_can_be_read(self):
        for look, browser in self.looks():
            texts = browser.run(TEXTS)
            self.assertGreater(len(texts), 3)
            for pair, text in texts.items():
                front, back = pair.split(" on ")
                for shade in (list, gray):
                    with self.subTest(look=look, text=text, pair=pair, shade=shade.__name__):
                        self.assertGreaterEqual(contrast(shade(channels(front)), shade(channels(back))), 4.5)

    def test_what_is_drawn_can_be_told_apart(self):
        script = "const [at, what] = arguments; return getComputedStyle(document.querySelector(at))[what]"
        for look, browser in self.looks():
            colors = {name: channels(browser.run(script, at, what)) for name, (at, what) in DRAWN.items()}
            for one, other in PAIRS:
                for shade in (list, gray):
                    with self.subTest(look=look, one=one, other=other, shade=shade.__name__):
                        self.assertGreaterEqual(contrast(shade(colors[one]), shade(colors[other])), 3)


if __name__ == "__main__":
    unittest.main()
