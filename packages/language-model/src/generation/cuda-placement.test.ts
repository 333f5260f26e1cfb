import { GraphBuilder, nodesWithoutCudaKernel, readModel } from '@flanlab/onnx-graph';
import { describe, expect, it } from 'vitest';
import { readModelConfig } from '../checkpoint/read-checkpoint.js';
import { buildInferenceGraph } from '../export/inference-graph.js';
import { modelParameters } from '../families/parameters.js';
import type { ModelParts } from '../graph/parts.js';
import { fixture, PIECEWISE_MODELS, TINY_MODELS } from '../graph/test-models.js';
import type { ModelConfig } from '../model-config.js';
import { buildAnswerGraph } from '../seq2seq/answer-graph.js';
import { buildSeq2SeqScoreGraph } from '../seq2seq/score-graph.js';
import { seq2seqParameters } from '../seq2seq/seq2seq-parameters.js';
import { buildDecodeGraph } from './decode-graph.js';
import { buildScoreGraph } from './score-graph.js';

type Build = (g: GraphBuilder, config: ModelConfig, parts: ModelParts) => void;

/** Operators that the processor would have to run. No exceptions: none, heavy or not. */
function left(config: ModelConfig, build: Build, list: typeof modelParameters, microsoft = true): readonly string[] {
  const g = new GraphBuilder({ microsoft });
  const parameters = new Map(list(config).map(({ name, shape }) => [name, g.input(name, 'float32', shape)]));
  build(g, config, { parameters: (name) => parameters.get(name)! });
  return nodesWithoutCudaKernel(readModel(g.toBytes())).map((node) => node.operator);
}

describe('every node has a CUDA kernel', () => {
  it.each(TINY_MODELS)('where %s writes and scores', async (name) => {
    const config = await readModelConfig(fixture(name));
    expect(left(config, buildDecodeGraph, modelParameters)).toEqual([]);
    expect(left(config, buildScoreGraph, modelParameters)).toEqual([]);
  });

  it.each(PIECEWISE_MODELS)('in the exported %s', async (name) => {
    const config = await readModelConfig(fixture(name));
    const build: Build = (g, of, { parameters }) => buildInferenceGraph(g, of, parameters);
    expect(left(config, build, modelParameters, false)).toEqual([]);
  });

  it.each(['t5-v1.0', 't5-v1.1'])('where %s writes and scores', async (name) => {
    const config = await readModelConfig(fixture('seq2seq', name));
    expect(left(config, buildAnswerGraph, seq2seqParameters)).toEqual([]);
    expect(left(config, buildSeq2SeqScoreGraph, seq2seqParameters)).toEqual([]);
  });
});
