import { describe, expect, it } from 'vitest';
import { formatDuration, formatP, html, jsonForScript, oneDigit, rawHtml, twoDigits } from './html.js';

it('escapes values, keeps markup, and leaves out what is not there', () => {
  expect(
    html`<p title="${'"\'<&>'}">${'<b>'}${html`<i>${1}</i>`}${[rawHtml('<hr>'), html`${'x'}`]}${null}${false}${undefined}</p>`
      .markup,
  ).toBe('<p title="&quot;&#39;&lt;&amp;&gt;">&lt;b&gt;<i>1</i><hr>x</p>');
});

it('encodes JSON so that no text can end a script element, and nothing is lost', () => {
  const value = { text: '</script><!--<script> & \u2028\u2029 😀 \ud800' };
  const { markup } = jsonForScript(value);
  expect(markup).not.toMatch(/[<>&\u2028\u2029]/);
  expect(JSON.parse(markup)).toEqual(value);
});

describe('numbers for people', () => {
  it.each([
    [oneDigit(47.349), '47.3'],
    [oneDigit(-3), '−3.0'],
    [oneDigit(null), '–'],
    [twoDigits(-0.001), '0.00'],
    [twoDigits(-0.28), '−0.28'],
    [twoDigits(Number.NaN), '–'],
    [formatP(0.0001), '< 0.001'],
    [formatP(0.0331), '= 0.033'],
    [formatP(Number.NaN), '–'],
    [formatDuration(2.14), '2.1 s'],
    [formatDuration(59.97), '1 min 0 s'],
    [formatDuration(119.8), '2 min 0 s'],
    [formatDuration(71.4), '1 min 11 s'],
    [formatDuration(7260), '2 h 1 min'],
  ])('%s', (shown, expected) => {
    expect(shown).toBe(expected);
  });
});
