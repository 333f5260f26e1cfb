import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** @returns {any} */
export const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Every workspace package: folder and manifest, sorted by folder. */
export function workspacePackages() {
  return ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(ROOT, group), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(ROOT, group, entry.name))
      .sort()
      .map((folder) => ({ folder, manifest: readJson(join(folder, 'package.json')) })),
  );
}

// What `npm run` adds to the environment names the npm that runs us, and pnpm would believe it. Only what the user
// decides about registries, certificates and proxies passes through.
const KEPT_NPM_CONFIG =
  /^npm_config_(registry|userconfig|globalconfig|cache|store_dir|offline|prefer_offline|ca|cafile|strict_ssl|proxy|https_proxy|https?_proxy|fetch_.*|@.*|\/\/.*)$/i;

/** The environment of every child: local binaries first, no telemetry, no npm leftovers. */
export function childEnvironment(extra = {}) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) || KEPT_NPM_CONFIG.test(name)),
  );
  const pathName = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  return {
    ...env,
    [pathName]: [join(ROOT, 'node_modules', '.bin'), env[pathName]].filter(Boolean).join(delimiter),
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
    ...extra,
  };
}

let current;

// A signal sent to us alone (a batch system, a CI runner) reaches the child; one sent to the group reaches both.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGUSR1']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT') current?.kill(signal);
  });
}

/**
 * Runs one program in the repository root.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ capture?: boolean, quiet?: boolean, env?: Record<string, string>, cwd?: string, timeoutMs?: number }} [options]
 * @returns {Promise<{ code: number, output: string }>} output is empty unless captured
 */
export function run(command, args, { capture = false, quiet = false, env = {}, cwd = ROOT, timeoutMs } = {}) {
  return new Promise((resolve, reject) => {
    const windows = process.platform === 'win32';
    const child = spawn(command, args, {
      cwd,
      env: childEnvironment(env),
      stdio: capture ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      shell: windows,
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs, killSignal: 'SIGKILL' }),
    });
    current = child;
    let output = '';
    for (const stream of capture ? [child.stdout, child.stderr] : []) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => {
        output += text;
        if (!quiet) process.stderr.write(text);
      });
    }
    child.on('error', reject);
    child.on('close', (code, signal) => {
      current = undefined;
      resolve({ code: code ?? (signal === 'SIGINT' ? 130 : 1), output });
    });
  });
}

/** A local binary by name, as node_modules/.bin has it. */
export const bin = (name) => join(ROOT, 'node_modules', '.bin', name);
