import { taskNames } from '../comparisons.js';
import { type Html, html, oneDigit } from '../html.js';
import type { Condition, ReportEvaluation, StudyReport } from '../study-report.js';

const percentOf = (value: number): number => Math.min(100, Math.max(0, value));

/** A bar from 0 to 100 with the interval as a band and the score as a dot; decoration, the numbers stand beside it. */
function strip({ score, interval }: ReportEvaluation): Html | null {
  if (score === null || score < 0 || score > 100) return null;
  const low = percentOf(interval?.low ?? score);
  const high = percentOf(interval?.high ?? score);
  return html`<svg class="strip" viewBox="0 0 100 9" preserveAspectRatio="none" aria-hidden="true"><rect class="track" y="3.5" width="100" height="2" rx="1"/><rect class="band" x="${low}" y="2" width="${high - low}" height="5"/><rect class="dot" x="${percentOf(score) - 0.9}" y="0" width="1.8" height="9" rx=".6"/></svg>`;
}

function scoreCell(evaluation: ReportEvaluation | undefined, family: Condition['family']): Html {
  if (evaluation === undefined) return html`<td class="score empty">not tested</td>`;
  const { score, interval, n, bertScore, higherIsBetter } = evaluation;
  return html`<td class="score family-${family}"><b>${oneDigit(score)}</b>${
    interval !== null && html`<span class="range">${oneDigit(interval.low)} – ${oneDigit(interval.high)}</span>`
  }${higherIsBetter ? strip(evaluation) : null}<span class="more">${
    bertScore !== null && html`<abbr title="BERTScore accuracy">BSA</abbr> ${oneDigit(bertScore.accuracy)} · `
  }n ${n}</span></td>`;
}

/** Tasks down, conditions across. */
export function scoreTable(study: StudyReport): Html {
  const { conditions, evaluations } = study;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Scores"><table class="scores" style="min-width:${150 + 165 * conditions.length}px">
<caption>Scores by task and condition, with 95 % interval, number of rows and BERTScore accuracy</caption>
<thead><tr><th scope="col">Task</th>${conditions.map(
    ({ label, family, description }) =>
      html`<th scope="col" class="family-${family}"><span class="swatch"></span>${label}${description !== undefined && html`<small>${description}</small>`}</th>`,
  )}</tr></thead>
<tbody>${taskNames(study).map((task) => {
    const ofTask = evaluations.filter((evaluation) => evaluation.task === task);
    const [first] = ofTask;
    return html`<tr><th scope="row">${task}<small>${first?.metric}${first?.higherIsBetter === false && ', lower is better'}</small>${
      first?.cluster !== null && html`<small>${first?.cluster}</small>`
    }</th>${conditions.map(({ id, family }) =>
      scoreCell(
        ofTask.find(({ condition }) => condition === id),
        family,
      ),
    )}</tr>`;
  })}</tbody></table></div>`;
}

const share = (count: number, n: number): Html =>
  html`<td class="number">${count === 0 ? html`<span class="empty">0</span>` : html`${count} <small class="empty">(${((100 * count) / n).toFixed(0)} %)</small>`}</td>`;

/** How often answers were missing or cut, by condition. */
export function qualityTable({ conditions, evaluations }: StudyReport): Html {
  const rows = conditions.flatMap((condition) => {
    const own = evaluations.filter((evaluation) => evaluation.condition === condition.id);
    return own.length === 0 ? [] : [{ condition, own, n: own.reduce((sum, { n }) => sum + n, 0) }];
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Response quality"><table>
<caption>Responses without an answer, empty answers and cut texts by condition</caption>
<thead><tr><th scope="col">Condition</th><th scope="col" class="number">Responses</th><th scope="col" class="number">Nothing extracted</th><th scope="col" class="number">Empty answer</th><th scope="col" class="number">Stopped at the length limit</th><th scope="col" class="number">Prompt cut</th></tr></thead>
<tbody>${rows.map(({ condition, own, n }) => {
    const total = (key: keyof ReportEvaluation['counts']): number =>
      own.reduce((sum, { counts }) => sum + counts[key], 0);
    return html`<tr><th scope="row" class="family-${condition.family}"><span class="swatch"></span>${condition.label}</th><td class="number">${n}</td>${share(total('nothingExtracted'), n)}${share(total('emptyPredictions'), n)}${share(total('reachedLengthLimit'), n)}${share(total('promptsTruncated'), n)}</tr>`;
  })}</tbody></table></div>`;
}
