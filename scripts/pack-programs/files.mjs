import { hashBytes, hashFile, readJson, writeJson } from '@flanlab/files';

await writeJson('out/value.json', { a: 1 });
const value = await readJson('out/value.json');
if (value.a !== 1) throw new Error('not what was written');
if ((await hashFile('out/value.json')) !== hashBytes('{\n  "a": 1\n}\n')) throw new Error('hash');
