# SPDX-License-Identifier: Apache-2.0
"""faultloop: hardware fault injection for neural networks, on an FPGA or its simulation."""

__version__ = "0.1.0"
