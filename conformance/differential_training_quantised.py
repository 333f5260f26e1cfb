"""What bitsandbytes makes of a weight, with its plain implementation; see quantisation.py for why not with the kernel for CPUs."""

import bitsandbytes.functional as F
import torch
from bitsandbytes.backends.default import ops
from bitsandbytes.backends.utils import _get_4bit_code


def expanded(state):
    """Magnitudes of the blocks, in float32."""
    if not state.nested:
        return state.absmax
    nested = state.state2
    return ops._dequantize_blockwise_compute.__wrapped__(
        state.absmax, nested.absmax, nested.code, nested.blocksize, torch.float32
    ) + state.offset


def dequantise(codes, state):
    code = _get_4bit_code(state.quant_type, codes.device)
    return ops._dequantize_4bit_compute.__wrapped__(
        codes.reshape(-1), expanded(state), code, state.blocksize, state.shape, torch.float32
    )


def round_trip(weight, quantization):
    """A weight quantised and back; `quantization` as in a recipe."""
    kind = quantization["type"]
    if kind == "int8":
        codes, stats, _ = F.int8_vectorwise_quant(weight)
        return torch.ops.bitsandbytes.int8_vectorwise_dequant(codes, stats)
    codes, state = plain_quantise(weight, kind, quantization["blockSize"], quantization["doubleQuant"])
    return dequantise(codes, state)


def plain_blockwise(values, code, blocksize=256):
    """`quantize_blockwise` of backends/default/ops.py, under another name there is none for it on a CPU."""
    full = values.numel() // blocksize * blocksize
    blocks = values[:full].reshape(-1, blocksize)
    absmax = blocks.abs().amax(dim=-1)
    scaled = torch.clamp(blocks * (1.0 / absmax.clamp(min=1e-38).view(-1, 1)), -1, 1).reshape(-1)
    if full < values.numel():
        last = values[full:].abs().max().clamp(min=1e-38)
        absmax = torch.cat([absmax, last.unsqueeze(0)])
        scaled = torch.cat([scaled, torch.clamp(values[full:] / last, -1, 1)])
    return torch.bucketize(scaled, (code[:-1] + code[1:]) / 2, out_int32=True).to(torch.uint8), absmax


def plain_quantise(weight, quant_type, blocksize, nested):
    """`quantize_4bit` with magnitudes as the plain implementation nests them; the kernel for CPUs has other codes near ties."""
    codes, state = F.quantize_4bit(weight, quant_type=quant_type, blocksize=blocksize, compress_statistics=nested)
    if nested:
        magnitudes = F.quantize_4bit(weight, quant_type=quant_type, blocksize=blocksize)[1].absmax
        state.absmax, state.state2.absmax = plain_blockwise(magnitudes - state.offset, state.state2.code)
    return codes, state
