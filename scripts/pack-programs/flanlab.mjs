import { execFileSync } from 'node:child_process';

const flanlab = (...args) =>
  execFileSync('node_modules/.bin/flanlab', args, { encoding: 'utf8', shell: process.platform === 'win32' });
const tasks = JSON.parse(flanlab('tasks', 'list', '--json'));
if (!tasks.some(({ name }) => name === 'rte')) throw new Error('no rte');
if (!flanlab('--help').includes('flanlab quickstart')) throw new Error('help');
