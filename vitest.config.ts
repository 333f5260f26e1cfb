import { defineConfig } from 'vitest/config';

/** Shared by every package: `vitest run --config ../../vitest.config.ts --root .` */
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    reporters: ['default', 'json'],
    outputFile: { json: '.test-results.json' },
    // Native sessions are freed with the process; threads would keep the arenas of all files alive at once.
    pool: 'forks',
    maxWorkers: 2,
    // Generous: two packages at a time share the machine, with whatever else runs on it. They catch what hangs, not what is slow.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
