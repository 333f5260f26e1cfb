import { lineChart } from '../charts/line-chart.js';
import { scatterPlot } from '../charts/scatter-plot.js';
import { type Comparison, type Comparisons, type Measure, taskNames } from '../comparisons.js';
import { formatDuration, formatP, type Html, html, jsonForScript, oneDigit, twoDigits } from '../html.js';
import type { Condition, Fact, StudyReport } from '../study-report.js';

/** Settings of a training shown without a click. */
const FACTS_AT_ONCE = 6;

export const factList = (facts: readonly Fact[]): Html =>
  html`<dl class="facts">${facts.map(({ label, value }) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>`;

const MEASURES: Readonly<Record<Measure, { readonly title: string; readonly lead: string }>> = {
  score: { title: 'By task metric', lead: "Each task's own metric." },
  bertscore: {
    title: 'By BERTScore accuracy',
    lead: 'The option most similar to the answer counts as the choice, which forgives wording.',
  },
};

function correlationText({ result, leftOut }: Comparison): Html {
  const { r, interval, p, n, exact, caution } = result;
  return html`<figcaption>Spearman’s r <b>${twoDigits(r)}</b>${
    interval !== null && html` (95 % interval ${twoDigits(interval.low)} to ${twoDigits(interval.high)})`
  }, p ${formatP(p)}${exact ? ' (exact permutation)' : ' (20,000 permutations)'}, n = ${n} ${n === 1 ? 'task' : 'tasks'}.${
    leftOut.length > 0 && html` Left out, as lower is better: ${leftOut.join(', ')}.`
  }${caution !== null && html`<p class="caution">${caution}</p>`}</figcaption>`;
}

function comparisonFigure(comparison: Comparison): Html {
  const { inContext, tuned, tasks } = comparison;
  return html`<figure><h3>${tuned.label}</h3><p class="sub">against ${inContext.label}</p>${scatterPlot(
    tasks.map(({ task, ...values }) => ({ label: task, ...values })),
    {
      xLabel: inContext.label,
      yLabel: tuned.label,
      title: `${tasks.length} tasks: ${inContext.label} against ${tuned.label}`,
    },
  )}${correlationText(comparison)}</figure>`;
}

/** Scatter plots of in-context against tuned scores, one group a measure. */
export function correlationSection(compared: Comparisons): Html {
  const groups = (Object.keys(MEASURES) as Measure[])
    .map((measure) => ({ measure, comparisons: compared[measure] }))
    .filter(({ comparisons }) => comparisons.length > 0);
  if (groups.length === 0) {
    return html`<p class="empty">No task was tested both in context and after tuning, so there is nothing to compare.</p>`;
  }
  return html`${groups.map(
    ({ measure, comparisons }, index) =>
      html`<h3${index > 0 && html` style="margin-top:30px"`}>${MEASURES[measure].title}</h3><p class="lead">${MEASURES[measure].lead}</p><div class="plots pairs">${comparisons.map(comparisonFigure)}</div>`,
  )}`;
}

function meanScore({ evaluations }: StudyReport, { id }: Condition): number | null {
  const scores = evaluations.flatMap(({ condition, score, higherIsBetter }) =>
    condition === id && score !== null && higherIsBetter ? [score] : [],
  );
  return scores.length === 0 ? null : scores.reduce((a, b) => a + b) / scores.length;
}

/** The few numbers to see first: strongest evidence on the question, and the means. */
export function summaryCards(study: StudyReport, compared: Comparisons): Html {
  // The comparison with most tasks, the paper's measure first where both have as many.
  const comparisons = [...compared.bertscore, ...compared.score];
  const main = comparisons.reduce<Comparison | null>(
    (best, next) => (best === null || next.result.n > best.result.n ? next : best),
    null,
  );
  return html`<div class="cards">${
    main !== null &&
    html`<div class="card wide"><div class="big">r = ${twoDigits(main.result.r)}</div><p>Spearman’s r between ${main.inContext.label} and ${main.tuned.label} over ${main.result.n} tasks${main.measure === 'bertscore' && ' (BERTScore accuracy)'}, p ${formatP(main.result.p)}${comparisons.length > 1 && ` (one of ${comparisons.length} comparisons)`}.${main.result.caution !== null && html` <span class="is-partial">${main.result.caution}</span>`}</p></div>`
  }${study.conditions
    .map((condition) => {
      const mean = meanScore(study, condition);
      return (
        mean !== null &&
        html`<div class="card family-${condition.family}"><div class="big">${oneDigit(mean)}</div><p><span class="swatch"></span>${condition.label}<br>mean score over tasks</p></div>`
      );
    })
    .filter((card) => card !== false)}</div>`;
}

/** Facts that may be many: the first ones at once, the rest on request. */
const foldedFacts = (facts: readonly Fact[]): Html =>
  html`${factList(facts.slice(0, FACTS_AT_ONCE))}${
    facts.length > FACTS_AT_ONCE &&
    html`<details><summary>${facts.length - FACTS_AT_ONCE} more settings</summary>${factList(facts.slice(FACTS_AT_ONCE))}</details>`
  }`;

