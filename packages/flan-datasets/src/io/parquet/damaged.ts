/** Something in a file that cannot be: thrown while decoding, turned into a typed error with the file's name by the reader. */
export class DamagedError extends Error {}

/** A file that may be fine but uses something we do not read: names it, and says what to write instead. */
export class UnsupportedError extends Error {
  constructor(
    message: string,
    readonly fix: string,
  ) {
    super(message);
  }
}
