# SPDX-License-Identifier: Apache-2.0
"""What an engine answers to a set of pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Inference:
    """Answers to a set of pictures.

    Attributes
    ----------
    scores
        int8[n, score_count] (mac) or uint16[n, score_count] (lut).
    classes
        uint16[n].
    work
        Units of work of one inference; of one that hung, those before the unit that would have exceeded the limit.
    hung
        Whether the work limit ended it; there are no answers then (n = 0).
    """

    scores: NDArray[Any]
    classes: NDArray[np.uint16]
    work: int
    hung: bool

    def of(self, pictures: slice) -> Self:
        """The answers to some of the pictures."""
        return replace(self, scores=self.scores[pictures], classes=self.classes[pictures])

    def masked(self, golden: Inference) -> NDArray[np.bool_]:
        """bool[n]: whether each picture has the golden scores, as far as the engine's board can tell."""
        same: NDArray[np.bool_] = np.all(self.scores == golden.scores, axis=1)
        return same
