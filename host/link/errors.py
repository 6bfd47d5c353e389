# SPDX-License-Identifier: Apache-2.0
"""What goes wrong on a link."""

from __future__ import annotations


class LinkError(Exception):
    """The board did not answer, or not as docs/link.md says; the text says what to check."""


class RateRefused(LinkError):
    """The port cannot run at a bit rate on this machine."""


class Refused(LinkError):
    """The board refused a word.

    Attributes
    ----------
    address
        Word address of the refused word.
    """

    def __init__(self, message: str, address: int) -> None:
        super().__init__(message)
        self.address = address
