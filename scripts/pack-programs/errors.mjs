import { FlanlabError, formatError, nearest } from '@flanlab/errors';

class RecipeError extends FlanlabError {}
const parts = { what: 'No recipe "lor".', why: 'Known: lora.', fix: `Did you mean ${nearest('lor', ['lora'])}?` };
const error = new RecipeError('RECIPE_UNKNOWN', parts, { kind: 'usage' });
if (error.exitCode !== 2 || !formatError(error).includes('Did you mean lora?')) throw new Error('errors');
