import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorSections, errorsPage, TARGET } from '../docs-errors.mjs';
import { changesetProblems } from '../lib/changesets.mjs';
import { bin, ROOT, readJson, run, workspacePackages } from '../lib/workspace.mjs';

const PACKAGES = workspacePackages();
const flanlabNames = (table) => Object.keys(table ?? {}).filter((name) => name.startsWith('@flanlab/'));

function sources(folder) {
  return readdirSync(join(folder, 'src'), { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ name, text: readFileSync(join(folder, 'src', name), 'utf8') }));
}

/** The codes that a package declares in its `..._ERROR_CODES` lists. */
function declaredCodes(folder) {
  return sources(folder)
    .filter(({ name }) => !name.endsWith('.test.ts'))
    .flatMap(({ text }) => [...text.matchAll(/_ERROR_CODES[^=]*= \[([\s\S]*?)\] as const/g)])
    .flatMap(([, list]) => [...list.matchAll(/'([A-Z][A-Z0-9_]+)'/g)].map(([, code]) => code));
}

const NO_PAGES = new Set(['node_modules', 'dist', 'runs', '.git', '.turbo', 'tests']);

/** Every page below a folder of the repository, by its path from the root. */
const pages = (folder = '') =>
  readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return NO_PAGES.has(entry.name) ? [] : pages(path);
    return path.endsWith('.md') ? [path] : [];
  });

/** The ends of addresses that GitHub gives the headings of a page. */
const anchors = (text) =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );

describe('documentation', () => {
  it('has docs/errors.md up to date (run node scripts/docs-errors.mjs)', () => {
    expect(readFileSync(TARGET, 'utf8')).toBe(errorsPage());
  });

  it.each(PACKAGES.map(({ folder, manifest }) => [manifest.name, folder]))(
    'explains every code of %s',
    (_name, folder) => {
      const file = join(folder, 'ERRORS.md');
      const explained = existsSync(file) ? errorSections(readFileSync(file, 'utf8')) : [];
      expect(explained.map(({ code }) => code).sort()).toEqual([...declaredCodes(folder)].sort());
      for (const { code, body } of explained) expect(body.length, code).toBeGreaterThan(40);
    },
  );

  it('uses each code in one package only', () => {
    const codes = PACKAGES.flatMap(({ folder }) => declaredCodes(folder));
    expect(codes.length).toBeGreaterThan(20);
    expect(codes.filter((code, i) => codes.indexOf(code) !== i)).toEqual([]);
  });

  it.each(PACKAGES.map(({ folder, manifest }) => [manifest.name, folder]))(
    'has a README with an example for %s',
    (_name, folder) => {
      expect(readFileSync(join(folder, 'README.md'), 'utf8')).toMatch(/```(ts|js|sh|bash)\n/);
    },
  );

  it('names only commands and scripts that exist', () => {
    const scripts = readJson(join(ROOT, 'package.json')).scripts;
    const files = readdirSync(join(ROOT, 'apps/cli/src/commands')).map((name) => name.replace(/\.ts$/, ''));
    // prompts-create.ts is a command of the group prompts.
    const commands = files.flatMap((name) => [name, name.split('-')[0]]);
    for (const page of ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', 'slurm/README.md', 'configs/README.md']) {
      const text = readFileSync(join(ROOT, page), 'utf8');
      for (const [, script] of text.matchAll(/npm run ([a-z][\w:-]*)/g)) expect(scripts, page).toHaveProperty([script]);
      for (const [, command] of text.matchAll(/(?:^|pnpm |npx |flanlab\.js |`)flanlab(?:\.js)? ([a-z]+)\b/gm)) {
        expect(commands, page).toContain(command);
      }
    }
  });

  it.each(pages())('links only to what is there: %s', (page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    for (const [, path, anchor] of text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)]*))?\)/g)) {
      const file = path === '' ? join(ROOT, page) : join(ROOT, page, '..', path);
      expect(existsSync(file), `${page} links to ${path}`).toBe(true);
      if (anchor !== undefined && file.endsWith('.md')) expect(anchors(readFileSync(file, 'utf8'))).toContain(anchor);
    }
    for (const [, path] of text.matchAll(
      /`((?:packages|apps|docs|configs|benchmarks|slurm|conformance)\/[\w./-]+)`/g,
    )) {
      expect(existsSync(join(ROOT, path)), `${page} names ${path}`).toBe(true);
    }
  });

  it('has each package in the maps of ARCHITECTURE.md and README.md', () => {
    const [map, readme] = ['ARCHITECTURE.md', 'README.md'].map((page) => readFileSync(join(ROOT, page), 'utf8'));
    const mapped = [...map.matchAll(/^\| `(?:apps\/)?([a-z-]+)` \|.*\|.*\|$/gm)].map(([, name]) => name);
    const folders = PACKAGES.map(({ folder }) => basename(folder));
    expect(mapped.toSorted()).toEqual(folders.toSorted());
    for (const name of folders.filter((folder) => folder !== 'cli')) expect(readme).toContain(`](packages/${name})`);
  });
});

