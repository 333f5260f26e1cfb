/**
 * Text in UTF-8. Bytes that are no text are an error: a question mark in their place would go unnoticed.
 * @throws {RangeError}
 */
export function strictText(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end);
  // Only what was decoded to U+FFFD can have been wrong, unless that very character is stored.
  if (text.includes('\ufffd') && !Buffer.from(text, 'utf8').equals(bytes.subarray(start, end)))
    throw new RangeError('A value is not text in UTF-8 (columns of bytes cannot be rows).');
  return text;
}
