# Writes packages/onnx-graph/src/data/cuda-kernels.ts: which operators ONNX Runtime's CUDA provider has kernels for, and for
# which types. Asks the provider itself (onnxruntime-gpu 1.30.0, the version that onnxruntime-node has), the schemas are onnx's.
# No GPU and no CUDA is needed: libraries made here, whose functions do nothing, stand in for CUDA's, which is enough to open the
# provider and to place graphs. Needs Linux x64, gcc and objdump.
#
#   pip install onnx; pip download onnxruntime-gpu==1.30.0 --no-deps -d FOLDER; unzip FOLDER/*.whl -d FOLDER
#   python conformance/cuda_kernels.py FOLDER
#   python conformance/cuda_kernels.py FOLDER model.onnx …   also says where ONNX Runtime places the nodes of models
import collections
import os
import re
import subprocess
import sys
import tempfile

FOLDER, MODELS = os.path.abspath(sys.argv[1]), sys.argv[2:]
CAPI = os.path.join(FOLDER, "onnxruntime", "capi")
STUBS = os.path.join(FOLDER, "stubs")
OPSETS = (21, 26)  # what flanlab writes
OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../packages/onnx-graph/src/data/cuda-kernels.ts")

# Functions that must give something.
SPECIAL = {
    "cudaGetDeviceCount": "int cudaGetDeviceCount(int*n){*n=1;return 0;}",
    "cudaGetDevice": "int cudaGetDevice(int*n){*n=0;return 0;}",
    "cudaMemGetInfo": "int cudaMemGetInfo(unsigned long*a,unsigned long*b){*a=1ul<<33;*b=1ul<<34;return 0;}",
    "cudaDriverGetVersion": "int cudaDriverGetVersion(int*n){*n=13000;return 0;}",
    "cudaRuntimeGetVersion": "int cudaRuntimeGetVersion(int*n){*n=13000;return 0;}",
    "cudaGetErrorString": 'const char*cudaGetErrorString(int e){return "";}',
    "cudaGetErrorName": 'const char*cudaGetErrorName(int e){return "";}',
    "cudaMalloc": "int cudaMalloc(void**p,unsigned long n){*p=malloc(n);return 0;}",
    "cudaHostAlloc": "int cudaHostAlloc(void**p,unsigned long n,unsigned f){*p=malloc(n);return 0;}",
    "cudaDeviceGetAttribute": "int cudaDeviceGetAttribute(int*v,int a,int d){*v=9;return 0;}",
    "cudaGetDeviceProperties": "int cudaGetDeviceProperties(char*p,int d){memset(p,0,256);return 0;}",
    "__cudaRegisterFatBinary": "void*__cudaRegisterFatBinary(void*x){static void*p;return &p;}",
}
# The list of all kernels asks TensorRT's provider too: objects whose methods do nothing.
TENSORRT = """
static void*table[200],*object[4];static long nothing(){return 0;}
static void*make(){for(int i=0;i<200;i++)table[i]=(void*)nothing;object[0]=table;object[1]=object[2]=object[3]=object;return object;}
void*createInferBuilder_INTERNAL(){return make();}void*createInferRuntime_INTERNAL(){return make();}
void*createInferRefitter_INTERNAL(){return make();}void*createNvOnnxParser_INTERNAL(){return make();}
void*createNvOnnxParserRefitter_INTERNAL(){return make();}void*getPluginRegistry(){return make();}
void*getBuilderPluginRegistry(){return make();}int getInferLibVersion(){return 101000;}int getNvOnnxParserVersion(){return 101000;}
"""


