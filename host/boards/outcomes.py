# SPDX-License-Identifier: Apache-2.0
"""The classification of answers into outcomes. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from host.boards.board import Outcomes
from host.twin import Inference


def classify(golden: Inference, labels: NDArray[np.uint16], seen: Inference) -> Outcomes:
    """Outcomes of a run against the golden run of the same pictures.

    Parameters
    ----------
    golden
        The fault-free run.
    labels
        uint16[n] true class of each picture.
    seen
        The run to judge; after a hang nothing was answered.

    Returns
    -------
    Outcomes
        Masked is golden scores as the engine's board compares them, tolerated other scores with the golden class.
    """
    if seen.hung:
        return Outcomes(0, 0, 0, 0, 0)
    masked = seen.masked(golden)
    same_class = seen.classes == golden.classes
    answered = len(seen.classes)
    n_masked = int(np.count_nonzero(masked))
    n_tolerated = int(np.count_nonzero(same_class & ~masked))
    return Outcomes(
        answered=answered,
        masked=n_masked,
        tolerated=n_tolerated,
        critical=answered - n_masked - n_tolerated,
        correct=int(np.count_nonzero(seen.classes == labels)),
    )
