import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../apps/cli/dist/commands/index.js';
import { bin, ROOT, run, workspacePackages } from '../lib/workspace.mjs';

/** What the examples print, where they print; those of pages with a test of their own are checked for types only. */
const PRINTS = {
  'README.md': /^$/,
  'docs/data-files.md': /^\d+ \{/,
  'packages/bertscore/README.md': /^$/,
  'packages/errors/README.md': /^RECIPE_UNKNOWN.*Did you mean lora-small\?/s,
  'packages/evaluator/README.md': /^\{ accuracy: 100 \} yes The first "Answer /,
  'packages/files/README.md': /^[0-9a-f]{64}\n$/,
  'packages/flan-datasets/README.md': /^Emma ran to the station\.\n\[.*\] \[ 'She was late\.', .*\] She was late\.\n/s,
  'packages/language-model/README.md': /^(\d .*\n)*$/,
  'packages/mixtures/README.md': /Answer Solution: yes/,
  'packages/onnx-session/README.md': /cpu/,
  'packages/prompt-templates/README.md': /It rains\..*yes; no/s,
  'packages/random/README.md': /^$/,
  'packages/report/README.md': /^$/,
  'packages/samplegen/README.md': /Answer Solution: (positive|negative)/,
  'packages/study/README.md': /^prompts \d/,
  'packages/trainer/README.md': /^1 \d/,
};
/** Pages whose examples a test of a package runs. */
const RUN_ELSEWHERE = {
  'docs/training-artifact.md': 'packages/trainer/src/training-artifact-page.test.ts',
  'docs/own-tasks.md': 'packages/flan-datasets/src/task-file/read-task-file.test.ts',
  'packages/onnx-graph/README.md': 'packages/onnx-graph/src/readme.test.ts',
};
/** Examples that end otherwise than with 0, because they show how. */
const EXIT_CODES = { 'packages/errors/README.md': 2 };

const PAGES = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...workspacePackages().map(({ folder }) => `${folder.slice(ROOT.length + 1)}/README.md`),
];
const EXAMPLES = PAGES.flatMap((page) =>
  [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^```(ts|js)\n(.*?)^```/gms)].map(
    ([, language, code], index) => ({
      page,
      language,
      code,
      name: `${page.replaceAll(/\W/g, '-')}-${index}`,
    }),
  ),
);

/** Built for one run: a project in which every package is installed. */
let project;
let compiled;
beforeAll(async () => {
  const modules = join(ROOT, 'scripts', 'node_modules');
  mkdirSync(modules, { recursive: true });
  project = mkdtempSync(join(modules, 'examples-'));
  mkdirSync(join(project, 'node_modules', '@flanlab'), { recursive: true });
  for (const { folder, manifest } of workspacePackages()) {
    if (manifest.name.startsWith('@')) symlinkSync(folder, join(project, 'node_modules', manifest.name));
  }
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  const compilerOptions = {
    noUnusedLocals: false,
    declaration: false,
    declarationMap: false,
    sourceMap: false,
    rootDir: '.',
  };
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ extends: join(ROOT, 'tsconfig.base.json'), compilerOptions, include: ['*.ts'] }),
  );
  for (const { name, language, code } of EXAMPLES) writeFileSync(join(project, `${name}.${language}`), code);
  compiled = await run(bin('tsc'), ['-p', '.'], { capture: true, quiet: true, cwd: project });
  copyFileSync(join(import.meta.dirname, 'fixtures', 'example-models.mjs'), join(project, 'models.mjs'));
  const made = await run(process.execPath, ['models.mjs'], { capture: true, quiet: true, cwd: project });
  if (made.code !== 0) throw new Error(made.output);
}, 120_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe('examples in READMEs and docs', () => {
  it('compile', () => {
    expect(EXAMPLES.length).toBeGreaterThan(20);
    expect(compiled).toEqual({ code: 0, output: '' });
  });

  it('are all run by a test', () => {
    const pages = [...new Set(EXAMPLES.map(({ page }) => page))].toSorted();
    expect([...Object.keys(PRINTS), ...Object.keys(RUN_ELSEWHERE)].toSorted()).toEqual(pages);
    for (const [page, test] of Object.entries(RUN_ELSEWHERE)) {
      expect(readFileSync(join(ROOT, test), 'utf8')).toContain(page.split('/').at(-1));
    }
  });

  it.concurrent.each(EXAMPLES.filter(({ page }) => page in PRINTS).map((example) => [example.name, example]))(
    'do what they say: %s',
    async (name, { page }) => {
      const ran = await run(process.execPath, [`${name}.js`], {
        capture: true,
        quiet: true,
        cwd: project,
        timeoutMs: 60_000,
      });
      expect(ran).toEqual({ code: EXIT_CODES[page] ?? 0, output: expect.stringMatching(PRINTS[page]) });
    },
  );
});

/** Command lines of a page, in code blocks and between backquotes: the words behind `flanlab`. */
function commandLines(page) {
  const text = readFileSync(join(ROOT, page), 'utf8').replaceAll(/\\\n\s*/g, ' ');
  const blocks = [...text.matchAll(/^```(?:sh|bash)\n(.*?)^```/gms)].flatMap(([, block]) => block.split('\n'));
  const inline = [...text.matchAll(/`([^`\n]*)`/g)].map(([, code]) => code);
  return [...blocks, ...inline]
    .map((line) => /^(?:pnpm |npx |node \S*)?flanlab(?:\.js)? ([a-z][^#]*)/.exec(line.trim())?.[1])
    .filter(Boolean);
}

describe('command lines in READMEs and docs', () => {
  const pages = [
    ...PAGES,
    'CONTRIBUTING.md',
    'ARCHITECTURE.md',
    'CHANGELOG.md',
    'slurm/README.md',
    'configs/README.md',
  ];
  const lines = pages.flatMap((page) => commandLines(page).map((line) => [page, line]));

  it.each(lines)('have only commands and options that exist: %s: flanlab %s', (_, line) => {
    // `mix show|list`, `model info` and `test` alike: the longest name that fits.
    const fits = ({ name }) => `${line.replace(/\|[a-z|]+/, '')} `.startsWith(`${name} `);
    const [command] = COMMANDS.filter(fits).toSorted((a, b) => b.name.length - a.name.length);
    const group = COMMANDS.some(({ name }) => name.startsWith(`${line.split(' ')[0]} `));
    if (command === undefined) expect(group, `a group of commands: ${line}`).toBe(true);
    const known = ['help', 'json', 'config', 'version', ...Object.keys(command?.options ?? {})];
    for (const [, option] of line.matchAll(/ --([a-z][\w-]*)/g)) expect(known).toContain(option);
  });
});
