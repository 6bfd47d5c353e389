# SPDX-License-Identifier: Apache-2.0
"""The injector that this testbed is timed beside: PyTorchFI, which upsets networks in floating point."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from host.networks import DenseNetwork


def injections(
    network: DenseNetwork, images: NDArray[np.int8], classes: NDArray[np.uint16], threads: int
) -> Iterator[int]:
    """Inject one flip after the other with PyTorchFI; yields how many pictures keep their class.

    The network is that of the boards in floating point, without rounding between layers. One injection inverts one bit
    of one int8 weight, drawn uniformly over all weight bits, classifies all pictures, and restores the weight.

    Parameters
    ----------
    network, images, classes
        What the boards run, int8[n, inputs], and their golden answers, uint16[n].
    threads
        Threads of torch.
    """
    import torch
    from pytorchfi.core import fault_injection

    torch.set_num_threads(threads)
    scales = [
        layer.multiplier.astype(np.float64) * 2.0 ** (layer.shift.astype(np.float64) - 31) for layer in network.layers
    ]
    modules: list[torch.nn.Module] = []
    for layer, scale in zip(network.layers, scales, strict=True):
        linear = torch.nn.Linear(layer.inputs, layer.outputs)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(layer.weights * scale[:, None]))
            linear.bias.copy_(torch.tensor(layer.bias * scale))
        modules += [linear, torch.nn.ReLU()]
    model = torch.nn.Sequential(*modules[:-1])
    pictures = torch.tensor(images.astype(np.float32) - network.input_zero_point)
    with torch.no_grad():
        golden = model(pictures).argmax(dim=1)
    agree = int((golden.numpy() == classes).sum())
    if agree < 0.99 * len(golden):
        raise RuntimeError(f"the network in floating point agrees on {agree} of {len(golden)} pictures only")
    injector = fault_injection(model, len(pictures), input_shape=[network.inputs], layer_types=[torch.nn.Linear])
    rng = np.random.default_rng(1)
    edges = np.cumsum([0] + [8 * layer.weights.size for layer in network.layers])
    while True:
        place = int(rng.integers(edges[-1]))
        number = int(np.searchsorted(edges, place, side="right")) - 1
        weight, bit = divmod(place - int(edges[number]), 8)
        channel, column = divmod(weight, network.layers[number].inputs)
        value = int(network.layers[number].weights[channel, column])
        flipped = int(np.int8(np.uint8(value & 0xFF) ^ np.uint8(1 << bit))) * scales[number][channel]
        faulty = injector.declare_weight_fi(
            layer_num=[number], k=[channel], dim1=[column], dim2=[None], dim3=[None], value=[flipped]
        )
        with torch.no_grad():
            kept = int((faulty(pictures).argmax(dim=1) == golden).sum())
        injector.fi_reset()
        yield kept
