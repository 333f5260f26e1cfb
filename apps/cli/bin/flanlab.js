#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`flanlab needs Node 20.19 or newer; this is ${process.versions.node}. See https://nodejs.org.`);
  process.exit(2);
}
let main;
try {
  ({ main } = await import('../dist/main.js'));
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  console.error(`flanlab is not built (${error.message}).\nRun npm run quickstart, or pnpm build, in the workspace.`);
  process.exit(4);
}
process.exitCode = await main(process.argv.slice(2));
