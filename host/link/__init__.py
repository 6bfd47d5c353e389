# SPDX-License-Identifier: Apache-2.0
"""The host's end of the link (docs/link.md): frames, and the session that exchanges them."""