describe('configurations', () => {
  it('has the explained study in configs and in the package alike', () => {
    const [shown, embedded] = ['configs/quickstart.yaml', 'packages/study/embedded/quickstart.yaml'].map((name) =>
      readFileSync(join(ROOT, name), 'utf8'),
    );
    expect(shown).toBe(embedded);
  });
});

describe('package borders', () => {
  it('has no cycle between packages', () => {
    const edges = new Map(PACKAGES.map(({ manifest }) => [manifest.name, flanlabNames(manifest.dependencies)]));
    const done = new Set();
    const visit = (name, trail) => {
      expect(trail, [...trail, name].join(' → ')).not.toContain(name);
      if (done.has(name)) return;
      for (const next of edges.get(name) ?? []) visit(next, [...trail, name]);
      done.add(name);
    };
    for (const name of edges.keys()) visit(name, []);
  });

  it.each(PACKAGES.map((one) => [one.manifest.name, one]))(
    '%s imports only what it declares',
    (_name, { folder, manifest }) => {
      const declared = { ...manifest.dependencies, ...manifest.devDependencies };
      for (const { name, text } of sources(folder)) {
        for (const [, specifier] of text.matchAll(/from '(@flanlab\/[\w-]+)/g)) {
          expect(declared, `${name} imports ${specifier}`).toHaveProperty([specifier]);
        }
      }
    },
  );

  it.each(
    PACKAGES.filter(({ folder }) => existsSync(join(folder, 'src/index.ts'))).map(({ folder, manifest }) => [
      manifest.name,
      folder,
    ]),
  )('%s lists its exports by name', (_name, folder) => {
    const index = readFileSync(join(folder, 'src/index.ts'), 'utf8');
    expect(index).not.toMatch(/export \*/);
    expect(index).not.toMatch(/export default/);
    expect(index).toMatch(/^export (type )?\{/m);
  });
});

describe('changesets', () => {
  it('finds unknown packages and empty summaries', () => {
    const folder = join(import.meta.dirname, 'fixtures', 'changeset');
    expect(changesetProblems(folder, new Set(['flanlab']))).toEqual([
      'broken.md: cannot read "\'flanlab\': enormous"',
      'broken.md has no summary',
      'unknown.md names the unknown package "@flanlab/nobody"',
    ]);
  });
});

describe('scripts/run.mjs', () => {
  it('rejects an unknown command', () => {
    expect(() => execFileSync(process.execPath, [join(ROOT, 'scripts/run.mjs'), 'tset'], { stdio: 'pipe' })).toThrow(
      /quickstart\|test/,
    );
  });
});

describe('pnpm turbo', () => {
  // Without the script "turbo", pnpm puts a relative node_modules/.bin first on PATH, where Turbo finds the pinned pnpm by
  // a path that is wrong in every package: whatever is not cached fails.
  it('builds what is not cached', async () => {
    const args = ['turbo', 'run', 'build', '--filter=@flanlab/errors', '--force'];
    const { code, output } = await run(bin('pnpm'), args, { capture: true, quiet: true });
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('1 successful') });
  });
});
