import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, readJson, workspacePackages } from './workspace.mjs';

/** Problems of the changesets folder: names that no package has, unknown bumps, empty summaries. */
export function changesetProblems(folder, names) {
  const problems = [];
  if (!existsSync(join(folder, 'config.json'))) return ['.changeset/config.json is missing'];
  const config = readJson(join(folder, 'config.json'));
  for (const name of [config.ignore, config.fixed, config.linked].flat(3)) {
    if (name !== undefined && !names.has(name)) problems.push(`config.json names the unknown package "${name}"`);
  }
  for (const file of readdirSync(folder).filter((one) => one.endsWith('.md') && one !== 'README.md')) {
    const match = /^---\r?\n([\s\S]*?)\r?\n---\r?\n([\s\S]*)$/.exec(readFileSync(join(folder, file), 'utf8'));
    if (match === null) {
      problems.push(`${file} has no front matter`);
      continue;
    }
    for (const line of match[1].split(/\r?\n/).filter(Boolean)) {
      const entry = /^['"]?([^'"]+?)['"]?: *(major|minor|patch)$/.exec(line);
      if (entry === null) problems.push(`${file}: cannot read "${line}"`);
      else if (!names.has(entry[1])) problems.push(`${file} names the unknown package "${entry[1]}"`);
    }
    if (match[2].trim() === '') problems.push(`${file} has no summary`);
  }
  return problems;
}

export async function checkChangesets() {
  const names = new Set(workspacePackages().map(({ manifest }) => manifest.name));
  const problems = changesetProblems(join(ROOT, '.changeset'), names);
  for (const problem of problems) console.error(`  ${problem}`);
  const failures = problems.map((problem) => ({ title: `.changeset: ${problem}`, lines: [] }));
  return { passed: problems.length === 0 ? 1 : 0, failed: problems.length, failures };
}
