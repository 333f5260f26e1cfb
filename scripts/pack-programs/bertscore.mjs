import { bertScore } from '@flanlab/bertscore';

const vectors = (text) => Float32Array.from([...text].flatMap((c) => [c === 'a' ? 1 : 0, c === 'a' ? 0 : 1]));
const tokenize = (text) => ({ ids: Int32Array.from(text, (c) => c.charCodeAt(0)), truncated: false });
const encode = async (texts) => texts.map((text) => ({ ...tokenize(text), vectors: vectors(text) }));
const encoder = { name: 'letters', layer: 1, width: 2, specialIds: [], tokenize, encode };
const { f1 } = await bertScore({ encoder, candidates: ['ab', 'a'], references: ['ba', 'b'] });
if (Math.abs(f1[0] - 1) > 1e-6 || f1[1] > 1e-6) throw new Error([...f1].join());
