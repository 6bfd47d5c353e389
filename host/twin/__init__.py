# SPDX-License-Identifier: Apache-2.0
"""The engines in software: bit-exact, vectorised over pictures."""

from host.twin.mac import Inference, infer
from host.twin.requantise import requantise
from host.twin.scores import score_digests

__all__ = ["Inference", "infer", "requantise", "score_digests"]
