// The one door from a fresh machine: `npm run quickstart` and `npm test` come here with nothing but Node and npm.
// Syntax and imports stay old on purpose, so that an old Node prints the message below instead of a syntax error.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `flanlab needs Node 20.19 or newer; this is Node ${process.versions.node} (${process.execPath}).\n` +
      'Install a current release from https://nodejs.org (or: nvm install --lts), then run the same command again.',
  );
  process.exit(2);
}
import('./lib/main.mjs').then(({ main }) => main(process.argv.slice(2)));