def make_stubs():
    os.makedirs(STUBS, exist_ok=True)
    names, missing = set(), set()
    for library in ("cuda", "tensorrt"):
        path = os.path.join(CAPI, f"libonnxruntime_providers_{library}.so")
        table = subprocess.run(["objdump", "-Tp", path], capture_output=True, text=True, check=True).stdout
        names |= set(re.findall(r"\*UND\*.*\s((?:__)?cu(?:[A-Z]|da|blas|dnn|rand)\w*)(?:@\S+)?$", table, re.M))
        missing |= {n for n in re.findall(r"NEEDED\s+(\S+)", table) if re.match(r"lib(cu|nv)", n)}
    code = "#include <stdlib.h>\n#include <string.h>\n"
    code += "".join(SPECIAL.get(name, f"int {name}(){{return 0;}}") + "\n" for name in sorted(names)) + TENSORRT
    for name in missing:
        subprocess.run(["gcc", "-shared", "-fPIC", "-w", "-x", "c", "-", "-o", os.path.join(STUBS, name)], input=code, text=True, check=True)


if os.environ.get("LD_LIBRARY_PATH") != STUBS:
    make_stubs()
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "LD_LIBRARY_PATH": STUBS})

sys.path.insert(0, FOLDER)
import onnx  # noqa: E402
import onnxruntime  # noqa: E402
from onnxruntime.capi import onnxruntime_pybind11_state as state  # noqa: E402

TYPES = {"float": "float32", "double": "float64"} | {
    t: t for t in "bfloat16 bool float16 int8 int32 int64 string uint8 uint32 uint64".split()
}
STANDARD = """Abs Add And ArgMax BitCast BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Cast Ceil Clip Concat ConstantOfShape
Cos CumSum Div Dropout Equal Erf Exp Expand Flatten Floor Gather GatherElements GatherND Gelu Gemm Greater GreaterOrEqual Identity If
IsInf IsNaN LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax Loop MatMul Max Min Mod Mul Neg NonZero Not OneHot Or Pad Pow
Range Reciprocal ReduceMax ReduceMean ReduceMin ReduceSum ReduceSumSquare Relu Reshape Round ScatterElements ScatterND Shape Sigmoid
Sign Sin Size Slice Softmax Softplus Split Sqrt Squeeze Sub Sum Tanh Tile TopK Transpose Trilu Unsqueeze Where Xor""".split()
MICROSOFT = {
    "FusedMatMul": (["T", "T"], ["T"]),
    "RotaryEmbedding": (["T", "M", "T", "T"], ["T"]),
}


def plain(name):
    return TYPES.get(name.removeprefix("tensor(").removesuffix(")"))


KERNELS = collections.defaultdict(list)
for kernel in state.get_all_opkernel_def():
    if kernel.provider == "CUDAExecutionProvider":
        types = {key: {plain(t) for t in values} - {None} for key, values in kernel.type_constraints.items()}
        KERNELS[kernel.domain.replace("ai.onnx", ""), kernel.op_name].append((*kernel.version_range, types))


def types_at(domain, operator, since):
    """Types by parameter of the kernels for a schema, or None. An open range holds for the schema that it begins with only."""
    fitting = [t for start, end, t in KERNELS[domain, operator] if start == since or (end < 2**31 - 1 and start <= since <= end)]
    return {key: set().union(*(t[key] for t in fitting)) for key in fitting[0]} if fitting else None


def named(types):
    order = [t for t in TYPES.values() if t in types]
    groups = {"FLOATS": {"float16", "float32", "float64"}, "FLOATS_BF16": {"float16", "float32", "float64", "bfloat16"}}
    everything = set(TYPES.values()) - {"string"}
    groups |= {"TENSORS": everything, "ANYTHING": set(TYPES.values()), "NUMBERS": everything - {"bool"}, "BOOL": {"bool"}, "INT64": {"int64"}}
    groups |= {"INDICES": {"int32", "int64"}}
    return next((name for name, group in groups.items() if group == set(types)), str(order).replace("\n", ""))


