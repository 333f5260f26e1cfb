import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bin, ROOT, readJson, run, workspacePackages } from './workspace.mjs';

const STAMP = join(ROOT, 'node_modules', '.flanlab-installed');

/** Changes whenever an install could give something else: lockfile, manifests, workspace settings, Node's ABI. */
function fingerprint() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${process.versions.modules}`);
  const files = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc'].map((name) => join(ROOT, name));
  for (const file of [...files, ...workspacePackages().map(({ folder }) => join(folder, 'package.json'))]) {
    if (existsSync(file)) hash.update(`\n${file.slice(ROOT.length)}\n`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

/** Whether the last install finished, was of exactly these files, and nobody removed a folder of it since. */
function isCurrent(wanted) {
  return (
    existsSync(STAMP) &&
    readFileSync(STAMP, 'utf8') === wanted &&
    existsSync(bin('turbo')) &&
    workspacePackages().every(
      ({ folder, manifest }) =>
        Object.keys(manifest.dependencies ?? {}).length === 0 || existsSync(join(folder, 'node_modules')),
    )
  );
}

/**
 * Installs with the pinned pnpm, which npm fetches. The stamp goes first and comes back last: an install that was
 * killed midway is repeated. No install script runs, so nothing is downloaded outside the registry.
 */
export async function install() {
  const wanted = fingerprint();
  if (isCurrent(wanted)) return;
  const version = readJson(join(ROOT, 'package.json')).packageManager.replace('pnpm@', '');
  rmSync(STAMP, { force: true });
  console.error(`Installing the workspace with pnpm ${version} ...`);
  const pnpmArgs = ['install', '--frozen-lockfile', '--ignore-scripts', '--config.confirm-modules-purge=false'];
  const attempt = () =>
    run('npm', ['exec', '--yes', `--package=pnpm@${version}`, '--', 'pnpm', ...pnpmArgs], {
      env: { npm_config_update_notifier: 'false', npm_config_loglevel: 'error' },
    });
  let { code } = await attempt();
  if (code !== 0 && code !== 130) {
    // A node_modules that an interrupted install left half linked can stop pnpm: the second try starts from none.
    console.error('The install failed. Trying once more from an empty node_modules ...');
    for (const folder of [ROOT, ...workspacePackages().map((one) => one.folder)]) {
      rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
    }
    ({ code } = await attempt());
  }
  if (code !== 0) {
    console.error('The install failed (see above). It needs the npm registry once; then run the same command again.');
    process.exit(code === 130 ? 130 : 4);
  }
  mkdirSync(join(ROOT, 'node_modules'), { recursive: true });
  writeFileSync(STAMP, wanted);
}
