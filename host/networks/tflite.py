# SPDX-License-Identifier: Apache-2.0
"""Importer for int8 TensorFlow Lite files that are a chain of fully connected layers.

RESHAPE between layers changes nothing here and SOFTMAX at the end keeps the order of the scores: both are left out.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from host.networks.dense import Dense, DenseNetwork
from host.networks.errors import NetworkError
from host.networks.quantise import quantise_multiplier


@dataclass(frozen=True, eq=False)
class _Tensor:
    """What the importer needs of a tensor; ``data`` is None where the file gives no constant."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    scales: NDArray[np.float32]
    zero_points: NDArray[np.int64]
    data: NDArray[Any] | None


def import_tflite(path: str | Path, *, single_rounding: bool = False) -> DenseNetwork:
    """The network in a TensorFlow Lite file.

    Parameters
    ----------
    path
        The file.
    single_rounding
        Rounding of all layers. The file does not say: it is a property of the kernels that run it. TensorFlow Lite
        Micro rounds twice.

    Raises
    ------
    NetworkError
        If the file cannot be read, or holds anything but int8 fully connected layers in a chain.
    """
    path = Path(path)
    try:
        tflite: Any = import_module("tflite")  # an extra: only this importer needs it
    except ImportError as error:
        raise NetworkError("reading .tflite files needs the package tflite: pip install tflite") from error
    try:
        content = path.read_bytes()
        if content[4:8] != b"TFL3":
            raise NetworkError(f"{path} is not a TensorFlow Lite file: bytes 4 to 7 are not TFL3")
        model = tflite.Model.GetRootAsModel(content, 0)
        return _Importer(path, tflite, model, single_rounding).network()
    except (OSError, struct.error, IndexError, TypeError, AttributeError) as error:
        raise NetworkError(f"{path} cannot be read as a TensorFlow Lite file: {error}") from error


