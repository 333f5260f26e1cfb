import type { TokenEncoder, TokenVectors } from './token-encoder.js';

/** For tests: each character is a token whose vector only it has; 0 and 1 stand around a text. */
export function fakeEncoder(onEncode?: () => void): TokenEncoder & { readonly encoded: string[] } {
  const encoded: string[] = [];
  const width = 128;
  const tokenize = (text: string) => ({
    ids: Int32Array.of(0, ...Array.from(text, (character) => character.charCodeAt(0) % width), 1),
    truncated: false,
  });
  const vectorsOf = (text: string): TokenVectors => {
    const { ids, truncated } = tokenize(text);
    const vectors = new Float32Array(ids.length * width);
    for (const [t, id] of ids.entries()) vectors[t * width + id] = 1 + id;
    return { ids, vectors, truncated };
  };
  return {
    name: 'fake',
    layer: 1,
    width,
    specialIds: [0, 1],
    encoded,
    tokenize,
    encode(texts) {
      encoded.push(...texts);
      onEncode?.();
      return Promise.resolve(texts.map(vectorsOf));
    },
  };
}
