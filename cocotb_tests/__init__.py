# SPDX-License-Identifier: Apache-2.0
"""Tests of the RTL on simulators. They import :mod:`host`, never the other way round."""