class _Importer:
    """One file being imported."""

    def __init__(self, path: Path, tflite: Any, model: Any, single_rounding: bool) -> None:
        self.path, self.tflite, self.model, self.single_rounding = (
            path,
            tflite,
            model,
            single_rounding,
        )
        if model.SubgraphsLength() != 1:
            raise NetworkError(f"{path} has {model.SubgraphsLength()} subgraphs; only files with one are read")
        self.graph = model.Subgraphs(0)
        self.types = {v: k for k, v in vars(tflite.TensorType).items() if not k.startswith("_")}
        self.operations = {v: k for k, v in vars(tflite.BuiltinOperator).items() if not k.startswith("_")}

    def network(self) -> DenseNetwork:
        """The chain of layers."""
        current = first = int(self.graph.Inputs(0))
        layers: list[Dense] = []
        for number in range(self.graph.OperatorsLength()):
            operator = self.graph.Operators(number)
            name = self._operation(operator)
            if name not in ("FULLY_CONNECTED", "RESHAPE", "SOFTMAX"):
                raise NetworkError(f"{self.path} contains {name}; only FULLY_CONNECTED, RESHAPE and SOFTMAX are read")
            if int(operator.Inputs(0)) != current:
                raise NetworkError(
                    f"{self.path}: operation {number} ({name}) does not follow the one before it in a chain"
                )
            current = int(operator.Outputs(0))
            if name == "FULLY_CONNECTED":
                layers.append(self._dense(operator, f"fc{len(layers)}"))
            elif name == "SOFTMAX" and number != self.graph.OperatorsLength() - 1:
                raise NetworkError(f"{self.path}: SOFTMAX is not the last operation")
        source = self._tensor(first)
        self._activation(source)
        metadata = {"origin": f"imported from {self.path.name}"}
        return DenseNetwork(
            self.path.stem,
            tuple(layers),
            float(source.scales[0]),
            int(source.zero_points[0]),
            metadata,
        )

    def _operation(self, operator: Any) -> str:
        code = self.model.OperatorCodes(operator.OpcodeIndex())
        # Files older than the wider field have 0 in it.
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        return str(self.operations.get(number, f"operation {number}"))

    def _tensor(self, number: int) -> _Tensor:
        tensor = self.graph.Tensors(number)
        quantization = tensor.Quantization()
        scales, zeros = np.zeros(0, np.float32), np.zeros(0, np.int64)
        if quantization is not None and quantization.ScaleLength() > 0:
            scales, zeros = quantization.ScaleAsNumpy(), quantization.ZeroPointAsNumpy()
        dtype = self.types.get(tensor.Type(), "unknown").lower()
        shape = tuple(int(n) for n in tensor.ShapeAsNumpy()) if tensor.ShapeLength() else ()
        buffer, data = self.model.Buffers(tensor.Buffer()), None
        if buffer.DataLength() > 0 and dtype in ("int8", "int32"):
            data = buffer.DataAsNumpy().view(np.dtype(dtype).newbyteorder("<")).reshape(shape)
        return _Tensor(tensor.Name().decode(), shape, dtype, scales, zeros, data)

    def _activation(self, tensor: _Tensor) -> None:
        if tensor.dtype != "int8" or len(tensor.scales) != 1 or len(tensor.zero_points) != 1:
            raise NetworkError(
                f"{self.path}: tensor {tensor.name!r} is {tensor.dtype} with {len(tensor.scales)} scales;"
                " activations must be int8 with one scale"
            )

    def _dense(self, operator: Any, name: str) -> Dense:
        numbers = [int(operator.Inputs(i)) for i in range(operator.InputsLength())]
        source, weights = self._tensor(numbers[0]), self._tensor(numbers[1])
        target = self._tensor(int(operator.Outputs(0)))
        self._activation(source)
        self._activation(target)
        if weights.data is None or weights.dtype != "int8" or len(weights.shape) != 2 or np.any(weights.zero_points):
            raise NetworkError(f"{self.path}: weights of {name} must be a constant int8 matrix with zero point 0")
        outputs = weights.shape[0]
        if len(weights.scales) not in (1, outputs):
            raise NetworkError(
                f"{self.path}: weights of {name} have {len(weights.scales)} scales; 1 or {outputs} are read"
            )
        scales = np.broadcast_to(weights.scales.astype(np.float64), (outputs,))
        # Products of doubles, as LiteRT computes them (docs/litert.md, measured).
        pairs = [quantise_multiplier(float(source.scales[0]) * float(s) / float(target.scales[0])) for s in scales]
        low, high = self._clamp(operator, target, name)
        return Dense(
            name=name,
            weights=weights.data.astype(np.int8),
            bias=self._bias(numbers, outputs, name),
            multiplier=np.array([q for q, _ in pairs], dtype=np.int32),
            shift=np.array([s for _, s in pairs], dtype=np.int8),
            input_zero_point=int(source.zero_points[0]),
            output_zero_point=int(target.zero_points[0]),
            activation_min=low,
            activation_max=high,
            single_rounding=self.single_rounding,
        )

    def _bias(self, numbers: list[int], outputs: int, name: str) -> NDArray[np.int32]:
        if len(numbers) < 3 or numbers[2] < 0:
            return np.zeros(outputs, dtype=np.int32)
        bias = self._tensor(numbers[2])
        if bias.data is None or bias.dtype != "int32":
            raise NetworkError(f"{self.path}: bias of {name} must be a constant int32 vector; it is {bias.dtype}")
        return bias.data.reshape(-1).astype(np.int32)

    def _clamp(self, operator: Any, target: _Tensor, name: str) -> tuple[int, int]:
        """Least and greatest output: the fused activation in steps of the output."""
        options = self.tflite.FullyConnectedOptions()
        table = operator.BuiltinOptions()
        kinds = self.tflite.ActivationFunctionType
        kind = kinds.NONE
        if table is not None:
            options.Init(table.Bytes, table.Pos)
            kind = options.FusedActivationFunction()
        limits: dict[int, tuple[float | None, float | None]] = {
            kinds.NONE: (None, None),
            kinds.RELU: (0.0, None),
            kinds.RELU_N1_TO_1: (-1.0, 1.0),
            kinds.RELU6: (0.0, 6.0),
        }
        if kind not in limits:
            raise NetworkError(
                f"{self.path}: {name} has fused activation {kind}; none, RELU, RELU6 and RELU_N1_TO_1 are read"
            )
        scale, zero = np.float32(target.scales[0]), int(target.zero_points[0])

        def steps(value: float) -> int:
            ratio = float(np.float32(value) / scale)
            return zero + int(np.copysign(np.floor(abs(ratio) + 0.5), ratio))

        low, high = limits[kind]
        return (
            -128 if low is None else max(-128, steps(low)),
            127 if high is None else min(127, steps(high)),
        )
