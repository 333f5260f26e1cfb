import { problemList } from '@flanlab/errors';
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
      templates: list.length,
      target: list[0]?.target ?? '',
    }));
    const formats = Object.entries(bigbench).map(([name, { gold }]) => ({ name, solvedSamples: gold !== undefined }));
    const data = { source, tasks: groups, frames: Object.keys(others), formats };
    const text = [
      formatTable([
        ['group', 'templates', 'asks for'],
        ...groups.map(({ name, templates: count, target }) => [name, String(count), target]),
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
    const found = findTemplates(await catalogueOf(templates), name);
    return { data: { name, templates: found }, text: formatTemplates(found, { colour }) };
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
    const findings = checkCatalogue(await loadCatalogue(to));
    const lines = imported.map(({ part, entries, path, from: source }) => {
      return `${entries} ${part === 'flan' ? 'groups of templates' : 'frames'} in ${path}, from ${source}`;
    });
    return {
      data: { to, imported, findings },
      text: [...lines, summary(findings), `Use them with --templates ${to}`].join('\n'),
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
    const findings = checkCatalogue(await catalogueOf(templates), { eligible });
    const errors = findings.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) {
      const problems = errors.map(({ template: path, message }) => ({ path, message }));
      throw new TemplateError('TEMPLATE_CATALOGUE_INVALID', {
        what: `${errors.length} template(s) cannot be used:${problemList(problems)}`,
        why: `They come from ${templates}.`,
        fix: 'Correct these entries; flanlab templates show GROUP shows them.',
      });
    }
    const notes = findings.map(findingLine);
    return { data: { templates, findings }, text: [...notes, summary(findings)].join('\n') };
  },
});

const findingLine = ({ severity, template, message }: TemplateFinding): string =>
  `${severity} ${template}: ${message.replaceAll('\n', '⏎')}`;

function summary(findings: readonly TemplateFinding[]): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const notes = findings.length - errors;
  return `${errors} error(s), ${notes} note(s) about templates that are never drawn or belong to no task.`;
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
