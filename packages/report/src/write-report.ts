import { readJson, writeFileAtomic } from '@flanlab/files';
import { ReportError } from './errors.js';
import { type RenderOptions, renderReport } from './render-report.js';
import type { StudyReport } from './study-report.js';

export interface WriteReportOptions extends RenderOptions {
  readonly outFile: string;
  readonly study: StudyReport;
}

/** Writes the page atomically and says how big it became. */
export async function writeReport({
  outFile,
  study,
  ...options
}: WriteReportOptions): Promise<{ readonly sizeBytes: number }> {
  const page = Buffer.from(renderReport(study, options), 'utf8');
  await writeFileAtomic(outFile, page);
  return { sizeBytes: page.length };
}

const LISTS = [
  'facts',
  'hashes',
  'environment',
  'timings',
  'models',
  'trainings',
  'conditions',
  'evaluations',
] as const satisfies readonly (keyof StudyReport)[];

/**
 * Reads a study that was written as JSON, for a report without any of its models.
 * @throws {ReportError} `REPORT_STUDY_INVALID` when the file is no study of this version
 */
export async function readStudyReport(path: string): Promise<StudyReport> {
  const value = await readJson(path);
  const study = (typeof value === 'object' && value !== null ? value : {}) as Partial<
    Record<keyof StudyReport, unknown>
  >;
  const problems = [
    ...(study.version === 1 ? [] : [`version is ${JSON.stringify(study.version) ?? 'missing'}, not 1`]),
    ...(typeof study.title === 'string' ? [] : ['title is no text']),
    ...LISTS.filter((key) => !Array.isArray(study[key])).map((key) => `${key} is no list`),
  ];
  if (problems.length === 0) return value as StudyReport;
  throw new ReportError('REPORT_STUDY_INVALID', {
    what: `${path} is no study that this version can show.`,
    why: `${problems.join('; ')}.`,
    fix: 'Make it again with the same version of flanlab.',
  });
}
