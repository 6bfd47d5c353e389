# SPDX-License-Identifier: Apache-2.0
"""What a reader sees: the summary of each point, its table, the curve, the progress of a run.

Nothing is imported here: the progress must not wait for SciPy and matplotlib.
"""
