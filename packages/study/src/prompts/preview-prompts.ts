import { embeddedDataDir, findTaskIn } from '@flanlab/flan-datasets';
import { BUILTIN_CATALOGUE, loadCatalogue } from '@flanlab/prompt-templates';
import { PythonRandom } from '@flanlab/random';
import { loadChatTemplate, type PromptRow, toChatRow } from '@flanlab/samplegen';
import { promptsInOrder } from './make-prompts.js';
import { type PromptJob, taskRandom } from './write-task-prompts.js';

export interface PreviewPromptsOptions extends Omit<PromptJob, 'data' | 'format' | 'out' | 'num'> {
  /** Folder of the rows; the embedded ones when left out. */
  readonly data: string | undefined;
  /** At most so many prompts; all when left out. */
  readonly num?: number | undefined;
  readonly signal?: AbortSignal;
}

/** The prompts that `createPromptFiles` would make of one task, in the order made, before any are set aside for validation. */
export async function previewPrompts(options: PreviewPromptsOptions): Promise<readonly PromptRow[]> {
  const { data = embeddedDataDir(), templates, seed, compat, num, chatTemplate, ...rest } = options;
  const catalogue = templates === 'builtin' ? BUILTIN_CATALOGUE : await loadCatalogue(templates);
  const task = await findTaskIn(rest.task, rest.taskFile);
  const random = compat ? new PythonRandom(seed) : taskRandom({ seed, task: rest.task });
  const prompts = await promptsInOrder({ ...rest, task, data, templates: catalogue, random, compat, num });
  const chat = chatTemplate === undefined ? undefined : await loadChatTemplate(chatTemplate);
  return Array.from(prompts, (prompt) => (chat === undefined ? prompt : toChatRow(prompt, chat)));
}
