import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Content of a file: in memory, or made when asked for. */
export interface TestBytes {
  readonly size: number;
  readonly slice: (start: number, end: number) => Uint8Array;
  readonly sha256: string;
}

export interface TestCommit {
  readonly commit: string;
  readonly files: Readonly<Record<string, Uint8Array | TestBytes>>;
}

export interface TestRepo {
  readonly revisions: Readonly<Record<string, TestCommit>>;
  /** Who may read it; everybody when left out. */
  readonly access?: 'gated' | 'private' | 'gated-without-code';
  /** What the data sets service answers; 404 when left out. */
  readonly exported?: { readonly status?: number; readonly body?: unknown; readonly revision?: string };
}

/** What goes wrong with one request. Bytes are counted from the start of the answer. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** `received`: the connection breaks once the client has what was sent; what it has not read by then may be lost. */
  | { readonly kind: 'cut'; readonly after: number; readonly received?: () => Promise<void> }
  | { readonly kind: 'stall'; readonly after: number }
  | { readonly kind: 'short'; readonly by: number }
  | { readonly kind: 'long'; readonly by: number }
  | { readonly kind: 'flip'; readonly at: number }
  | { readonly kind: 'slow'; readonly chunk: number; readonly waitMs: number }
  | { readonly kind: 'no-range' }
  | { readonly kind: 'other-range' }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'html' };

export interface SeenRequest {
  readonly host: 'hub' | 'storage';
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Bytes of the body that were sent. */
  sent: number;
}

export interface TestHub extends AsyncDisposable {
  readonly endpoint: string;
  readonly seen: readonly SeenRequest[];
  /** Bytes of file contents sent so far. */
  readonly sent: () => number;
  readonly repos: Record<string, TestRepo>;
  /** Faults to come, by request. */
  fault: (request: SeenRequest) => Fault | undefined;
  /** Tokens that are good. */
  readonly tokens: Set<string>;
}

const PAGE_OF_TREE = 2;

/**
 * A hub on two ports of this machine: one for the interface, which redirects downloads to the other, the storage. It answers as
 * the real ones do (revision, tree in pages, resolve, parquet), with the headers that clients read.
 */
