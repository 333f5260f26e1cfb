import { defineConfig } from 'vitest/config';

/** Tests about the workspace as a whole: documentation, package borders, scripts. */
export default defineConfig({
  test: {
    include: ['tests/**/*.test.mjs'],
    reporters: ['default', 'json'],
    outputFile: { json: '.test-results.json' },
    pool: 'forks',
    testTimeout: 60_000,
  },
});
