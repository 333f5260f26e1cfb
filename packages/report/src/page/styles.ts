/** The page's style sheet. Colours are variables: one set for light, one for dark. */
export const STYLES = `
:root{color-scheme:light dark;--paper:#faf9f7;--card:#fff;--ink:#1d1c1b;--soft:#57534e;--faint:#79726d;--line:#e7e5e4;--grid:#eeece9;
--base:#78716c;--context:#0f766e;--tuned:#4338ca;--accent:#4338ca;--good:#15803d;--bad:#b91c1c;--part:#a16207;--mark:#fde68a;--mark-ink:#422006;--warn:#fff7e6;--warn-line:#f5d08a;--code:#f5f4f2}
@media(prefers-color-scheme:dark){:root:not([data-theme=light]){--paper:#131316;--card:#1b1b20;--ink:#ececf1;--soft:#a9a9b6;--faint:#8d8d9b;--line:#2d2d35;--grid:#26262d;
--base:#9d9da9;--context:#2dd4bf;--tuned:#a5a1ff;--accent:#a5a1ff;--good:#4ade80;--bad:#f87171;--part:#facc15;--mark:#7a5a10;--mark-ink:#fff7dc;--warn:#2a2413;--warn-line:#6b5518;--code:#232329}}
:root[data-theme=dark]{--paper:#131316;--card:#1b1b20;--ink:#ececf1;--soft:#a9a9b6;--faint:#8d8d9b;--line:#2d2d35;--grid:#26262d;
--base:#9d9da9;--context:#2dd4bf;--tuned:#a5a1ff;--accent:#a5a1ff;--good:#4ade80;--bad:#f87171;--part:#facc15;--mark:#7a5a10;--mark-ink:#fff7dc;--warn:#2a2413;--warn-line:#6b5518;--code:#232329;color-scheme:dark}
:root[data-theme=light]{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-font-smoothing:antialiased}
main,header.top,footer{max-width:1240px;margin:0 auto;padding:0 28px}
header.top{padding-top:52px}
.kicker{margin:0;color:var(--accent);font-size:13px;font-weight:650;letter-spacing:.09em;text-transform:uppercase}
h1{margin:6px 0 10px;font-size:38px;line-height:1.12;letter-spacing:-.022em;font-weight:720;text-wrap:balance}
.question{margin:0;max-width:46em;color:var(--soft);font-size:18px;text-wrap:pretty}
h2{margin:64px 0 6px;font-size:23px;letter-spacing:-.013em;font-weight:680}
h3{margin:0 0 2px;font-size:15.5px;font-weight:650}
.lead{margin:0 0 20px;max-width:50em;color:var(--soft)}
nav{display:flex;flex-wrap:wrap;gap:6px 22px;margin:26px 0 0;padding:11px 0;border-block:1px solid var(--line);font-size:14.5px;align-items:center}
nav a{color:var(--soft);text-decoration:none}nav a:hover{color:var(--accent);text-decoration:underline}
button,select,input{font:inherit;color:inherit}
.theme{margin-left:auto;padding:3px 12px;border:1px solid var(--line);border-radius:99px;background:var(--card);color:var(--soft);font-size:13px;cursor:pointer}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:14px;margin-top:28px}
.card.wide{grid-column:span 2}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:18px 20px}
.card .big{font-size:32px;font-weight:720;letter-spacing:-.02em;line-height:1.15;font-variant-numeric:tabular-nums}
.card p{margin:4px 0 0;text-wrap:pretty;color:var(--soft);font-size:14px;line-height:1.45}
.facts{display:flex;flex-wrap:wrap;gap:4px 26px;margin:20px 0 0;padding:0;font-size:14px}
.facts div{display:flex;gap:7px;max-width:100%}.facts dt{color:var(--faint);white-space:nowrap}.facts dd{margin:0;min-width:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:14px}
table{border-collapse:collapse;width:100%;font-size:14.5px}
caption{padding:0;height:0;overflow:hidden;position:absolute;clip-path:inset(50%)}
th,td{padding:11px 16px;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
tbody tr:last-child>*{border-bottom:0}
thead th{font-weight:600;font-size:13.5px;line-height:1.35;color:var(--soft);vertical-align:bottom;background:color-mix(in srgb,var(--line) 28%,var(--card))}
thead th small{display:block;font-weight:400;color:var(--faint)}
tbody th{font-weight:600;white-space:nowrap}
tbody th small{display:block;color:var(--faint);font-weight:400;font-size:12.5px}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.swatch{display:inline-block;width:9px;height:9px;border-radius:3px;margin-right:7px;background:var(--family)}
.family-base{--family:var(--base)}.family-in-context{--family:var(--context)}.family-tuned{--family:var(--tuned)}
table.scores{table-layout:fixed}.scores thead th:first-child{width:160px}
th,td{padding-inline:14px}
.score b{font-size:18px;font-weight:680;font-variant-numeric:tabular-nums}
.score .range{margin-left:7px;color:var(--faint);font-size:12.5px;font-variant-numeric:tabular-nums;white-space:nowrap}
.score .more{display:block;color:var(--soft);font-size:12.5px;font-variant-numeric:tabular-nums;white-space:nowrap}
.strip{display:block;width:100%;height:9px;margin:3px 0 4px}
.strip .track{fill:var(--grid)}.strip .band{fill:var(--family);opacity:.3}.strip .dot{fill:var(--family)}
.empty{color:var(--faint)}
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));gap:18px}
.plots.pairs{grid-template-columns:repeat(auto-fill,minmax(min(100%,440px),1fr))}
figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:14px;padding:18px 18px 16px}
figure .sub{margin:0 0 8px;color:var(--soft);font-size:13.5px}
figcaption{margin-top:8px;font-size:14px;color:var(--soft);line-height:1.5}
figcaption b{color:var(--ink);font-variant-numeric:tabular-nums}
.chart{display:block;width:100%;height:auto;font:11.5px ui-sans-serif,system-ui,sans-serif}
.grid{stroke:var(--grid)}.tick{fill:var(--faint);font-variant-numeric:tabular-nums}.axis{fill:var(--soft);font-size:12px}
.equal{stroke:var(--faint);stroke-dasharray:4 4}.whisker{stroke:var(--tuned);opacity:.27;stroke-width:1.5}
.point{fill:var(--tuned);stroke:var(--card);stroke-width:1.5}.label{fill:var(--ink);font-size:11.5px;paint-order:stroke;stroke:var(--card);stroke-width:3px;stroke-linejoin:round}
.raw{fill:none;stroke:var(--tuned);opacity:.25}.smooth{fill:none;stroke:var(--tuned);stroke-width:2.1;stroke-linejoin:round}
.eval{fill:var(--context);stroke:var(--card);stroke-width:1.5}
.caution{margin:10px 0 0;padding:8px 12px;background:var(--warn);border:1px solid var(--warn-line);border-radius:9px;color:var(--ink);font-size:13.5px}
.filters{display:flex;flex-wrap:wrap;gap:10px 12px;align-items:end;padding:16px 18px;border-bottom:1px solid var(--line)}
.filters label{display:grid;gap:3px;color:var(--soft);font-size:12.5px}
.filters select,.filters input{height:34px;padding:6px 10px;border:1px solid var(--line);border-radius:8px;background:var(--paper);min-width:140px;max-width:260px;font-size:14px;color:var(--ink)}
.filters output{margin-left:auto;color:var(--soft);font-size:13.5px;font-variant-numeric:tabular-nums;padding-bottom:6px}
.browser{display:grid;grid-template-columns:minmax(230px,330px) 1fr;height:640px}
.list{margin:0;padding:6px;overflow-y:auto;border-right:1px solid var(--line);list-style:none}
.list button{display:grid;grid-template-columns:20px 1fr;gap:2px 7px;width:100%;padding:7px 10px;border:0;border-radius:8px;background:none;text-align:left;cursor:pointer;font-size:13.5px;line-height:1.35}
.list button:hover{background:var(--grid)}.list button[aria-current=true]{background:color-mix(in srgb,var(--accent) 14%,transparent)}
.list .what{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}.list small{grid-column:2;color:var(--faint);white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.sign{font-weight:700}.is-correct{color:var(--good)}.is-wrong{color:var(--bad)}.is-partial{color:var(--part)}.is-unscored{color:var(--faint)}
.detail{overflow-y:auto;padding:18px 24px 28px;min-width:0}
.detail h3{font-size:16px;display:flex;gap:9px;align-items:baseline;flex-wrap:wrap}.detail h3 small{font-weight:400;color:var(--faint)}
.detail h4{margin:18px 0 5px;font-size:12px;letter-spacing:.06em;text-transform:uppercase;color:var(--faint);font-weight:620}
.detail pre{margin:0;padding:11px 14px;background:var(--code);border-radius:9px;font:13px/1.55 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre-wrap;overflow-wrap:anywhere}
.detail pre.prompt{max-height:300px;overflow-y:auto}
mark{background:var(--mark);color:var(--mark-ink);border-radius:3px;padding:1px 0}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:16px}.why{margin:0;max-width:46em}
.chips{display:flex;flex-wrap:wrap;gap:6px;margin:0;padding:0;list-style:none}.chips li{padding:2px 10px;border:1px solid var(--line);border-radius:99px;font-size:13px}
.chips li.is-target{border-color:var(--good);color:var(--good)}
details{margin-top:14px}summary{cursor:pointer;color:var(--soft);font-size:14.5px}
code,.hash{font:12.5px ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
.bar{display:block;height:8px;border-radius:4px;background:var(--tuned);opacity:.75;min-width:2px}
.notes{max-width:50em;color:var(--soft);padding-left:1.2em}.notes li{margin:5px 0}
footer{margin-top:64px;padding-top:18px;padding-bottom:48px;color:var(--faint);font-size:13.5px}
@media(max-width:760px){.browser{grid-template-columns:1fr;height:auto}.list{max-height:260px;border-right:0;border-bottom:1px solid var(--line)}h1{font-size:29px}main,header.top,footer{padding-inline:16px}.pair{grid-template-columns:1fr}}
@media print{.theme,nav,.filters,.browser{display:none}}
`;
