import { type Problem, problemList } from '@flanlab/errors';
import { TASKS, type TaskSpec } from '@flanlab/flan-datasets';
import {
  BUILTIN_CATALOGUE,
  checkCatalogue,
  importTemplates,
  loadCatalogue,
  PUBLISHED_CATALOGUES,
  type PublishedCatalogueName,
  type TemplateCatalogue,
  TemplateError,
  type TemplateFinding,
  templateSlots,
} from '@flanlab/prompt-templates';
import { defineCommand, type OptionSpec } from '../command.js';
import { CliError } from '../errors.js';
import { formatTable } from '../terminal/format.js';
import { findTemplates, formatTemplates } from '../terminal/format-templates.js';

const TEMPLATES = {
  type: 'string',
  describe: 'builtin, or a folder with flan-templates.json and samplegen-templates.json',
  default: 'builtin',
} as const satisfies OptionSpec;

const catalogueOf = (templates: string): Promise<TemplateCatalogue> | TemplateCatalogue =>
  templates === 'builtin' ? BUILTIN_CATALOGUE : loadCatalogue(templates);

export const templatesListCommand = defineCommand({
  name: 'templates list',
  describe: 'List the groups of instruction templates, the frames and the BIG-bench formats',
  options: { templates: TEMPLATES },
  examples: [{ args: 'templates list', describe: 'What ships with flanlab' }],
  async run({ templates }) {
    const { source, tasks, frames } = await catalogueOf(templates);
    const { bigbench, ...others } = frames;
    const groups = Object.entries(tasks).map(([name, list]) => ({
      name,
      tasks: tasksOf(name),
      templates: list.length,
      slots: templateSlots(name) ?? [],
      target: list[0]?.target ?? '',
    }));
    const formats = Object.entries(bigbench).map(([name, { gold }]) => ({ name, solvedSamples: gold !== undefined }));
    const data = { source, tasks: groups, frames: Object.keys(others), formats };
    const text = [
      formatTable([
        ['group', 'templates', 'may show', 'asks for', 'tasks'],
        ...groups.map(({ name, templates: count, slots, target, tasks: own }) => [
          name,
          String(count),
          slots.join(' ') || '?',
          target,
          own.join(' ') || 'none',
        ]),
      ]),
      '',
      `Frames: ${data.frames.join(', ')}`,
      `BIG-bench formats: ${formats.map(({ name }) => name).join(', ')}`,
      '',
      `${groups.length} groups from ${source}. See one with: flanlab templates show ${groups[0]?.name ?? 'rte'}`,
    ];
    return { data, text: text.join('\n') };
  },
});

export const templatesShowCommand = defineCommand({
  name: 'templates show',
  describe: 'Show the wordings of a group, a frame or a BIG-bench format',
  options: {
    name: { type: 'string', describe: 'Such as rte, samplegenSystem or closed', positional: true, required: true },
    templates: TEMPLATES,
  },
  examples: [
    { args: 'templates show rte', describe: 'Ten ways to ask the same' },
    { args: 'templates show bad-prompt-2', describe: 'A BIG-bench format' },
  ],
  async run({ name, templates }, { colour }) {
    const catalogue = await catalogueOf(templates);
    const found = findTemplates(catalogue, name);
    if (catalogue.tasks[name] === undefined) {
      return { data: { name, templates: found }, text: formatTemplates(found, { colour }) };
    }
    const facts = { tasks: tasksOf(name), slots: templateSlots(name) ?? [] };
    const head = [
      `Group ${name} of ${catalogue.source}, for ${facts.tasks.join(', ') || 'no task'}.`,
      `Rows offer ${facts.slots.map((slot) => `{${slot}}`).join(' ') || 'nothing known'}. The first five are drawn from.`,
    ];
    const text = [...head, '', formatTemplates(found, { colour })].join('\n');
    return { data: { name, ...facts, templates: found }, text };
  },
});

