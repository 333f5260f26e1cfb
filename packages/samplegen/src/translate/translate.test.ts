import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Row } from '@flanlab/flan-datasets';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bigBenchPrompts } from '../bigbench.js';
import { testRows } from '../test-rows.js';
import { type ChatTranslatorOptions, chatTranslator } from './chat-translator.js';
import { estimateTranslation } from './estimate-translation.js';
import { textsToTranslate, translateRows } from './translate-rows.js';

const KEY = 'sk-very-secret';
type Answer = (response: ServerResponse, content: string) => void;
const say =
  (text: (content: string) => string): Answer =>
  (response, content) =>
    response.end(JSON.stringify({ choices: [{ message: { role: 'assistant', content: text(content) } }] }));
const status =
  (code: number, headers: Readonly<Record<string, string>> = {}, body = `no: ${KEY}`): Answer =>
  (response) =>
    response.writeHead(code, headers).end(body);
const hangUp: Answer = (response) => response.destroy();

let server: Server;
let baseUrl = '';
let folder = '';
let cache = '';
let answers: Answer[] = [];
let requests: { readonly url: string; readonly headers: IncomingHttpHeaders; readonly body: unknown }[] = [];
let waits: number[] = [];
let clock = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flanlab-translate-'));
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const body = JSON.parse(text);
      requests.push({ url: request.url!, headers: request.headers, body });
      const content: string = body.messages[0].content;
      (answers.shift() ?? say((asked) => `gd(${asked.split('\n\n')[1]})`))(response, content);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`;
});
beforeEach(async () => {
  cache = await mkdtemp(join(folder, 'cache-'));
  [answers, requests, waits, clock] = [[], [], [], 0];
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

const translator = (more: Partial<ChatTranslatorOptions> = {}) =>
  chatTranslator({
    baseUrl,
    apiKey: KEY,
    model: 'some-model',
    language: 'Scottish Gaelic',
    cache,
    fetch,
    sleep: async (milliseconds) => {
      waits.push(milliseconds);
      clock += milliseconds;
    },
    now: () => clock,
    requestsPerMinute: 60_000,
    ...more,
  });

describe('chatTranslator', () => {
  it('asks as the study asks, and keeps the first line of the answer', async () => {
    answers = [say(() => '\nHalò\n\nThis is a greeting.')];
    expect(await translator()('Hello')).toBe('Halò');
    expect(requests).toMatchObject([
      {
        url: '/v1/chat/completions',
        headers: { authorization: `Bearer ${KEY}` },
        body: {
          model: 'some-model',
          messages: [{ role: 'user', content: 'Translate the following text to Scottish Gaelic:\n\nHello' }],
        },
      },
    ]);
  });

  it('keeps all lines of the answer to several lines', async () => {
    answers = [say(() => 'a\nb')];
    expect(await translator()('1\n2')).toBe('a\nb');
  });

  it('asks for each text once, in later runs too, and not for blank ones', async () => {
    const translate = translator();
    expect([await translate('Hello'), await translate('Hello'), await translator()('Hello')]).toEqual(
      Array.from({ length: 3 }, () => 'gd(Hello)'),
    );
    expect(await translate(' ')).toBe(' ');
    expect(requests).toHaveLength(1);
    await translator({ language: 'Irish' })('Hello');
    expect(requests).toHaveLength(2);
    for (const name of await readdir(cache)) expect(await readFile(join(cache, name), 'utf8')).not.toContain(KEY);
  });

  it('tries again when the server is busy or hangs up, as long apart as it says', async () => {
    answers = [status(429, { 'retry-after': '7' }), status(503), hangUp];
    expect(await translator()('Hello')).toBe('gd(Hello)');
    expect(waits.filter((wait) => wait >= 1000)).toEqual([7000, 2000, 4000]);
  });

  it('gives up in the end, and never names the key', async () => {
    answers = Array.from({ length: 3 }, () => status(500));
    const error: unknown = await translator({ retries: 2 })('Hello').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'PROMPT_TRANSLATION_FAILED',
      why: expect.stringContaining('after 3 attempts'),
    });
    expect(String(error)).toContain('[key]');
    expect(String(error)).not.toContain(KEY);
    expect(await readdir(cache)).toEqual([]);
  });

  it.each([
    ['a wrong key', status(401), 'PROMPT_TRANSLATION_REFUSED'],
    ['an unknown model', status(404), 'PROMPT_TRANSLATION_REFUSED'],
    ['an answer that is no chat', (response: ServerResponse) => response.end('{}'), 'PROMPT_TRANSLATION_FAILED'],
    ['an answer that is no JSON', (response: ServerResponse) => response.end('<html>'), 'PROMPT_TRANSLATION_FAILED'],
    ['an empty answer', say(() => ' \n'), 'PROMPT_TRANSLATION_FAILED'],
  ])('stops at once at %s', async (_, answer, code) => {
    answers = [answer];
    const error: unknown = await translator()('Hello').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toContain(KEY);
    expect(requests).toHaveLength(1);
  });

  it('keeps to the rate', async () => {
    const translate = translator({ requestsPerMinute: 30 });
    for (const text of ['a', 'b', 'c']) await translate(text);
    expect(waits).toEqual([2000, 2000]);
  });

  it('can be interrupted', async () => {
    const stop = new AbortController();
    answers = [
      (response) => {
        stop.abort();
        response.destroy();
      },
    ];
    await expect(translator({ signal: stop.signal })('Hello')).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('translateRows', () => {
  const { task, rows } = testRows('social_iqa');

  it('translates question and choices, and answers with the translated choice', async () => {
    const translated: Row[] = [];
    for await (const row of translateRows(task, rows, async (text) => `gd(${text})`)) translated.push(row);
    expect(translated).toHaveLength(rows.length);
    for (const [index, prompt] of [
      ...bigBenchPrompts({ task, rows: translated, run: 'base', format: 'closed-translated' }),
    ].entries()) {
      const [original] = bigBenchPrompts({ task, rows: [rows[index]!], run: 'base' });
      expect(prompt.text).toMatch(/^Ceist: gd\(/);
      expect(prompt.labels).toBe(`gd(${original!.labels})`);
      expect(prompt.gold_options).toEqual(original!.gold_options.map((option) => `gd(${option})`));
    }
  });

  it('refuses tasks without choices', () => {
    const rte = testRows('rte');
    expect(() => textsToTranslate(rte.task, rte.rows[0]!)).toThrowError(
      expect.objectContaining({ code: 'PROMPT_TASK_UNSUPPORTED' }),
    );
  });
});

describe('estimateTranslation', () => {
  it('counts different texts that are not kept yet, and their price', async () => {
    await translator()('Hello');
    const where = { cache, model: 'some-model', language: 'Scottish Gaelic', requestsPerMinute: 60 };
    const texts = ['Hello', 'x'.repeat(100), 'x'.repeat(100), ' ', 'y'.repeat(300)];
    const asked = 2 * 'Translate the following text to Scottish Gaelic:\n\n'.length + 400;
    const inputTokens = Math.ceil(asked / 4);
    expect(await estimateTranslation(texts, { ...where, inputPrice: 2, outputPrice: 10 })).toEqual({
      texts: 3,
      cached: 1,
      requests: 2,
      inputTokens,
      outputTokens: 200,
      cost: (2 * inputTokens + 10 * 200) / 1e6,
      minutes: 2 / 60,
    });
    expect(await estimateTranslation(texts, where)).toMatchObject({ cost: undefined });
  });
});
