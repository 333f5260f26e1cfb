/**
 * Refuses the one name that would not become a column of a JavaScript object but its prototype.
 * @throws {RangeError}
 */
export function checkedName(name: string): string {
  if (name !== '__proto__') return name;
  throw new RangeError('It has a column or field called __proto__, which a row cannot have.');
}
