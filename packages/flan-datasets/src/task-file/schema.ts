import { z } from 'zod';
import { type MetricName, TASK_CLUSTERS } from '../task-spec.js';

const name = z
  .string()
  .regex(/^(?!\.)[\w.-]+(\/(?!\.)[\w.-]+)*$/, 'must hold letters, digits, dots, hyphens and underscores only');
const texts = z.array(z.string()).min(1);
const cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** One entry must have exactly one of its keys: what it does. */
function oneOf<Shape extends z.ZodRawShape>(shape: Shape) {
  const keys = Object.keys(shape).join(', ');
  return z
    .strictObject(shape)
    .partial()
    .refine((entry) => Object.keys(entry).length === 1, `must have exactly one of ${keys}`);
}

const REWRITES = ['quoted', 'quotedOnce', 'joinedList', 'firstOfList'] as const;
const METRICS = [
  'accuracy',
  'simple_accuracy',
  'rouge',
  'bleu',
  'squad',
  'trivia_qa',
  'matthews_corrcoef',
  'pearson_spearman',
  'mean_3class_f1',
  'f1_with_invalid',
  'multirc',
  'edit_distance',
] as const satisfies readonly MetricName[];

/** A task in a file: what of a task can be said without code. */
export const taskSchema = z.strictObject({
  name,
  cluster: z.enum(TASK_CLUSTERS).nullable().default(null),
  category: z.enum(['nlu', 'nlg']).nullable().default(null),
  source: oneOf({
    hub: z.strictObject({ path: z.string(), config: z.string().optional() }),
    file: z.string(),
  }).optional(),
  provenance: z
    .strictObject({
      paper: z
        .strictObject({ authors: z.string(), year: z.int(), title: z.string(), venue: z.string(), link: z.url() })
        .optional(),
      licence: z.strictObject({ id: z.string(), note: z.string().optional(), source: z.url() }),
    })
    .optional(),
  splits: z
    .strictObject({ train: name, test: name, stored: z.record(z.string(), name).optional() })
    .default({ train: 'train', test: 'test' }),
  columns: texts,
  keepRows: z.strictObject({ column: z.string(), in: z.array(cell).min(1) }).optional(),
  normalise: z
    .array(
      oneOf({
        rename: z.record(z.string(), z.string()),
        remove: texts,
        keep: texts,
        add: z.record(z.string(), cell),
        flatten: z.literal(true),
        first: z.string(),
      }),
    )
    .default([]),
  prompt: z.strictObject({
    hide: texts.optional(),
    only: texts.optional(),
    options: oneOf({ values: texts, column: z.string(), columns: texts }).nullable().default(null),
    label: oneOf({
      option: z.string(),
      optionFromOne: z.string(),
      letter: z.string(),
      text: z.string(),
      firstAnswer: z.strictObject({ column: z.string(), none: z.string() }),
    }),
    rewrites: z.record(z.string(), z.enum(REWRITES)).optional(),
  }),
  templateKey: z.string().nullable().default(null),
  templates: texts.optional(),
  metric: z.enum(METRICS).default('simple_accuracy'),
});

export const taskFileSchema = z.strictObject({ tasks: z.array(taskSchema).min(1) });

export type TaskEntryInFile = z.infer<typeof taskSchema>;
