import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { excerpt } from './failures.mjs';
import { bin, ROOT, readJson, run, workspacePackages } from './workspace.mjs';

const PROGRAMS = join(ROOT, 'scripts', 'pack-programs');
const CACHE = join(ROOT, 'node_modules', '.cache', 'flanlab', 'pack.json');

function* filesUnder(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(path);
    else yield path;
  }
}

/** Hash of all that can end up in a tarball, of the programs that use them and of the versions they resolve to. */
function fingerprint(packages) {
  const hash = createHash('sha256').update(process.version);
  const inputs = [join(ROOT, 'pnpm-lock.yaml'), join(ROOT, 'pnpm-workspace.yaml'), import.meta.filename, PROGRAMS];
  for (const { folder, manifest } of packages) {
    inputs.push(join(folder, 'package.json'), ...manifest.files.map((name) => join(folder, name)));
  }
  for (const input of inputs.filter(existsSync)) {
    const files = /\.\w+$/.test(input) ? [input] : filesUnder(input);
    for (const file of files) hash.update(`\n${file.slice(ROOT.length)}\n`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

/** Packs one package as it would be published. @returns the tarball's path */
async function pack(folder, destination) {
  const { code, output } = await run(bin('pnpm'), ['pack', '--json', '--pack-destination', destination], {
    capture: true,
    quiet: true,
    cwd: folder,
  });
  if (code !== 0) throw new Error(output);
  return JSON.parse(output.slice(output.indexOf('{'))).filename;
}

async function lint(folder, tarball) {
  const { messages } = await publint({
    strict: true,
    pack: { tarball: new Uint8Array(readFileSync(tarball)).buffer },
  });
  const manifest = readJson(join(folder, 'package.json'));
  return messages
    .filter((message) => message.type !== 'suggestion')
    .map((message) => formatMessage(message, manifest) ?? message.code);
}

/** Third-party versions as the workspace has them, so that the empty project resolves the same ones. */
function workspaceVersions(packages) {
  const versions = {};
  for (const { folder, manifest } of packages) {
    for (const name of Object.keys(manifest.dependencies ?? {})) {
      const file = join(folder, 'node_modules', name, 'package.json');
      if (!name.startsWith('@flanlab/') && existsSync(file)) versions[name] = readJson(file).version;
    }
  }
  return versions;
}

/**
 * Packs every package, checks its shape, installs all tarballs into an empty project elsewhere on the disk and runs one
 * short program per package there. Repeated only when something that could change the outcome changed.
 */
export async function packAndUse() {
  const packages = workspacePackages();
  const key = fingerprint(packages);
  if (existsSync(CACHE)) {
    const cached = readJson(CACHE);
    if (cached.key === key) return cached;
  }
  const project = mkdtempSync(join(tmpdir(), 'flanlab-pack-'));
  const counts = { passed: 0, failed: 0 };
  const failures = [];
  const count = (problem) => {
    counts[problem === undefined ? 'passed' : 'failed'] += 1;
    if (problem !== undefined) failures.push(problem);
  };
  try {
    const tarballs = {};
    for (const { folder, manifest } of packages) {
      tarballs[manifest.name] = `file:${await pack(folder, project)}`;
      const problems = await lint(folder, tarballs[manifest.name].slice('file:'.length));
      count(problems.length === 0 ? undefined : { title: `publint of ${manifest.name}`, lines: problems });
    }
    writeFileSync(
      join(project, 'package.json'),
      JSON.stringify({ name: 'empty-project', private: true, type: 'module', dependencies: tarballs }),
    );
    // Tarballs name each other by version; nothing is published yet, so the project maps those names to the files.
    writeFileSync(
      join(project, 'pnpm-workspace.yaml'),
      JSON.stringify({ packages: ['.'], overrides: { ...workspaceVersions(packages), ...tarballs } }),
    );
    const install = await run(
      bin('pnpm'),
      ['install', '--prefer-offline', '--ignore-scripts', '--no-frozen-lockfile'],
      {
        capture: true,
        quiet: true,
        cwd: project,
        env: { CI: '1' },
      },
    );
    count(install.code === 0 ? undefined : outputOf('install of the packed packages', install.output));
    for (const { manifest } of install.code === 0 ? packages : []) {
      const name = `${manifest.name.replace('@flanlab/', '')}.mjs`;
      if (!existsSync(join(PROGRAMS, name))) {
        count({ title: `scripts/pack-programs/${name} is missing`, lines: ['Write ten lines that use the package.'] });
        continue;
      }
      writeFileSync(join(project, name), readFileSync(join(PROGRAMS, name)));
      const { code, output } = await run(process.execPath, [name], {
        capture: true,
        quiet: true,
        cwd: project,
        timeoutMs: 120_000,
      });
      count(code === 0 ? undefined : outputOf(`scripts/pack-programs/${name}`, output));
    }
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
  if (counts.failed === 0) {
    mkdirSync(join(CACHE, '..'), { recursive: true });
    writeFileSync(CACHE, JSON.stringify({ key, ...counts }));
  }
  return { ...counts, failures };
}

/** A program that failed: all it printed goes to stderr, and its end into the summary. */
function outputOf(title, output) {
  process.stderr.write(`${title}:\n${output}`);
  return { title, lines: excerpt(output, 'last') };
}
