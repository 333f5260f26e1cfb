/** `c = a · b` with symbolic sizes, the bytes of fixtures/matmul.onnx: a probe must not depend on a file. */
const MATMUL_BASE64 =
  'CAoSB2ZsYW5sYWI6YAoRCgFhCgFiEgFjIgZNYXRNdWwSBm1hdG11bFoVCgFhEhAKDggBEgoKAxIBTQoDEgFLWhUKAWISEAoOCAESCgoDEgFLCgMSAU5iFQoBYxIQCg4IARIKCgMSAU0KAxIBTkIECgAQFQ==';

export const matMulModel = (): Uint8Array => new Uint8Array(Buffer.from(MATMUL_BASE64, 'base64'));
