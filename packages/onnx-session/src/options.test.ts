import { expect, it } from 'vitest';
import { nativeOptions } from './options.js';

it('limits how long threads spin, unless told otherwise', () => {
  expect(nativeOptions({}).extra).toEqual({ session: { intra_op: { spin_duration_us: '100' } } });
  const extra = { session: { intra_op: { allow_spinning: '0' } } };
  expect(nativeOptions({ extra }).extra).toEqual(extra);
});

it('keeps what else is configured', () => {
  const extra = { optimization: { disable_specified_optimizers: 'ConstantFolding' } };
  expect(nativeOptions({ extra, externalDataFolder: '/models' })).toMatchObject({
    intraOpNumThreads: expect.any(Number),
    extra: {
      ...extra,
      session: {
        intra_op: { spin_duration_us: '100' },
        model_external_initializers_file_folder_path: '/models',
      },
    },
  });
});