export const templatesImportCommand = defineCommand({
  name: 'templates import',
  describe: 'Read published templates from Python modules or JSON, which are parsed and never run, into a folder',
  options: {
    from: { type: 'string', describe: 'Python module of literals or JSON file; may be repeated', repeat: true },
    published: {
      type: 'string',
      describe: 'Fetch in place of --from, by pinned commit and SHA-256',
      choices: Object.keys(PUBLISHED_CATALOGUES) as PublishedCatalogueName[],
    },
    mirror: { type: 'string', describe: 'Address that serves <repo>/<commit>/<path> in place of GitHub' },
    to: { type: 'string', describe: 'Folder for --templates of other commands', required: true },
  },
  examples: [
    { args: 'templates import --from templates.py --to out/templates', describe: 'FLAN’s own table of templates' },
  ],
  async run({ from, published, mirror, to }, { signal }) {
    if ((from ?? []).length > 0 === (published !== undefined)) throw needsOneSource();
    const imported = await importTemplates({
      to,
      fetch: globalThis.fetch,
      signal,
      ...(from === undefined ? {} : { files: from }),
      ...(published === undefined ? {} : { published }),
      ...(mirror === undefined ? {} : { baseUrl: mirror }),
    });
    const catalogue = await loadCatalogue(to);
    const findings = checkCatalogue(catalogue);
    const lines = imported.map(({ part, entries, path, from: source }) => {
      return `${part === 'flan' ? 'Groups of templates' : 'Frames'}: ${entries} in ${path}, from ${source}`;
    });
    const more = findings.length === 0 ? [] : [`See each with: flanlab templates check --templates ${to}`];
    return {
      data: { to, imported, findings },
      text: [...lines, summary(catalogue, findings), ...more, `Use them with --templates ${to}`].join('\n'),
    };
  },
});

export const templatesCheckCommand = defineCommand({
  name: 'templates check',
  describe: 'Check that templates ask only for what the rows of their tasks offer',
  options: {
    templates: TEMPLATES,
    eligible: { type: 'number', describe: 'How many templates of a group are drawn from', default: 5 },
  },
  examples: [{ args: 'templates check', describe: 'The built-in wording' }],
  async run({ templates, eligible }) {
    const catalogue = await catalogueOf(templates);
    const findings = checkCatalogue(catalogue, { eligible });
    const errors = findings.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) {
      throw new TemplateError('TEMPLATE_CATALOGUE_INVALID', {
        what: `The templates have ${errors.length} error(s):${problemList(problemsOf(catalogue, errors))}`,
        why: `They come from ${templates}.`,
        fix: 'Correct these entries; flanlab templates show GROUP shows them.',
      });
    }
    const notes = findings.map(findingLine);
    return { data: { templates, findings }, text: [...notes, summary(catalogue, findings)].join('\n') };
  },
});

/** Names of the tasks that draw from a group. */
const tasksOf = (group: string): readonly string[] =>
  Object.values<TaskSpec>(TASKS).flatMap(({ name, templateKey }) => (templateKey === group ? [name] : []));

/** Groups that are not there at all in one line; they may be many. */
function problemsOf({ tasks }: TemplateCatalogue, errors: readonly TemplateFinding[]): readonly Problem[] {
  const missing = errors.filter(({ template }) => templateSlots(template) && tasks[template] === undefined);
  const groups = missing.map(({ template }) => template).join(', ');
  const listed = errors.filter((error) => !missing.includes(error));
  return [
    ...listed.map(({ template: path, message }) => ({ path, message })),
    ...(missing.length === 0 ? [] : [{ path: `${missing.length} group(s)`, message: `have no templates: ${groups}` }]),
  ];
}

const findingLine = ({ severity, template, message }: TemplateFinding): string =>
  `${severity} ${template}: ${message.replaceAll('\n', '⏎')}`;

function summary({ tasks }: TemplateCatalogue, findings: readonly TemplateFinding[]): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const notes = findings.length - errors;
  const count = Object.values(tasks).reduce((sum, { length }) => sum + length, 0);
  const about = notes === 0 ? '' : ' about templates that are never drawn or belong to no task';
  return `${count} templates in ${Object.keys(tasks).length} groups checked: ${errors} error(s), ${notes} note(s)${about}.`;
}

function needsOneSource(): CliError {
  return new CliError(
    'CLI_USAGE',
    {
      what: 'flanlab templates import needs one source.',
      why: 'Files come from --from, or published catalogues from --published.',
      fix: 'Give one of the two: --from templates.py, or --published flan.',
    },
    { kind: 'usage' },
  );
}
