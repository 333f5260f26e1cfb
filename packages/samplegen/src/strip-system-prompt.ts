/**
 * Takes the system prompt away from a prompt, as a base model is asked without one (behaviour 11.1): everything up to the
 * last `<</SYS>>`, and every `[/INST]`. A Regular prompt keeps one leading newline.
 */
export function stripSystemPrompt(text: string): string {
  const start = text.indexOf('<s>[INST]');
  const close = '\n<</SYS>>\n';
  const end = text.lastIndexOf(close);
  const question =
    start >= 0 && end >= start + '<s>[INST]'.length ? text.slice(0, start) + text.slice(end + close.length) : text;
  return question.replaceAll('\n[/INST]', '').replaceAll('[/INST]', '');
}
