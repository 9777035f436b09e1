"""Smaller PNGs of the page: a palette in place of three channels. Only Python's standard library."""

import struct
import zlib
from collections import Counter

# Colors that are alike in so many high bits of each channel are one: the most frequent of them, so that surfaces keep
# theirs. What is left are shades at the edges of letters.
BITS = 5
MAX_COLORS = 256


def chunks(png):
    at = 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def paeth(left, up, corner):
    near = [(abs(up - corner), left), (abs(left - corner), up), (abs(left + up - 2 * corner), corner)]
    return min(near, key=lambda pair: pair[0])[1]


def rows(data, width, bytes_each):
    """The rows as they were before they were filtered (PNG specification, 9.2)."""
    length = width * bytes_each
    before = bytes(length)
    for start in range(0, len(data), length + 1):
        kind, row = data[start], bytearray(data[start + 1 : start + 1 + length])
        for at in range(length) if kind else ():
            left = row[at - bytes_each] if at >= bytes_each else 0
            corner = before[at - bytes_each] if at >= bytes_each else 0
            up = before[at]
            guess = (0, left, up, (left + up) // 2, paeth(left, up, corner) if kind == 4 else 0)[kind]
            row[at] = (row[at] + guess) & 255
        before = bytes(row)
        yield before


def with_palette(png):
    """The same picture with a palette."""
    parts = list(chunks(png))
    width, height, depth, color_type, *_ = struct.unpack(">IIBBBBB", dict(parts)[b"IHDR"])
    if depth != 8 or color_type not in (2, 6):
        raise ValueError(f"a PNG of depth {depth} and color type {color_type}, expected 8 and 2 or 6")
    bytes_each = 3 if color_type == 2 else 4
    data = zlib.decompress(b"".join(content for kind, content in parts if kind == b"IDAT"))
    pixels = [
        [row[at : at + 3] for at in range(0, len(row), bytes_each)] for row in rows(data, width, bytes_each)
    ]
    shades = {}
    for color, _ in Counter(color for row in pixels for color in row).most_common():
        shades.setdefault(bytes(channel >> (8 - BITS) for channel in color), color)
    palette = sorted(set(shades.values()))
    if len(palette) > MAX_COLORS:
        raise ValueError(f"{len(palette)} colors, expected at most {MAX_COLORS}")
    places = {color: place for place, color in enumerate(palette)}
    place = {}
    for color in {color for row in pixels for color in row}:
        place[color] = places[shades[bytes(channel >> (8 - BITS) for channel in color)]]
    packed = b"".join(b"\0" + bytes(place[color] for color in row) for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(kind, content)
        for kind, content in (
            (b"IHDR", header),
            (b"PLTE", b"".join(palette)),
            (b"IDAT", zlib.compress(packed, 9)),
            (b"IEND", b""),
        )
    )
