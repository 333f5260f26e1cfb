// Merges packages/*/ERRORS.md into docs/errors.md. `node scripts/docs-errors.mjs` writes it, `--check` only compares.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, workspacePackages } from './lib/workspace.mjs';

export const TARGET = join(ROOT, 'docs', 'errors.md');

const HEAD = `# Errors

Every error that flanlab throws on purpose says what happened, why, and how to fix it, and carries one of the codes
below. Compare codes in scripts, never texts. The exit code of the command line tells the kind: 1 a bug of ours, 2 wrong
usage, 3 bad input, 4 the environment (disk, permissions, runtime), 5 numbers that are not finite, 75 interrupted (start
again and the work goes on; 130 after Ctrl-C).

<!-- Made by scripts/docs-errors.mjs from the ERRORS.md of each package: edit those, then run it. -->
`;

/** The sections of one ERRORS.md: code and text, in the file's order. */
export function errorSections(text) {
  return text
    .split(/^(?=## )/m)
    .filter((part) => part.startsWith('## '))
    .map((part) => ({ code: part.slice(3, part.indexOf('\n')).trim(), body: part.slice(part.indexOf('\n')).trim() }));
}

/** The whole page: packages by name, codes in the order their package gives. */
export function errorsPage() {
  const parts = [HEAD];
  for (const { folder, manifest } of workspacePackages()) {
    const file = join(folder, 'ERRORS.md');
    if (!existsSync(file)) continue;
    parts.push(`# ${manifest.name.startsWith('@') ? manifest.name : `${manifest.name} (apps/${basename(folder)})`}\n`);
    for (const { code, body } of errorSections(readFileSync(file, 'utf8'))) parts.push(`## ${code}\n\n${body}\n`);
  }
  return parts.join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const page = errorsPage();
  if (process.argv.includes('--check')) {
    const current = existsSync(TARGET) && readFileSync(TARGET, 'utf8') === page;
    if (!current) console.error('docs/errors.md is not current: run node scripts/docs-errors.mjs');
    process.exitCode = current ? 0 : 1;
  } else {
    mkdirSync(join(TARGET, '..'), { recursive: true });
    writeFileSync(TARGET, page);
  }
}
