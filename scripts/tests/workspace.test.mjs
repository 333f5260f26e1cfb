import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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
      for (const [, file] of text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)) {
        expect(existsSync(join(ROOT, page, '..', file)), `${page} links to ${file}`).toBe(true);
      }
    }
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
