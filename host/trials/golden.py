# SPDX-License-Identifier: Apache-2.0
"""The golden run: the fault-free answers that every outcome is judged by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from host.image import MemoryImage
from host.networks import TestSet
from host.trials.plan import PlanError
from host.twin import Inference, infer


@dataclass(frozen=True, eq=False)
class GoldenRun:
    """The fault-free run of a test set.

    Attributes
    ----------
    inference
        Scores, classes and digests of each picture.
    accuracy
        Share of pictures whose class is their label.
    """

    inference: Inference
    accuracy: float


def golden_run(image: MemoryImage, test_set: TestSet) -> GoldenRun:
    """Run the twin without faults.

    Raises
    ------
    PlanError
        If the network hangs by itself.
    """
    inference = infer(image, image.words, test_set.images)
    if inference.hung:
        raise PlanError(f"the network exceeds its work limit of {image.work_limit} without any fault: compile it again")
    return GoldenRun(inference, float(np.mean(inference.classes == test_set.labels)))
