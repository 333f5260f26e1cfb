import type { AsyncBuffer } from 'hyparquet';
import { type FileRequest, fileUrl, notCached } from './download-file.js';
import { rangeCache } from './range-cache.js';
import { checkWholeLength, invalidAnswer, retried, sendOnce } from './request.js';
import { Retryable } from './retry.js';

/** No footer, column or page index of a usable file is larger; a request for more comes from a damaged footer. */
const LONGEST_RANGE = 2 ** 29;

/** How much is read past where a server ignores ranges. */
const LONGEST_SKIP = 2 ** 26;

/** From the first byte to the one after the last. */
export type Span = readonly [start: number, end: number];

/**
 * A file of the hub as ranges of bytes: each is taken from the cache, or fetched and kept there. A range that lies in one of the
 * `spans` is fetched with all of that span, so that many small ranges cost one request.
 */
export function remoteFile(request: FileRequest, spans: readonly Span[] = []): AsyncBuffer {
  const { cache, file, settings } = request;
  const ranges = rangeCache(cache, file.etag);
  let held: { readonly start: number; readonly bytes: Uint8Array } | undefined;
  return {
    byteLength: file.size,
    async slice(start, end = file.size) {
      const from = Math.max(0, start < 0 ? file.size + start : start);
      const to = Math.min(file.size, end);
      if (!(from < to)) return new ArrayBuffer(0);
      if (to - from > LONGEST_RANGE)
        throw invalidAnswer({ repo: cache.repo, path: file.path }, `Its footer asks for ${to - from} bytes at once.`);
      const [first, last] = spans.find((span) => span[0] <= from && to <= span[1]) ?? [from, to];
      if (held === undefined || held.start > from || held.start + held.bytes.length < to) {
        const kept = (await ranges.read(first, last)) ?? (await ranges.read(from, to));
        if (kept === undefined && settings.offline) throw notCached(request);
        const bytes = kept ?? (await fetchRange(request, first, last));
        if (kept === undefined) await ranges.write(first, bytes);
        held = { start: bytes.length === last - first ? first : from, bytes };
      }
      return owned(held.bytes.subarray(from - held.start, to - held.start));
    },
  };
}

/** An array buffer of exactly these bytes; a part of the cache is a view of a larger one. */
const owned = (bytes: Uint8Array): ArrayBuffer =>
  bytes.byteLength === bytes.buffer.byteLength ? (bytes.buffer as ArrayBuffer) : new Uint8Array(bytes).buffer;

/** The bytes of a range; after a break only what is missing is asked for. */
async function fetchRange(request: FileRequest, start: number, end: number): Promise<Uint8Array> {
  const { settings, cache, commit, file, signal, onRetry, onBytes } = request;
  const what = { url: fileUrl(request), repo: cache.repo, revision: commit, path: file.path, signal };
  const bytes = new Uint8Array(end - start);
  let have = 0;
  await retried(settings, { ...what, onRetry }, async () => {
    const before = have;
    const headers = { 'accept-encoding': 'identity', range: `bytes=${start + have}-${end - 1}` };
    try {
      await sendOnce(settings, what, headers, async (answer) => {
        let skip = answer.status === 206 ? 0 : start + have;
        if (skip > LONGEST_SKIP) throw invalidAnswer(what, 'The server sends whole files only, and this one is large.');
        if (answer.status === 206) checkRange(answer.headers, start + have, end, file.size);
        else checkWholeLength(answer.headers, file.size);
        for await (const chunk of answer.chunks()) {
          signal?.throwIfAborted();
          onBytes?.(chunk.byteLength);
          // A server that ignores ranges sends the file from its start.
          const useful = chunk.subarray(Math.min(skip, chunk.byteLength));
          skip -= chunk.byteLength - useful.byteLength;
          const fits = useful.subarray(0, bytes.length - have);
          if (answer.status === 206 && fits.length < useful.length) {
            have = before;
            throw new Retryable(`more bytes than the ${end - start} asked for came`);
          }
          bytes.set(fits, have);
          have += fits.length;
          if (have === bytes.length && answer.status !== 206) return;
        }
        if (have < bytes.length) throw new Retryable(`the connection ended at byte ${start + have} of ${end}`);
      });
    } catch (error) {
      if (!(error instanceof Retryable) || have <= before) throw error;
      throw new Retryable(error.message, {
        status: error.status,
        waitMs: error.waitMs,
        progressed: true,
        cause: error,
      });
    }
  });
  return bytes;
}

/** It must be the range asked for, of a file of the size listed: else the rows would come from other bytes. */
function checkRange(headers: Headers, start: number, end: number, size: number): void {
  const announced = headers.get('content-range') ?? '';
  const [, from, to, of] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(announced) ?? [];
  if (Number(from) === start && Number(to) <= end - 1 && (of === '*' || Number(of) === size)) return;
  throw new Retryable(`it sent ${announced || 'no range'} where bytes ${start}-${end - 1}/${size} were asked for`);
}
