# SPDX-License-Identifier: Apache-2.0
"""Codes that protect the words of a store. Pure."""

from host.codes.code import CODES, Code, Decoded, parts_of

__all__ = ["CODES", "Code", "Decoded", "parts_of"]
