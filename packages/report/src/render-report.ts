import { compareByEveryMeasure } from './comparisons.js';
import { html, rawHtml } from './html.js';
import { BROWSER_SCRIPT } from './page/browser-script.js';
import { qualityTable, scoreTable } from './page/score-table.js';
import {
  correlationSection,
  factList,
  provenanceSection,
  responseBrowser,
  responseData,
  summaryCards,
  trainingSection,
} from './page/sections.js';
import { STYLES } from './page/styles.js';
import type { StudyReport } from './study-report.js';

// Nothing may be fetched, whatever a response contains: the browser itself enforces it.
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

export interface RenderOptions {
  /** Responses of each evaluation that the browser holds, from the first on; 200 when left out. Scores use all rows. */
  readonly rowsShown?: number;
}

/** The whole page as one text: no request leaves it, and the same study always gives the same bytes. */
export function renderReport(study: StudyReport, { rowsShown = 200 }: RenderOptions = {}): string {
  const compared = compareByEveryMeasure(study);
  const evaluationsCut = study.evaluations.filter(({ rows }) => rows.length > rowsShown).length;
  const responses = study.evaluations.reduce((sum, { n }) => sum + n, 0);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${rawHtml(POLICY)}">
<title>${study.title}</title>
<link rel="icon" href="data:,">
<style>${rawHtml(STYLES)}</style>
</head>
<body>
<header class="top">
<p class="kicker">flanlab study</p>
<h1>${study.title}</h1>
${study.question !== undefined && html`<p class="question">${study.question}</p>`}
${factList([...study.facts, { label: 'responses', value: responses.toLocaleString('en') }])}
<nav aria-label="Sections"><a href="#scores">Scores</a><a href="#correlation">In context against tuned</a><a href="#training">Training</a><a href="#quality">Answer quality</a><a href="#responses">Responses</a><a href="#provenance">Provenance</a><button class="theme" type="button" hidden>Light or dark</button></nav>
</header>
<main>
${summaryCards(study, compared)}
<section id="scores"><h2>Scores</h2><p class="lead">The band behind each score is its 95 % interval: Wilson’s for shares of rows, a bootstrap over rows otherwise. BSA is BERTScore accuracy, n the number of rows.</p>${scoreTable(study)}</section>
<section id="correlation"><h2>In context against tuned</h2><p class="lead">If tuning only makes usable what the base model can already do after examples, tasks that are easy in context should be easy after tuning: points follow one order.</p>${correlationSection(compared)}</section>
<section id="training"><h2>Training</h2><p class="lead">Loss of every training run: faint as logged, strong its running mean, dots on held-out rows.</p>${trainingSection(study)}</section>
<section id="quality"><h2>Answer quality</h2><p class="lead">A model that does not answer in the expected form scores low for that reason alone. Here is how often.</p>${qualityTable(study)}</section>
<section id="responses"><h2>Responses</h2><p class="lead">What each model was asked, what it wrote, which part of it counted as the answer, and why.${
    evaluationsCut > 0 &&
    html` Of evaluations with more than ${rowsShown} rows, the first ${rowsShown} are here; the per-sample files have all.`
  }</p>${responseBrowser(study)}</section>
<section id="provenance"><h2>Provenance</h2>${provenanceSection(study)}</section>
</main>
<footer>One file, no network: this page can be archived or sent as it is.</footer>
<script type="application/json" id="responses-data">${responseData(study, rowsShown)}</script>
<script>${rawHtml(BROWSER_SCRIPT)}</script>
</body>
</html>
`.markup;
}
