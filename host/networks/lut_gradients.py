# SPDX-License-Identifier: Apache-2.0
"""Two ways to differentiate a lookup table. Needs PyTorch.

Both take the tables of a layer and its operands, and give its outputs, through which PyTorch differentiates. Tensors
are gates first, pictures last: float[gates, 2^k], float[gates, k, n] and float[gates, n]. Address bit ``l`` is operand
``l``, least significant first (docs/lut-engine.md).
"""

from __future__ import annotations

from functools import lru_cache

import torch


def multilinear(logits: torch.Tensor, operands: torch.Tensor) -> torch.Tensor:
    """Probability that each gate is 1, its operands being independent bits with these probabilities.

    The multilinear extension of the table: it equals the table at bits 0 and 1. F. Petersen et al., "Deep
    Differentiable Logic Gate Networks" (2022), relax gates of two inputs so.

    Parameters
    ----------
    logits
        An entry is 1 with probability ``1 / (1 + e^-logit)``.
    operands
        Probabilities.
    """
    rest = torch.sigmoid(logits)[:, :, None]
    # Shannon expansion, from the least significant operand on.
    for operand in operands.unbind(1):
        low, high = rest[:, 0::2], rest[:, 1::2]
        rest = low + (high - low) * operand[:, None]
    return rest[:, 0]


def finite_differences(values: torch.Tensor, operands: torch.Tensor) -> torch.Tensor:
    """Outputs of gates, bits, with extended finite differences for slopes.

    A. Bacellar et al., "Differentiable Weightless Neural Networks" (ICML 2024). An output is 1 where the addressed
    value is above 0. Its slope is 1 with respect to the addressed value and, with respect to operand ``l`` at address
    ``a``, the sum over all addresses ``b`` of

        (+1 if bit l of b is 1, else −1) · value[b] / (1 + d_l(a, b)),

    where ``d_l`` counts the bits in which two addresses differ, bit ``l`` left out: the finite difference (d_l = 0)
    extended to all other entries, the farther the less.

    Parameters
    ----------
    values
        Of the entries.
    operands
        Bits, 0 and 1.
    """
    k = operands.shape[1]
    weights = (1 << torch.arange(k))[:, None]
    address = (operands.detach().long() * weights).sum(1)
    addressed = values.gather(1, address)
    # In value the second and third terms are zeros; they carry the slopes.
    output = (addressed.detach() > 0).to(values.dtype) + (addressed - addressed.detach())
    if operands.requires_grad:
        slopes = torch.einsum("gb,abl->gal", values.detach(), _shares(k).to(values.dtype))
        there = slopes.gather(1, address[:, :, None].expand(-1, -1, k)).transpose(1, 2)
        output = output + (there * (operands - operands.detach())).sum(1)
    return output


@lru_cache(maxsize=8)
def _shares(k: int) -> torch.Tensor:
    """float64[2^k, 2^k, k]: what the value of entry b weighs in the slope at address a with respect to operand l."""
    bits = torch.arange(1 << k)[:, None] >> torch.arange(k) & 1
    differ = (bits[:, None] != bits[None]).double()
    distance = differ.sum(2, keepdim=True) - differ
    return (2.0 * bits - 1) / (1 + distance)
