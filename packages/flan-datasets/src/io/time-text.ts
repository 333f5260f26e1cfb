/** The units in which files count time. */
export type TimeUnitName = 'SECONDS' | 'MILLIS' | 'MICROS' | 'NANOS';

const PER_SECOND: Readonly<Record<TimeUnitName, bigint>> = {
  SECONDS: 1n,
  MILLIS: 1_000n,
  MICROS: 1_000_000n,
  NANOS: 1_000_000_000n,
};
const DAY = 86_400;

/** `2024-02-29`, from the days since 1970. */
export function dateText(days: number): string {
  const date = new Date(days * DAY * 1000);
  if (Number.isNaN(date.getTime())) throw new RangeError(`Day ${days} lies beyond the calendar.`);
  return date.toISOString().slice(0, -14);
}

/** `12:34:56.789`, from the time since midnight; as many digits as are not zero. */
export function timeText(value: bigint, unit: TimeUnitName): string {
  const perSecond = PER_SECOND[unit];
  const seconds = value / perSecond;
  if (value < 0n || seconds >= BigInt(DAY)) throw new RangeError(`${value} ${unit} is no time of day.`);
  const clock = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map((part) => String(part).padStart(2, '0'));
  return clock.join(':') + fractionText(value % perSecond, perSecond);
}

/**
 * ISO 8601 without loss, as many digits as are not zero: `2024-02-29T12:34:56.789012Z`. The Z is missing where the file says
 * that its times belong to no zone.
 */
export function timestampText(value: bigint, unit: TimeUnitName, isUtc: boolean): string {
  const perDay = BigInt(DAY) * PER_SECOND[unit];
  const inDay = ((value % perDay) + perDay) % perDay;
  return `${dateText(Number((value - inDay) / perDay))}T${timeText(inDay, unit)}${isUtc ? 'Z' : ''}`;
}

/** An exact decimal number: 12345 with scale 2 is `123.45`. */
export function decimalText(unscaled: bigint, scale: number): string {
  if (!Number.isInteger(scale) || scale < 0 || scale > 100)
    throw new RangeError(`${scale} decimal places are no scale.`);
  if (scale === 0) return String(unscaled);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function fractionText(part: bigint, perSecond: bigint): string {
  if (part === 0n) return '';
  const digits = String(perSecond).length - 1;
  return `.${String(part).padStart(digits, '0').replace(/0+$/, '')}`;
}
