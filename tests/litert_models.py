# SPDX-License-Identifier: Apache-2.0
"""Builds TensorFlow Lite files in memory and runs them on LiteRT's reference kernels: the outside oracle.

A layer becomes a FULLY_CONNECTED, or a 1x1 CONV_2D on a 1x1 picture, which multiplies the same matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

#: Fused activations of the file format: no clamp but int8's, max(0, x), 0 ... 6, -1 ... 1 (schema.fbs).
NONE, RELU, RELU_N1_TO_1, RELU6 = range(4)

_INT32, _INT8 = 2, 9
_CONV_2D, _FULLY_CONNECTED = 3, 9


@dataclass(frozen=True)
class LiteLayer:
    """One layer in the terms of the file format: float32 scales in place of multipliers.

    Attributes
    ----------
    weights
        int8[outputs, inputs].
    bias
        int32[outputs].
    weight_scales
        float32[1] (per tensor) or float32[outputs] (per channel).
    output_scale, output_zero_point
        Quantisation of the output.
    activation
        One of NONE, RELU, RELU_N1_TO_1, RELU6.
    convolution
        Whether to write it as a 1x1 convolution.
    """

    weights: NDArray[np.int8]
    bias: NDArray[np.int32]
    weight_scales: NDArray[np.float32]
    output_scale: np.float32
    output_zero_point: int
    activation: int = NONE
    convolution: bool = False


@dataclass(frozen=True)
class LiteModel:
    """A chain of layers and the quantisation of its input."""

    input_scale: np.float32
    input_zero_point: int
    layers: Sequence[LiteLayer]


def _quantization(scales: Sequence[float], zero_points: Sequence[int]) -> Any:
    made = schema.QuantizationParametersT()
    made.scale, made.zeroPoint = [float(s) for s in scales], [int(z) for z in zero_points]
    return made


class _Graph:
    """The tensors, buffers and operators of one subgraph while it grows."""

    def __init__(self) -> None:
        self.tensors: list[Any] = []
        self.buffers: list[Any] = [schema.BufferT()]
        self.operators: list[Any] = []

    def tensor(self, name: str, shape: Sequence[int], kind: int, quantization: Any, data: Any = None) -> int:
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.quantization = (
            name,
            list(shape),
            kind,
            quantization,
        )
        if data is not None:
            tensor.buffer = len(self.buffers)
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), dtype=np.uint8)
            self.buffers.append(buffer)
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def operator(self, code: int, inputs: Sequence[int], output: int, kind: int, options: Any) -> None:
        operator = schema.OperatorT()
        operator.opcodeIndex, operator.inputs, operator.outputs = code, list(inputs), [output]
        operator.builtinOptionsType, operator.builtinOptions = kind, options
        self.operators.append(operator)


def _add_layer(graph: _Graph, index: int, source: int, input_scale: np.float32, layer: LiteLayer) -> int:
    outputs, inputs = layer.weights.shape
    scales = [float(s) for s in layer.weight_scales]
    # The kernels require the bias scale to be input scale x weight scale.
    bias_scales = [float(np.float32(input_scale) * np.float32(s)) for s in scales]
    zeros = [0] * len(scales)
    shape = (outputs, 1, 1, inputs) if layer.convolution else (outputs, inputs)
    weights = graph.tensor(f"w{index}", shape, _INT8, _quantization(scales, zeros), layer.weights)
    bias = graph.tensor(f"b{index}", (outputs,), _INT32, _quantization(bias_scales, zeros), layer.bias)
    quantization = _quantization([float(layer.output_scale)], [layer.output_zero_point])
    out_shape = (1, 1, 1, outputs) if layer.convolution else (1, outputs)
    target = graph.tensor(f"y{index}", out_shape, _INT8, quantization)
    if layer.convolution:
        options = schema.Conv2DOptionsT()
        options.strideH = options.strideW = options.dilationHFactor = options.dilationWFactor = 1
        kind, code = schema.BuiltinOptions.Conv2DOptions, 1
    else:
        options = schema.FullyConnectedOptionsT()
        kind, code = schema.BuiltinOptions.FullyConnectedOptions, 0
    options.fusedActivationFunction = layer.activation
    graph.operator(code, (source, weights, bias), target, kind, options)
    return target


def build(model: LiteModel) -> bytes:
    """The model as the bytes of a .tflite file. All layers must be of one kind."""
    graph = _Graph()
    inputs = model.layers[0].weights.shape[1]
    shape = (1, 1, 1, inputs) if model.layers[0].convolution else (1, inputs)
    quantization = _quantization([float(model.input_scale)], [model.input_zero_point])
    first = last = graph.tensor("x", shape, _INT8, quantization)
    scale = model.input_scale
    for index, layer in enumerate(model.layers):
        last = _add_layer(graph, index, last, scale, layer)
        scale = layer.output_scale
    codes = []
    for builtin, version in ((_FULLY_CONNECTED, 4), (_CONV_2D, 3)):
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = builtin
        code.version = version
        codes.append(code)
    subgraph = schema.SubGraphT()
    subgraph.tensors, subgraph.operators = graph.tensors, graph.operators
    subgraph.inputs, subgraph.outputs = [first], [last]
    top = schema.ModelT()
    top.version, top.operatorCodes, top.subgraphs, top.buffers = 3, codes, [subgraph], graph.buffers
    builder = flatbuffers.Builder(1 << 16)
    builder.Finish(top.Pack(builder), b"TFL3")
    return bytes(builder.Output())


#: Kernels that LiteRT can be asked for: the reference ones, and the optimised ones without XNNPACK.
REFERENCE, OPTIMISED = OpResolverType.BUILTIN_REF, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES


def run(content: bytes, images: NDArray[np.int8], kernels: OpResolverType = REFERENCE) -> NDArray[np.int8]:
    """Outputs int8[n, outputs] of LiteRT for images int8[n, inputs], one picture at a time."""
    interpreter = Interpreter(model_content=content, num_threads=1, experimental_op_resolver_type=kernels)
    interpreter.allocate_tensors()
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    out = []
    for image in images:
        interpreter.set_tensor(source["index"], image.reshape(source["shape"]))
        interpreter.invoke()
        out.append(interpreter.get_tensor(target["index"]).reshape(-1))
    return cast(NDArray[np.int8], np.array(out, dtype=np.int8))
