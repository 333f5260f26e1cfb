import { STOPPING_STRATEGIES } from '@flanlab/mixtures';
import { z } from 'zod';

/** Names that become folders. */
export const FOLDER_NAME = /^[a-z][a-z0-9-]*$/;
export const FOLDER_NAME_RULE = 'must be lower-case letters, digits and hyphens, a letter first';

const count = z.int().min(1);
const ratio = z.number().min(0).max(1);

/** The trainer checks the fields of a recipe itself; here it only has to be a mapping. */
const recipe = z.record(z.string(), z.unknown());

const decoder = z.strictObject({
  hiddenSize: count,
  layers: count,
  heads: count,
  keyValueHeads: count,
  intermediateSize: count,
  maxPositions: count,
});

const encoder = z.strictObject({
  hiddenSize: count,
  layers: count,
  heads: count,
  intermediateSize: count,
  maxPositions: count,
});

/** A model either comes from a folder, or is made here from an architecture and a recipe. */
const folderOrMade = <Architecture extends z.ZodType>(architecture: Architecture) =>
  z
    .strictObject({ path: z.string().optional(), architecture: architecture.optional(), recipe: recipe.optional() })
    .superRefine((value, context) => {
      const made = value.architecture !== undefined || value.recipe !== undefined;
      if (value.path !== undefined && made) {
        context.addIssue({ code: 'custom', message: 'takes either path, or architecture and recipe, not both' });
      } else if (value.path === undefined && (value.architecture === undefined || value.recipe === undefined)) {
        context.addIssue({ code: 'custom', message: 'needs path, or both architecture and recipe' });
      }
    });

/** What a study's YAML file may say. Every knob is explained in configs/quickstart.yaml. */
export const studySchema = z.strictObject({
  name: z.string().regex(FOLDER_NAME, FOLDER_NAME_RULE),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(42),
  threads: z.int().min(0).max(256).default(0),
  data: z
    .strictObject({
      source: z.string().default('embedded'),
      manual: z.string().default('data/manual_downloads'),
      taskFile: z.string().optional(),
      taskRows: z.string().optional(),
      templates: z.string().default('builtin'),
      text: z.string().default('embedded'),
      encoderText: z.string().default('embedded'),
    })
    .prefault({}),
  tokenizer: z
    .strictObject({ path: z.string().optional(), vocabularySize: z.int().min(300).max(65_536).optional() })
    .superRefine((value, context) => {
      if ((value.path === undefined) === (value.vocabularySize === undefined)) {
        context.addIssue({ code: 'custom', message: 'needs either path or vocabularySize' });
      }
    })
    .optional(),
  base: folderOrMade(decoder),
  encoder: folderOrMade(encoder),
  tasks: z.strictObject({ train: z.array(z.string()).min(1), test: z.array(z.string()).min(1) }),
  prompts: z
    .strictObject({
      numDatapoints: count.default(30),
      numInner: count.max(8).default(2),
      seed: z.int().min(0).default(12_345),
    })
    .prefault({}),
  mixture: z
    .strictObject({
      cap: count.default(3000),
      temperature: z.number().positive().default(1),
      stoppingStrategy: z.enum(STOPPING_STRATEGIES).default('first_exhausted'),
      validation: ratio.default(0.1),
    })
    .prefault({}),
  models: z
    .record(z.string(), z.strictObject({ prompts: z.enum(['regular', 'samplegen']), recipe }))
    .refine((models) => Object.keys(models).length > 0, 'needs at least one model'),
  tests: z
    .strictObject({
      numTest: count.default(20),
      maxNewTokens: count.default(64),
      maxNewTokensSamplegen: count.default(200),
    })
    .prefault({}),
  bertscore: z.strictObject({ layer: count.default(2) }).prefault({}),
  report: z.strictObject({ title: z.string().optional() }).prefault({}),
});

/** A study's settings after defaults are filled in. */
export type StudyConfig = z.output<typeof studySchema>;

// The part of zod's schemas that the walk below needs.
type AnySchema = { readonly def?: Readonly<Record<string, unknown>> };

/** The keys that may stand at a path, for "did you mean"; empty where anything may. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let schema: AnySchema | undefined = unwrap(studySchema as unknown as AnySchema);
  for (const key of path) {
    const def: Readonly<Record<string, unknown>> | undefined = schema?.def;
    const shape = def?.shape as Readonly<Record<string, AnySchema>> | undefined;
    schema = unwrap((shape?.[String(key)] ?? def?.valueType ?? def?.element) as AnySchema | undefined);
  }
  return Object.keys((schema?.def?.shape as object | undefined) ?? {});
}

/** Looks through defaults, optionals and refinements to the object inside. */
function unwrap(schema: AnySchema | undefined): AnySchema | undefined {
  let current = schema;
  while (current?.def?.innerType !== undefined) current = current.def.innerType as AnySchema;
  return current;
}
