# SPDX-License-Identifier: Apache-2.0
"""Pieces of inline SVG: elements, axes, ticks. Colours are classes, so that the page's style sheet chooses them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

#: Height of a line of text, and widths that are enough for a plain and for a bold character.
LINE, CHARACTER, BOLD = 15, 6.7, 7.9

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def element(name: str, content: str = "", /, **attributes: object) -> str:
    """An element of markup; ``class_`` is written ``class``, ``_`` stands for ``-``, and what is empty is left out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_number(value))}"'
        for key, value in attributes.items()
        if value != ""
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def text(x: float, y: float, words: str, anchor: str = "start", class_: str = "") -> str:
    """A line of text; the words are escaped."""
    return element("text", escape(words), x=x, y=y, text_anchor=anchor, class_=class_)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def box(x: float, y: float, width: float, height: float, class_: str, **attributes: object) -> str:
    """A rectangle."""
    return element("rect", x=x, y=y, width=width, height=height, class_=class_, **attributes)


def polyline(points: Sequence[tuple[float, float]], class_: str, *, closed: bool = False) -> str:
    """A broken line, or a polygon."""
    place = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
    return element("polygon" if closed else "polyline", points=place, class_=class_)


def marker(shape: int, x: float, y: float, class_: str, size: float = 4.0) -> str:
    """A marker of one of four shapes, so that series can be told apart without colour."""
    if shape % 4 == 0:
        return element("circle", cx=x, cy=y, r=size, class_=class_)
    if shape % 4 == 1:
        return box(x - size, y - size, 2 * size, 2 * size, class_)
    d = 1.3 * size
    corners = (
        [(x, y - d), (x + d, y + d), (x - d, y + d)]
        if shape % 4 == 2
        else [(x, y - d), (x + d, y), (x, y + d), (x - d, y)]
    )
    return polyline(corners, class_, closed=True)


def drawing(width: float, height: float, title: str, content: str, class_: str) -> str:
    """A whole picture with its text alternative."""
    inner = element("title", escape(title)) + content
    box = f"0 0 {_number(width)} {_number(height)}"
    return element("svg", inner, viewBox=box, role="img", class_=class_)


@dataclass(frozen=True)
class Scale:
    """A linear or logarithmic axis.

    Attributes
    ----------
    low, high
        Ends in data; both above 0 for a logarithmic one.
    start, end
        Where they are drawn.
    log
        Whether it is logarithmic.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Where a value is drawn."""
        if self.log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def decades(self) -> list[int]:
        """Powers of ten on the axis."""
        return list(range(math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9) + 1))

    def ticks(self, count: int = 5) -> list[float]:
        """About so many round values on a linear axis."""
        raw = (self.high - self.low) / count
        unit = 10.0 ** math.floor(math.log10(raw))
        step = next(unit * m for m in (1, 2, 5, 10) if unit * m >= raw * 0.999)
        return [n * step for n in range(math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9) + 1)]


def power(exponent: int) -> str:
    """A power of ten as it is written."""
    return {0: "1", 1: "10"}.get(exponent, "10" + str(exponent).translate(_SUPERSCRIPTS))


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places near the wanted ones, in the same order, at least ``gap`` apart and within the limits where they fit."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = [0.0] * len(wanted)
    at = low
    for i in order:
        at = placed[i] = max(wanted[i], at)
        at += gap
    limit = high
    for i in reversed(order):
        limit = placed[i] = min(placed[i], limit)
        limit -= gap
    return placed


def _number(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