export function trainingSection({ trainings }: StudyReport): Html {
  if (trainings.length === 0) return html`<p class="empty">Nothing was trained in this study.</p>`;
  return html`<div class="plots">${trainings.map(
    ({ label, facts, curve }) =>
      html`<figure><h3>${label}</h3>${lineChart(curve, label)}<figcaption>${foldedFacts(facts)}</figcaption></figure>`,
  )}</div>`;
}

const choice = (id: string, label: string, options: readonly (readonly [string, string])[]): Html =>
  html`<label for="filter-${id}">${label}<select id="filter-${id}">${options.map(([value, text]) => html`<option value="${value}">${text}</option>`)}</select></label>`;

/** Filters, an empty list and an empty pane: the script fills them from the data element. */
export function responseBrowser(study: StudyReport): Html {
  return html`<div class="scroll">
<div class="filters">${choice('task', 'Task', [['', 'All tasks'], ...taskNames(study).map((task) => [task, task] as const)])}${choice(
    'condition',
    'Condition',
    [['', 'All conditions'], ...study.conditions.map(({ id, label }) => [id, label] as const)],
  )}${choice('verdict', 'Answer', [
    ['', 'All answers'],
    ['correct', 'Correct'],
    ['wrong', 'Wrong'],
    ['partial', 'Partly right'],
    ['unscored', 'Without row score'],
    ['nothing', 'Nothing extracted'],
    ['length', 'Stopped at the length limit'],
  ])}<label for="filter-words">Contains<input id="filter-words" type="search" placeholder="prompt, response, target"></label><output id="response-count" aria-live="polite"></output></div>
<div class="browser"><ol class="list" id="response-list" aria-label="Responses"></ol><div class="detail" id="response-detail" aria-live="polite"><noscript>This part needs scripts; the rows are in the per-sample files too.</noscript></div></div></div>`;
}

/** The browser's data, apart from the page so that the page stays readable as source. */
export function responseData(study: StudyReport, rowsShown: number): Html {
  return jsonForScript({
    conditions: Object.fromEntries(study.conditions.map(({ id, label }) => [id, label])),
    evaluations: study.evaluations.map(({ task, condition, rows }) => ({
      task,
      condition,
      rows: rows.slice(0, rowsShown),
    })),
  });
}

export function provenanceSection({
  models,
  timings,
  environment,
  hashes,
  evaluations,
  notes = [],
}: StudyReport): Html {
  const longest = timings.reduce((longestSoFar, { seconds }) => Math.max(longestSoFar, seconds), 0);
  const scored = evaluations.flatMap(({ bertScore }) => (bertScore === null ? [] : [bertScore]));
  const signatures = [...new Set(scored.map(({ signature }) => signature))].map((value) => ({
    label: 'BERTScore',
    value,
  }));
  const cut = scored.reduce((sum, { truncatedTexts = 0 }) => sum + truncatedTexts, 0);
  return html`${notes.length > 0 && html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>`}
${
  models.length > 0 &&
  html`<div class="scroll" tabindex="0" role="region" aria-label="Models"><table><caption>Models</caption><thead><tr><th scope="col">Model</th><th scope="col">Facts</th><th scope="col">Hash of its files</th></tr></thead><tbody>${models.map(
    ({ label, facts, hash }) =>
      html`<tr><th scope="row">${label}</th><td>${facts.map(({ label: name, value }) => `${name} ${value}`).join(' · ')}</td><td class="hash">${hash}</td></tr>`,
  )}</tbody></table></div>`
}
${
  timings.length > 0 &&
  html`<div class="scroll" style="margin-top:18px" tabindex="0" role="region" aria-label="Timings"><table><caption>Time of each stage</caption><thead><tr><th scope="col">Stage</th><th scope="col" class="number">Time</th><th scope="col" style="width:45%"></th></tr></thead><tbody>${timings.map(
    ({ stage, seconds, cached }) =>
      html`<tr><th scope="row">${stage}</th><td class="number">${cached ? html`<span class="empty">taken over</span>` : formatDuration(seconds)}</td><td>${!cached && html`<span class="bar" style="width:${((100 * seconds) / longest).toFixed(1)}%"></span>`}</td></tr>`,
  )}</tbody></table></div>`
}
${factList(environment)}
<details><summary>Hashes and signatures</summary><div class="scroll" style="margin-top:10px"><table><caption>Hashes</caption><tbody>${[
    ...hashes,
    ...signatures,
    ...(cut > 0 ? [{ label: 'BERTScore', value: `${cut} texts were longer than its encoder takes and were cut` }] : []),
    ...evaluations.map(({ id, hash }) => ({ label: id, value: hash })),
  ].map(
    ({ label, value }) => html`<tr><th scope="row">${label}</th><td class="hash">${value}</td></tr>`,
  )}</tbody></table></div></details>`;
}
