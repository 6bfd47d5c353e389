# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with a network, its file or its data."""

from __future__ import annotations


class NetworkError(ValueError):
    """A network, its file or its data is not what it should be; the message says how."""
