/**
 * The response browser, as plain script for the page. Text of a study only ever reaches `textContent`, so nothing in a
 * response can become markup. Without scripts the rest of the page still works.
 */
export const BROWSER_SCRIPT = `
'use strict';
(() => {
  const root = document.documentElement;
  const themeButton = document.querySelector('.theme');
  themeButton.hidden = false;
  themeButton.addEventListener('click', () => {
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
  });

  const data = JSON.parse(document.getElementById('responses-data').textContent);
  const rows = data.evaluations.flatMap((evaluation, e) => evaluation.rows.map((row, r) => ({ ...row, evaluation, id: e + '.' + r, number: r + 1 })));
  const find = (id) => document.getElementById(id);
  const [task, condition, verdict, words] = ['task', 'condition', 'verdict', 'words'].map((name) => find('filter-' + name));
  const [list, detail, count] = [find('response-list'), find('response-detail'), find('response-count')];
  const SIGNS = { correct: '✓', wrong: '✗', partial: '◐', unscored: '·' };
  const PAGE = 250;
  let shown = [];
  let current = null;
  let limit = PAGE;

  const element = (name, attributes = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  };
  const verdictOf = ({ score }) => (score === null ? 'unscored' : score >= 1 ? 'correct' : score <= 0 ? 'wrong' : 'partial');
  const visible = (text) => (text === '' ? '(empty)' : text);
  const passes = (row) => {
    if (task.value && row.evaluation.task !== task.value) return false;
    if (condition.value && row.evaluation.condition !== condition.value) return false;
    if (verdict.value === 'nothing' ? row.rule !== 'nothing' : verdict.value === 'length' ? row.finish !== 'length' : verdict.value && verdictOf(row) !== verdict.value) return false;
    const wanted = words.value.trim().toLowerCase();
    return !wanted || [row.prompt, row.response, row.target].some((text) => text.toLowerCase().includes(wanted));
  };

  function highlighted({ response, region }) {
    if (region === null) return [visible(response)];
    return [response.slice(0, region.start), element('mark', {}, response.slice(region.start, region.end)), response.slice(region.end)];
  }
  function block(title, ...content) {
    return [element('h4', {}, title), ...content];
  }
  function show(row, { remember = true } = {}) {
    current = row;
    for (const button of list.querySelectorAll('button')) button.setAttribute('aria-current', String(button.dataset.id === row.id));
    const state = verdictOf(row);
    const label = data.conditions[row.evaluation.condition] ?? row.evaluation.condition;
    const score = row.score === null ? 'a single row has no score under this metric' : row.score >= 1 ? 'correct' : row.score <= 0 ? 'wrong' : 'scores ' + (100 * row.score).toFixed(1);
    const options = row.options.map((option) => element('li', option === row.target ? { class: 'is-target' } : {}, option));
    const pair = element('div', { class: 'pair' }, element('div', {}, ...block('Extracted answer', element('pre', {}, visible(row.answer)))), element('div', {}, ...block('Target', element('pre', {}, row.target))));
    detail.replaceChildren(
      element('h3', {}, element('span', { class: 'sign is-' + state }, SIGNS[state]), row.evaluation.task + ' · ' + label, element('small', {}, 'row ' + row.number + ' · ' + score)),
      ...block('Prompt', element('pre', { class: 'prompt', tabindex: '0' }, row.prompt)),
      ...block('Response, as the model wrote it', element('pre', {}, ...highlighted(row))),
      pair,
      ...block('Why this answer', element('p', { class: 'why' }, row.why)),
      ...(options.length === 0 ? [] : block('Options', element('ul', { class: 'chips' }, ...options))),
      ...(row.similarOption === null ? [] : block('Most similar option (BERTScore)', element('p', { class: 'why' }, row.similarOption + (row.similarOption === row.target ? ' – the target' : ' – not the target')))),
      ...(row.finish === 'length' ? block('Note', element('p', { class: 'why' }, 'The model was stopped at the length limit before it ended by itself.')) : []),
    );
    detail.scrollTop = 0;
    if (remember) history.replaceState(null, '', '#response=' + row.id);
  }
  function item(row) {
    const state = verdictOf(row);
    const button = element('button', { type: 'button', 'data-id': row.id },
      element('span', { class: 'sign is-' + state, 'aria-label': state }, SIGNS[state]),
      element('span', { class: 'what' }, visible(row.answer) + ' → ' + row.target),
      element('small', {}, row.evaluation.task + ' · ' + (data.conditions[row.evaluation.condition] ?? '')));
    button.addEventListener('click', () => show(row));
    return element('li', {}, button);
  }
  function fill() {
    const items = shown.slice(0, limit).map(item);
    if (shown.length > limit) {
      const more = element('button', { type: 'button' }, '', element('span', {}, 'Show more'));
      more.addEventListener('click', () => { limit += PAGE; fill(); });
      items.push(element('li', {}, more));
    }
    list.replaceChildren(...items);
    count.textContent = shown.length.toLocaleString('en') + ' of ' + rows.length.toLocaleString('en') + ' responses';
    if (current !== null && shown.includes(current)) show(current, { remember: false });
    else if (shown.length > 0) show(shown[0], { remember: false });
    else detail.replaceChildren(element('p', { class: 'empty' }, 'No response passes these filters.'));
  }
  function filter() {
    limit = PAGE;
    shown = rows.filter(passes);
    fill();
  }
  for (const field of [task, condition, verdict]) field.addEventListener('change', filter);
  words.addEventListener('input', filter);
  list.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const next = step && shown[shown.indexOf(current) + step];
    if (!next) return;
    event.preventDefault();
    show(next);
    list.querySelector('[data-id="' + next.id + '"]')?.focus();
  });
  const linked = /^#response=([0-9]+[.][0-9]+)$/.exec(location.hash);
  current = (linked && rows.find(({ id }) => id === linked[1])) ?? null;
  filter();
  if (current !== null && linked) {
    limit = Math.max(PAGE, shown.indexOf(current) + 1);
    fill();
    list.querySelector('[aria-current=true]').scrollIntoView();
    find('responses').scrollIntoView();
  }
})();
`;
