# SPDX-License-Identifier: Apache-2.0
"""Settings of the training of a network of lookup tables; needs no PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from host.networks.errors import NetworkError
from host.networks.lut import MAX_K, MIN_K
from host.networks.thermometer import Spacing


class Gradient(StrEnum):
    """How a table is differentiated (host/networks/lut_gradients.py)."""

    #: Wires and entries are probabilities; training computes with these, and bits are cut at the end.
    MULTILINEAR = "multilinear"
    #: Wires are bits from the first step on; extended finite differences stand for the slope.
    EFD = "efd"


class Start(StrEnum):
    """What the tables are before the first step."""

    #: Any table.
    RANDOM = "random"
    #: Operand 0 handed through, slightly disturbed.
    RESIDUAL = "residual"


@dataclass(frozen=True, kw_only=True)
class LutRecipe:
    """Settings of a training run: Adam with a linearly falling rate on the cross entropy of the group sums.

    Attributes
    ----------
    k
        Inputs of a gate.
    widths
        Gates of each layer; the last is a multiple of the classes.
    seed
        Of wiring, initial tables, order of pictures and noise; 0 … 2^32 − 1.
    bits, spacing
        Thresholds of a feature, at most, and where they lie.
    gradient, start
        See there.
    self_dual
        Whether each table is its own dual, ``f(¬x) = ¬f(x)``: then half of its entries are free. Inverting all tables
        of a layer inverts its outputs, and two layers inverted cancel.
    temperature
        The group sums are divided by it before the softmax.
    noise
        Standard deviation of what is added to the features of each picture in each step.
    epochs, batch, rate
        Passes over the data, pictures a step, first step size.

    Raises
    ------
    NetworkError
        If a value is out of range.
    """

    k: int
    widths: tuple[int, ...]
    seed: int
    bits: int = 5
    spacing: Spacing = Spacing.QUANTILE
    gradient: Gradient = Gradient.MULTILINEAR
    start: Start = Start.RANDOM
    self_dual: bool = False
    temperature: float = 3.0
    noise: float = 3.0
    epochs: int = 30
    batch: int = 64
    rate: float = 0.1

    def __post_init__(self) -> None:
        wrong = [
            text
            for text, right in (
                (f"k is {self.k}; it must be {MIN_K} ... {MAX_K}", MIN_K <= self.k <= MAX_K),
                (f"widths are {self.widths}; give at least one, each at least 1", min(self.widths, default=0) >= 1),
                (f"seed is {self.seed}; it must be 0 ... 2^32 - 1", 0 <= self.seed < 1 << 32),
                (f"bits is {self.bits}; it must be at least 1", self.bits >= 1),
                (f"temperature is {self.temperature}; it must be above 0", self.temperature > 0),
                (f"noise is {self.noise}; it must not be below 0", self.noise >= 0),
                (f"epochs is {self.epochs}; it must be at least 1", self.epochs >= 1),
                (f"batch is {self.batch}; it must be at least 1", self.batch >= 1),
                (f"rate is {self.rate}; it must be above 0", self.rate > 0),
            )
            if not right
        ]
        if wrong:
            raise NetworkError(f"recipe: {wrong[0]}")
