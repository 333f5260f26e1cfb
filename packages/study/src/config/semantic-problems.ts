import type { Problem } from '@flanlab/errors';
export function semanticProblems(_value: unknown): readonly Problem[] {
  return [];
}
