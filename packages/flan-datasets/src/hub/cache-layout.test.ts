import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { cachedCommit, makeLink, pointTo, rememberCommit, repoCache } from './cache-layout.js';

const folder = mkdtempSync(join(tmpdir(), 'flanlab-layout-'));
afterAll(() => rmSync(folder, { recursive: true }));
const COMMIT = 'a'.repeat(40);
const cache = repoCache(folder, 'org/name');

it('remembers what a branch stood at', async () => {
  expect(await cachedCommit(cache, 'refs/convert/parquet')).toBeUndefined();
  await rememberCommit(cache, 'refs/convert/parquet', COMMIT);
  expect(await cachedCommit(cache, 'refs/convert/parquet')).toBe(COMMIT);
  expect(readFileSync(join(folder, 'datasets--org--name/refs/refs/convert/parquet'), 'utf8')).toBe(COMMIT);
  expect(await cachedCommit(cache, COMMIT)).toBe(COMMIT);
});

it('replaces a link that leads nowhere', async () => {
  mkdirSync(join(cache.folder, 'blobs'), { recursive: true });
  const pointer = join(cache.folder, 'snapshots', COMMIT, 'd', 'x.parquet');
  mkdirSync(join(cache.folder, 'snapshots', COMMIT, 'd'), { recursive: true });
  symlinkSync('nowhere', pointer);
  writeFileSync(join(cache.folder, 'blobs', 'etag'), 'rows');
  expect(readFileSync(await pointTo(cache, COMMIT, 'd/x.parquet', 'etag'), 'utf8')).toBe('rows');
});

it('makes a second name where the system has no links', async () => {
  const blob = join(folder, 'blob');
  writeFileSync(blob, 'rows');
  const refuse = async (): Promise<void> => {
    throw Object.assign(new Error('not allowed'), { code: 'EPERM' });
  };
  await makeLink('blob', blob, join(folder, 'name'), refuse);
  expect(lstatSync(join(folder, 'name')).isSymbolicLink()).toBe(false);
  expect(readFileSync(join(folder, 'name'), 'utf8')).toBe('rows');
  const full = async (): Promise<void> => {
    throw Object.assign(new Error('full'), { code: 'ENOSPC' });
  };
  await expect(makeLink('blob', blob, join(folder, 'other'), full)).rejects.toThrow('full');
});