def entry(domain, operator):
    def parameter(argument):
        keys = {key for t in KERNELS[domain, operator] for key in t[2]}
        key = argument.type_str if argument.type_str in keys else argument.name
        return key if key in keys else argument.type_str.removeprefix("tensor(").removesuffix(")")

    if domain:
        versions, (inputs, outputs) = [1], MICROSOFT[operator]
    else:
        schemas = [onnx.defs.get_schema(operator, opset, "") for opset in OPSETS if has_schema(operator, opset)]
        versions = sorted({schema.since_version for schema in schemas})
        inputs, outputs = ([parameter(a) for a in side] for side in (schemas[-1].inputs, schemas[-1].outputs))
    rows = []
    for since in versions:
        types = types_at(domain, operator, since)
        body = "null" if types is None else "{ " + ", ".join(f"{key}: {named(types[key])}" for key in sorted(types)) + " }"
        rows.append(f"{since}: {body}")
    name = f"'{domain}.{operator}'" if domain else operator
    return f"  {name}: {{ inputs: {inputs}, outputs: {outputs}, kernels: {{ {', '.join(rows)} }} }},\n"


def has_schema(operator, opset):
    try:
        return bool(onnx.defs.get_schema(operator, opset, ""))
    except onnx.defs.SchemaError:
        return False


def place(path):
    """Opens a session as a user with a GPU would, and reads from the log where its nodes went."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.log_verbosity_level = 0, 1
    with tempfile.TemporaryFile() as log:
        saved = os.dup(2)
        os.dup2(log.fileno(), 2)
        try:
            onnxruntime.InferenceSession(path, options, providers=["CUDAExecutionProvider", "CPUExecutionProvider"])
        finally:
            os.dup2(saved, 2)
        log.seek(0)
        text = log.read().decode(errors="replace")
    without = collections.Counter(re.findall(r"CUDA kernel not found in registries for Op type: (\S+)", text))
    copies = re.findall(r"(\d+) Memcpy nodes are added to the graph (\S+)", text)
    print(f"{path}: without a kernel {dict(without)}; copies {', '.join(f'{n} in {graph}' for n, graph in copies) or 'none'}")


HEAD = f"""import type {{ ElementType }} from '../element-type.js';

/** Types of an operator's inputs and outputs by the names of its parameters, and what the kernels for them take. */
export interface KernelSpec {{
  /** The parameter of each input, or its only type; the last stands for all that follow. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** By the operator set that brought the schema; null where it has no kernel. */
  readonly kernels: Readonly<Record<number, Readonly<Record<string, readonly ElementType[]>> | null>>;
}}

const BOOL = ['bool'] as const;
const INT64 = ['int64'] as const;
const INDICES = ['int32', 'int64'] as const;
const FLOATS = ['float32', 'float64', 'float16'] as const;
const FLOATS_BF16 = ['float32', 'float64', 'bfloat16', 'float16'] as const;
const NUMBERS = [...FLOATS_BF16, 'int8', 'int32', 'int64', 'uint8', 'uint32', 'uint64'] as const;
const TENSORS = [...NUMBERS, 'bool'] as const;
const ANYTHING = [...TENSORS, 'string'] as const;

/**
 * The kernels of ONNX Runtime's CUDA provider for the operators of this package, as the provider of onnxruntime-gpu
 * {onnxruntime.__version__} registers them, for the operator sets {' and '.join(map(str, OPSETS))}. Written by
 * `conformance/cuda_kernels.py`; the same, for another version, is in microsoft/onnxruntime
 * `docs/OperatorKernels.md` at 001d12d2623fd411ce0f83d05abb5e82304a3389. Which kernel fits is decided as
 * `core/framework/kernel_registry.cc` does: a range without an end holds only for the schema that it begins with.
 */
export const CUDA_KERNELS = {{
"""
with open(OUT, "w") as out:
    out.write(HEAD)
    for operator in STANDARD:
        out.write(entry("", operator))
    for operator in MICROSOFT:
        out.write(entry("com.microsoft", operator))
    out.write("} as const satisfies Readonly<Record<string, KernelSpec>>;\n")
for model in MODELS:
    place(model)
