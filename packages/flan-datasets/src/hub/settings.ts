import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DatasetError } from '../errors.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** How the hub is reached and where its files are kept. Everything left out comes from the environment, as in Python's tools. */
export interface HubOptions {
  /** `HF_ENDPOINT`, else `https://huggingface.co`. */
  readonly endpoint?: string | undefined;
  /** The service that says how complete an export is; null: do not ask. Made from `endpoint` when left out. */
  readonly datasetsServer?: string | null | undefined;
  /** `HF_HUB_CACHE`, else `HUGGINGFACE_HUB_CACHE`, else `HF_HOME/hub`. */
  readonly cacheDir?: string | undefined;
  /** `HF_TOKEN`, else the file that `hf auth login` writes; null: send none. */
  readonly token?: string | null | undefined;
  /** `HF_HUB_OFFLINE`: answer from the cache alone. */
  readonly offline?: boolean | undefined;
  readonly env?: Environment | undefined;
  readonly fetch?: typeof fetch | undefined;
  /** Waits between attempts. */
  readonly sleep?: ((milliseconds: number, signal?: AbortSignal) => Promise<void>) | undefined;
  /** Numbers in [0, 1) that spread the attempts of several clients. */
  readonly random?: (() => number) | undefined;
  /** Attempts of one request that bring nothing before it counts as failed. 6 when left out. */
  readonly attempts?: number | undefined;
  /** Milliseconds without a byte after which a connection counts as lost. 30,000 when left out. */
  readonly stallMs?: number | undefined;
  /** The longest wait, in milliseconds, that a rate limit may ask for. Six minutes when left out: a window of the hub is five. */
  readonly maxWaitMs?: number | undefined;
  /**
   * Files up to this size are fetched whole: one request, checked by its hash, and other tools find it in the cache. Of larger ones
   * only what is needed. 16 MiB when left out.
   */
  readonly wholeFileBytes?: number | undefined;
}

/** {@link HubOptions} with nothing left open. */
export interface HubSettings {
  readonly endpoint: string;
  readonly datasetsServer: string | null;
  readonly cacheDir: string;
  readonly token: string | null;
  readonly offline: boolean;
  readonly fetch: typeof fetch;
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly attempts: number;
  readonly stallMs: number;
  readonly maxWaitMs: number;
  readonly wholeFileBytes: number;
}

/**
 * Settles the options against the environment and reads the token file.
 * @throws {DatasetError} `DATASET_HUB_ENDPOINT_INVALID`
 */
export async function hubSettings(options: HubOptions = {}): Promise<HubSettings> {
  const { env = process.env } = options;
  const home = hubHome(env);
  const endpoint = checkedOrigin(options.endpoint ?? set(env.HF_ENDPOINT) ?? 'https://huggingface.co');
  const server = options.datasetsServer === undefined ? set(env.FLANLAB_DATASETS_SERVER) : options.datasetsServer;
  return {
    endpoint,
    datasetsServer: server === undefined ? datasetsServerOf(endpoint) : server === null ? null : checkedOrigin(server),
    cacheDir:
      options.cacheDir ?? expanded(set(env.HF_HUB_CACHE) ?? set(env.HUGGINGFACE_HUB_CACHE) ?? join(home, 'hub'), env),
    token: options.token === undefined ? await findToken(env, home) : options.token,
    offline: options.offline ?? isTrue(env.HF_HUB_OFFLINE),
    fetch: options.fetch ?? fetch,
    sleep: options.sleep ?? sleepFor,
    random: options.random ?? Math.random,
    attempts: options.attempts ?? 6,
    stallMs: options.stallMs ?? 30_000,
    maxWaitMs: options.maxWaitMs ?? 360_000,
    wholeFileBytes: options.wholeFileBytes ?? 16 * 2 ** 20,
  };
}

function hubHome(env: Environment): string {
  const cache = set(env.XDG_CACHE_HOME) ?? join(homedir(), '.cache');
  return set(env.HF_HOME) ?? join(cache, 'huggingface');
}

const set = (value: string | undefined): string | undefined =>
  value === undefined || value === '' ? undefined : value;
const isTrue = (value: string | undefined): boolean => /^(1|true|yes|on)$/i.test(value ?? '');

/** `~`, `$NAME` and `${NAME}` as Python's tools read them in these variables; a name that is not set stays as it is. */
function expanded(path: string, env: Environment): string {
  return path
    .replace(/^~(?=\/|$)/, () => set(env.HOME) ?? homedir())
    .replace(/\$(?:(\w+)|\{(\w+)\})/g, (whole, plain?: string, braced?: string) => env[plain ?? braced ?? ''] ?? whole);
}

/** As Python's `datasets` derives it. A host without a name, such as a test's, has no such service beside it. */
function datasetsServerOf(endpoint: string): string | null {
  const { protocol, host, hostname } = new URL(endpoint);
  const hasName = hostname.includes('.') && !/^[\d.]+$/.test(hostname);
  return hasName ? `${protocol}//datasets-server.${host}` : null;
}

function checkedOrigin(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '')
    return address.replace(/\/+$/, '');
  throw new DatasetError(
    'DATASET_HUB_ENDPOINT_INVALID',
    {
      what: 'The address of the hub cannot be used.',
      why: `It is ${url?.username || url?.password ? 'one with a user or password in it' : `"${address}"`}.`,
      fix: 'Set HF_ENDPOINT to an address such as https://huggingface.co, or leave it unset.',
    },
    { kind: 'usage' },
  );
}

async function findToken(env: Environment, home: string): Promise<string | null> {
  if (isTrue(env.HF_HUB_DISABLE_IMPLICIT_TOKEN)) return null;
  const given = clean(env.HF_TOKEN) ?? clean(env.HUGGING_FACE_HUB_TOKEN);
  if (given !== undefined) return given;
  const path = expanded(set(env.HF_TOKEN_PATH) ?? join(home, 'token'), env);
  // Nobody is logged in where there is no such file; one that cannot be read is no reason to fail for public data.
  return clean(await readFile(path, 'utf8').catch(() => '')) ?? null;
}

/** A token without the line break that files and CI secrets end with; one with other blanks inside is none. */
function clean(token: string | undefined): string | undefined {
  const bare = token?.trim() ?? '';
  return /^[\x21-\x7e]+$/.test(bare) ? bare : undefined;
}

function sleepFor(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      signal?.removeEventListener('abort', stop);
      resolve();
    }
    function stop(): void {
      clearTimeout(timer);
      reject(signal?.reason);
    }
    signal?.addEventListener('abort', stop, { once: true });
  });
}
