const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is safe between tags and inside quoted attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (letter) => ENTITIES[letter]!);

/** Markup that is already safe; only {@link html} and {@link rawHtml} make it. */
export interface Html {
  readonly markup: string;
}

/** Declares markup of our own as safe; never pass text from a study. */
export const rawHtml = (markup: string): Html => ({ markup });

type HtmlValue = Html | readonly Html[] | string | number | null | undefined | false;

function render(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return 'markup' in value ? value.markup : value.map(({ markup }) => markup).join('');
}

/** Template tag: literal parts are markup, values are escaped unless they are markup themselves. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return { markup: parts.reduce((text, part, index) => text + render(values[index - 1]) + part) };
}

/**
 * JSON for a script element: no `<`, `>` or `&`, so that no text can end the element or open a comment, and no U+2028 or
 * U+2029, which older engines take for line ends.
 */
export function jsonForScript(value: unknown): Html {
  const escaped = JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return rawHtml(escaped);
}

/** A number with one digit after the point, or a dash. */
export const oneDigit = (value: number | null): string =>
  value === null || !Number.isFinite(value) ? '–' : value.toFixed(1).replace('-', '−');

/** A correlation with two digits and a real minus sign, which a rounded zero never has. */
export const twoDigits = (value: number): string =>
  Number.isFinite(value) ? value.toFixed(2).replace('-0.00', '0.00').replace('-', '−') : '–';

/** A probability as text that never says 0. */
export function formatP(p: number): string {
  if (!Number.isFinite(p)) return '–';
  return p < 0.001 ? '< 0.001' : `= ${p.toFixed(3)}`;
}

export function formatDuration(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
