# SPDX-License-Identifier: Apache-2.0
"""The engines in software: bit-exact, vectorised over pictures."""

from host.twin.engines import infer
from host.twin.inference import Inference
from host.twin.mac import MacInference
from host.twin.requantise import requantise
from host.twin.scores import score_digests

__all__ = ["Inference", "MacInference", "infer", "requantise", "score_digests"]
