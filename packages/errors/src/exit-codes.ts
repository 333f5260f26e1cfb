/**
 * What a process that ends with an error tells its caller. `internal` is a bug of ours; the others are the
 * user's to mend. `interrupted` is EX_TEMPFAIL of sysexits.h: start again and the work goes on.
 */
export const EXIT_CODES = {
  internal: 1,
  usage: 2,
  input: 3,
  environment: 4,
  numeric: 5,
  interrupted: 75,
} as const satisfies Record<string, number>;

export type ErrorKind = keyof typeof EXIT_CODES;
