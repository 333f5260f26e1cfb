import type { InspectedRow, InspectedToken } from '@flanlab/trainer';

const LEARNED = '\u001b[30;42m';
const SEEN = '\u001b[2m';
const RESET = '\u001b[0m';

/** Line breaks stay, and become visible. */
const shown = ({ text, decoded }: InspectedToken): string => (text === '' ? decoded : text).replaceAll('\n', '⏎\n');

/** Runs of tokens with the same label, each token divided from the next. */
function* runs(tokens: readonly InspectedToken[]): Generator<{ readonly target: boolean; readonly text: string }> {
  let start = 0;
  for (let i = 1; i <= tokens.length; i++) {
    if (i < tokens.length && tokens[i]!.target === tokens[start]!.target) continue;
    yield { target: tokens[start]!.target, text: tokens.slice(start, i).map(shown).join('·') };
    start = i;
  }
}

/**
 * A row's tokens, divided by dots; what the model learns is green, what it only sees is dim. Without colours, what it
 * learns stands between 【 and 】.
 */
export function formatTokens(row: InspectedRow, { colour }: { readonly colour: boolean }): string {
  const { tokens, targets, truncated, doubleBos, learnsToStop } = row;
  const marked = [...runs(tokens)].map(({ target, text }) => {
    if (!colour) return target ? `【${text}】` : text;
    // Colours end before each line break, or terminals paint the rest of the line.
    const paint = target ? LEARNED : SEEN;
    return text
      .split('\n')
      .map((line) => `${paint}${line}${RESET}`)
      .join('\n');
  });
  const notes = [
    `${tokens.length} tokens, ${targets} of them learned${truncated ? ', cut at maxLength' : ''}.`,
    learnsToStop
      ? 'The model learns to stop here.'
      : 'The model does not learn to stop here: the row has no learned end.',
    ...(doubleBos ? ['The text brings its own beginning-of-sequence token.'] : []),
  ];
  return [marked.join(''), '', ...notes].join('\n');
}
