import { FlanlabError } from '@flanlab/errors';

export const REPORT_ERROR_CODES = ['REPORT_STUDY_INVALID', 'STATISTICS_LENGTH_MISMATCH'] as const;

/** What the report package throws; compare `code`. */
export class ReportError extends FlanlabError<(typeof REPORT_ERROR_CODES)[number]> {}