export async function startTestHub(repos: Record<string, TestRepo>): Promise<TestHub> {
  const seen: SeenRequest[] = [];
  const state: { fault: TestHub['fault'] } = { fault: () => undefined };
  const tokens = new Set<string>();
  const storage = await listen((request, response) => {
    const entry = remember('storage', request);
    const hash = new URL(request.url ?? '/', 'http://storage').pathname.slice(1);
    const content = findContent(repos, hash);
    if (content === undefined) return end(response, 404, {});
    return sendBytes(entry, request, response, content, hash, state.fault(entry));
  });
  const hub = await listen((request, response) => {
    const entry = remember('hub', request);
    const fault = state.fault(entry);
    if (fault?.kind === 'refuse') return request.socket.destroy();
    if (fault?.kind === 'status') return end(response, fault.status, fault.headers ?? {});
    if (fault?.kind === 'html')
      return end(response, 200, { 'content-type': 'text/html' }, '<html><body>Log in to this network</body></html>');
    return answer(repos, tokens, origin(hub), origin(storage), request, response);
  });
  function remember(host: SeenRequest['host'], request: IncomingMessage): SeenRequest {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const entry = { host, url: request.url ?? '', headers, sent: 0 };
    seen.push(entry);
    return entry;
  }
  return {
    endpoint: origin(hub),
    seen,
    sent: () => seen.reduce((sum, { sent }) => sum + sent, 0),
    repos,
    tokens,
    get fault() {
      return state.fault;
    },
    set fault(fault) {
      state.fault = fault;
    },
    async [Symbol.asyncDispose]() {
      for (const server of [hub, storage]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

async function listen(handler: (request: IncomingMessage, response: ServerResponse) => unknown): Promise<Server> {
  const server = createServer((request, response) => {
    Promise.resolve(handler(request, response)).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const origin = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

function answer(
  repos: Record<string, TestRepo>,
  tokens: ReadonlySet<string>,
  self: string,
  storage: string,
  request: IncomingMessage,
  response: ServerResponse,
): ServerResponse {
  const url = new URL(request.url ?? '/', self);
  const given = request.headers.authorization?.replace('Bearer ', '');
  if (given !== undefined && !tokens.has(given)) return end(response, 401, {});
  if (url.pathname === '/parquet') return parquetService(repos, url.searchParams.get('dataset') ?? '', response);
  const api = /^\/api\/datasets\/(.+?)\/(revision|tree)\/([^/]+)$/.exec(url.pathname);
  const resolved = /^\/datasets\/(.+?)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname);
  const name = api?.[1] ?? resolved?.[1] ?? '';
  const repo = repos[name];
  if (repo === undefined) return end(response, given === undefined ? 401 : 404, { 'x-error-code': 'RepoNotFound' });
  if (repo.access === 'private')
    return end(
      response,
      given === undefined ? 401 : 403,
      given === undefined ? { 'x-error-code': 'RepoNotFound' } : {},
    );
  if (repo.access === 'gated') return end(response, given === undefined ? 401 : 403, { 'x-error-code': 'GatedRepo' });
  if (repo.access === 'gated-without-code')
    return end(response, 403, { 'x-error-message': `Access to dataset ${name} is restricted: it is gated.` });
  const revision = decodeURIComponent(api?.[3] ?? resolved?.[2] ?? '');
  const at = repo.revisions[revision] ?? Object.values(repo.revisions).find(({ commit }) => commit === revision);
  if (at === undefined) return end(response, 404, { 'x-error-code': 'RevisionNotFound' });
  if (api?.[2] === 'revision') return json(response, { id: name, sha: at.commit });
  if (api?.[2] === 'tree') return tree(at, url, self, response);
  const path = decodeURIComponent(resolved?.[3] ?? '');
  const content = at.files[path];
  if (content === undefined) return end(response, 404, { 'x-error-code': 'EntryNotFound' });
  const { size, sha256 } = contentOf(content);
  return end(response, 302, {
    location: `${storage}/${sha256}?signature=secret`,
    'x-repo-commit': at.commit,
    'x-linked-size': String(size),
    'x-linked-etag': `"${sha256}"`,
  });
}

function parquetService(repos: Record<string, TestRepo>, name: string, response: ServerResponse): ServerResponse {
  const { exported } = repos[name] ?? {};
  if (exported === undefined) return end(response, 404, { 'x-error-code': 'ResponseNotFound' });
  const headers = exported.revision === undefined ? {} : { 'x-revision': exported.revision };
  return end(
    response,
    exported.status ?? 200,
    { 'content-type': 'application/json', ...headers },
    JSON.stringify(exported.body ?? {}),
  );
}

function tree(at: TestCommit, url: URL, self: string, response: ServerResponse): ServerResponse {
  const entries = Object.entries(at.files).map(([path, content]) => {
    const { size, sha256 } = contentOf(content);
    return { type: 'file', path, size, oid: 'f'.repeat(40), lfs: { oid: sha256, size, pointerSize: 130 } };
  });
  const from = Number(url.searchParams.get('cursor') ?? 0);
  const next = from + PAGE_OF_TREE;
  url.searchParams.set('cursor', String(next));
  const link = next < entries.length ? { link: `<${self}${url.pathname}${url.search}>; rel="next"` } : {};
  return end(response, 200, { 'content-type': 'application/json', ...link }, JSON.stringify(entries.slice(from, next)));
}

function json(response: ServerResponse, value: unknown): ServerResponse {
  return end(response, 200, { 'content-type': 'application/json' }, JSON.stringify(value));
}

function end(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body = '',
): ServerResponse {
  return response.writeHead(status, headers).end(body);
}

async function sendBytes(
  entry: SeenRequest,
  request: IncomingMessage,
  response: ServerResponse,
  content: TestBytes,
  etag: string,
  fault: Fault | undefined,
): Promise<unknown> {
  if (fault?.kind === 'refuse') return request.socket.destroy();
  if (fault?.kind === 'status') return end(response, fault.status, fault.headers ?? {});
  const { size } = content;
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const condition = request.headers['if-range'];
  const isRange = from !== undefined && fault?.kind !== 'no-range' && (condition ?? `"${etag}"`) === `"${etag}"`;
  const start = isRange ? Number(from) : 0;
  if (isRange && start >= size) return end(response, 416, { 'content-range': `bytes */${size}` });
  let stop = isRange && to !== undefined && to !== '' ? Math.min(size, Number(to) + 1) : size;
  if (fault?.kind === 'short') stop = Math.max(start, stop - fault.by);
  const shift = fault?.kind === 'other-range' ? 1 : 0;
  let body = content.slice(start, stop);
  if (fault?.kind === 'long') body = Buffer.concat([body, Buffer.alloc(fault.by)]);
  if (fault?.kind === 'flip' && fault.at < body.length) {
    body = Uint8Array.from(body);
    body[fault.at]! ^= 0xff;
  }
  response.writeHead(isRange ? 206 : 200, {
    etag: `"${etag}"`,
    'content-length': String(body.length),
    ...(isRange ? { 'content-range': `bytes ${start + shift}-${start + body.length - 1 + shift}/${size}` } : {}),
  });
  const limit = fault?.kind === 'cut' || fault?.kind === 'stall' ? Math.min(fault.after, body.length) : body.length;
  const step = fault?.kind === 'slow' ? fault.chunk : 2 ** 16;
  for (let at = 0; at < limit && !response.destroyed; at += step) {
    const piece = body.subarray(at, Math.min(limit, at + step));
    entry.sent += piece.length;
    await new Promise((resolve) => response.write(piece, resolve));
    if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.waitMs));
  }
  if (fault?.kind === 'stall') return undefined;
  if (fault?.kind === 'cut') {
    await fault.received?.();
    return response.destroy();
  }
  return response.end();
}

function contentOf(content: Uint8Array | TestBytes): TestBytes {
  return content instanceof Uint8Array ? testBytes(content) : content;
}

const known = new WeakMap<Uint8Array, TestBytes>();

/** Bytes in memory as a file's content. */
export function testBytes(bytes: Uint8Array): TestBytes {
  const found = known.get(bytes) ?? {
    size: bytes.length,
    slice: (start: number, stop: number) => bytes.subarray(start, stop),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
  known.set(bytes, found);
  return found;
}

function findContent(repos: Record<string, TestRepo>, hash: string): TestBytes | undefined {
  for (const { revisions } of Object.values(repos))
    for (const { files } of Object.values(revisions))
      for (const content of Object.values(files)) if (contentOf(content).sha256 === hash) return contentOf(content);
  return undefined;
}
