import { nearest } from '@flanlab/errors';
import { LanguageModelError } from '../errors.js';

/** Lines of a difference that are shown; the rest is counted. */
const SHOWN = 12;

/**
 * Refuses a set of tensors that is not exactly the expected one, with a diff of names and shapes: a key that is
 * silently left out leaves its start values, and such a model still writes fluent text.
 */
export function compareTensors(
  code: 'CHECKPOINT_TENSORS_MISMATCH' | 'ADAPTER_TENSORS_MISMATCH',
  source: string,
  expected: readonly { readonly name: string; readonly shape: readonly number[] }[],
  found: ReadonlyMap<string, { readonly shape: readonly number[] }>,
): void {
  const lines: string[] = [];
  const unexpected = new Set(found.keys());
  const missing: { readonly name: string; readonly shape: readonly number[] }[] = [];
  for (const parameter of expected) {
    unexpected.delete(parameter.name);
    const tensor = found.get(parameter.name);
    if (!tensor) missing.push(parameter);
    else if (tensor.shape.join() !== parameter.shape.join()) {
      lines.push(`! ${parameter.name} is [${tensor.shape}], expected [${parameter.shape}]`);
    }
  }
  for (const { name, shape } of missing) {
    const near = unexpected.size <= 1000 ? nearest(name, unexpected) : undefined;
    lines.push(`- ${name} [${shape}] is missing${near ? ` (there is ${near})` : ''}`);
  }
  for (const name of unexpected) lines.push(`+ ${name} [${found.get(name)?.shape}] is not expected`);
  if (lines.length === 0) return;
  const more = lines.length > SHOWN ? `\n    … and ${lines.length - SHOWN} more` : '';
  throw new LanguageModelError(code, {
    what: `The tensors of "${source}" do not fit the model.`,
    why: `Differences:\n    ${lines.slice(0, SHOWN).join('\n    ')}${more}`,
    fix: 'Check that the weights and the config come from the same model, and that no file was cut or renamed.',
  });
}
