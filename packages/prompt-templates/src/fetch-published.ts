import { hashBytes } from '@flanlab/files';
import type { PublishedFile } from './data/published-sources.js';
import { TemplateError } from './errors.js';

export interface FetchPublishedOptions {
  readonly fetch: typeof globalThis.fetch;
  /** Where `<repo>/<commit>/<path>` is served (default GitHub). The hash is checked wherever it comes from. */
  readonly baseUrl?: string;
  readonly signal?: AbortSignal;
}

export const PUBLISHED_BASE_URL = 'https://raw.githubusercontent.com';

/**
 * Fetches one published file and checks that its bytes are the pinned ones.
 * @throws {TemplateError} `TEMPLATE_DOWNLOAD_FAILED`, `TEMPLATE_DOWNLOAD_CHANGED`
 */
export async function fetchPublished(
  { repo, commit, path, sha256 }: PublishedFile,
  { fetch, baseUrl = PUBLISHED_BASE_URL, signal }: FetchPublishedOptions,
): Promise<string> {
  const url = `${baseUrl.replace(/\/+$/, '')}/${repo}/${commit}/${path}`;
  let bytes: Uint8Array;
  try {
    const response = await fetch(url, signal === undefined ? {} : { signal });
    if (!response.ok) throw failed(url, `The server answered ${response.status}.`);
    bytes = await readBytes(response, url);
  } catch (error) {
    if (error instanceof TemplateError || signal?.aborted) throw error;
    throw failed(url, error instanceof Error ? reason(error) : String(error), error);
  }
  const found = hashBytes(bytes);
  if (found === sha256) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  throw new TemplateError('TEMPLATE_DOWNLOAD_CHANGED', {
    what: `${url} is not the file that was published.`,
    why: `Its SHA-256 is ${found}, not ${sha256}.`,
    fix: 'Try again; if it stays, get the file yourself and import it with --from.',
  });
}

/** The published files are a tenth of it. */
const MOST_BYTES = 4_000_000;

async function readBytes({ body }: Response, url: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MOST_BYTES) throw failed(url, `It is longer than ${MOST_BYTES} bytes.`);
  }
  return Buffer.concat(chunks);
}

/** undici hides what happened in `cause`. */
function reason(error: Error): string {
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

function failed(url: string, why: string, cause?: unknown): TemplateError {
  return new TemplateError(
    'TEMPLATE_DOWNLOAD_FAILED',
    {
      what: `${url} could not be fetched.`,
      why,
      fix: 'Check the connection, name a mirror with --mirror, or get the file yourself and import it with --from.',
    },
    { ...(cause === undefined ? {} : { cause }), kind: 'environment' },
  );
}
