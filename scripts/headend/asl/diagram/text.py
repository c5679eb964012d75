"""Text as a drawing shows it: how wide it is, on how many lines it stands, which characters it may hold."""

from __future__ import annotations

import re
import unicodedata
from html import escape

from headend.asl.model import PLACEHOLDER

_WIDTHS = {
    "'Iijl|": 0.29,
    " ,-./:;·\\J": 0.36,
    "!()[]frt": 0.41,
    '"*?_`csz': 0.53,
    "FLTYPZvxykhEeaop0123456789$": 0.62,
    "bdgnquSKBRVXCA{}«»": 0.66,
    "DGHNOQU&": 0.78,
    "#+<=>^~≤≥→↻wM": 0.85,
    "%—…@Wm": 0.99,
}
_EMS = {character: em for characters, em in _WIDTHS.items() for character in characters}
_BREAKS = re.compile(r"(?<=[._/:])")
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 does not allow, https://www.w3.org/TR/xml/#charsets."""


def width(text: str, size: float) -> float:
    """How wide `text` is at most, in pixels, in an ordinary sans-serif font of `size` pixels.

    The font is the reader's, so this measures DejaVu Sans, the widest of the usual ones.
    """
    return sum(_em(character) for character in text) * size


def _em(character: str) -> float:
    return _EMS.get(character) or (1.05 if unicodedata.east_asian_width(character) in "WF" else 0.75)


def plain(text: str) -> str:
    """On one line, without what XML does not allow, with placeholders by name: `${name}` is shown as «name»."""
    return " ".join(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", PLACEHOLDER.sub(r"«\1»", text)).split())


def short(text: str, length: int) -> str:
    """`plain`, with an ellipsis after at most `length` characters."""
    text = plain(text)
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def lines(text: str, length: int, count: int) -> tuple[str, ...]:
    """`plain`, on at most `count` lines of at most `length` characters; what does not fit is an ellipsis.

    Lines break at spaces, in a word that is too long after one of `._/:`, and in the middle of one only without these.
    """
    found = [""]
    for word in plain(text).split(" "):
        gap = " " if found[-1] else ""
        for part in [word] if len(word) <= length else _BREAKS.split(word):
            if len(found[-1] + gap + part) <= length:
                found[-1] += gap + part
            else:
                found += [part[start : start + length] for start in range(0, len(part), length)]
            gap = ""
    found = [line for line in found if line] or [""]
    if len(found) <= count:
        return tuple(found)
    return (*found[: count - 1], f"{found[count - 1][: length - 2].rstrip()} …")


def xml(text: str) -> str:
    """For XML, in an element or an attribute in double quotes. Line feeds stay."""
    return escape(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text))
