import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { ROOT, readJson } from './workspace.mjs';

/** So much of the end of an output is kept where logs are cut: the summary has to fit in. */
const SUMMARY_LINES = 26;
const MESSAGE_LINES = 4;
const LINE_LENGTH = 180;

function oneLine(text) {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH)}…` : line;
}

/**
 * The first lines of a message or a program's last ones, without colours, blank lines and the stack.
 * @param {string} text
 * @param {'first' | 'last'} [end]
 */
export function excerpt(text, end = 'first', count = MESSAGE_LINES) {
  const lines = stripVTControlCharacters(text)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^at .*(?::\d+:\d+|<anonymous>)\)?$/.test(line))
    .map(oneLine);
  return end === 'first' ? lines.slice(0, count) : lines.slice(-count);
}

/**
 * What a vitest report counts, and what failed in it: each test by file, full name and the first lines of its message. A file
 * that could not load, or whose set-up failed, is one failure.
 * @param {string} file path of the JSON report
 * @param {string} name whose report it is
 */
export function readReport(file, name) {
  if (!existsSync(file)) {
    const lines = ['There are no test results: the run was killed, or could not start.'];
    return { passed: 0, failed: 1, failures: [{ title: name, lines }] };
  }
  const report = readJson(file);
  const failures = report.testResults.flatMap(({ name: path, status, message, assertionResults }) => {
    const where = relative(ROOT, path);
    const failed = assertionResults.filter((one) => one.status === 'failed');
    if (status === 'failed' && failed.length === 0)
      return [{ title: `${where} (the file itself)`, lines: excerpt(message) }];
    return failed.map((one) => ({
      title: `${where} > ${one.fullName}`,
      lines: excerpt(one.failureMessages[0] ?? ''),
    }));
  });
  return { passed: report.numPassedTests, failed: failures.length, failures };
}

/**
 * The lines that say what failed, never more than fit at the end of a log: messages get shorter, then only names are given, then
 * the rest is counted.
 * @param {readonly { title: string, lines: readonly string[] }[]} failures
 * @returns {string[]}
 */
export function failureSummary(failures, most = SUMMARY_LINES) {
  if (failures.length === 0) return [];
  for (let shown = Math.max(...failures.map(({ lines }) => lines.length)); shown >= 0; shown--) {
    const lines = failures.flatMap(({ title, lines }) => [
      `  ${oneLine(title)}`,
      ...lines.slice(0, shown).map((line) => `      ${line}`),
    ]);
    if (lines.length < most) return ['What failed:', ...lines];
  }
  const named = failures.slice(0, most - 2).map(({ title }) => `  ${oneLine(title)}`);
  return ['What failed:', ...named, `  and ${failures.length - named.length} more`];
}
