// How the management page looks: light or dark, as the reader's system is.

export const PAGE_STYLE = `:root {
  --back: #f6f7f9; --card: #fff; --text: #1b2430; --dim: #5c6776; --line: #dfe3e9; --accent: #c2410c; --soft: #fdf1ea;
  --ready: #2563eb; --unacked: #b45309; --good: #15803d; --bad: #b91c1c;
  color-scheme: light dark;
  font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #12161c; --card: #1a2029; --text: #e4e8ee; --dim: #97a3b3; --line: #2b3440; --accent: #fb923c; --soft: #2a211b;
    --ready: #60a5fa; --unacked: #fbbf24; --good: #4ade80; --bad: #f87171;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); }
header { display: flex; flex-wrap: wrap; gap: .4rem 1.5rem; align-items: center; padding: .8rem 1.5rem; background: var(--card); }
h1 { font-size: 1.1rem; margin: 0; display: flex; flex-wrap: wrap; gap: 0 .5rem; white-space: nowrap; align-items: center; flex: 1 1 auto; }
h1 #about { font-weight: 400; color: var(--dim); font-size: .9rem; }
.mark { width: 1.1rem; height: 1.1rem; border-radius: .3rem; background: var(--accent); }
header p { margin: 0; color: var(--dim); }
label { color: var(--dim); }
select, input { font: inherit; color: var(--text); background: var(--back); border: 1px solid var(--line); border-radius: .4rem; padding: .25rem .5rem; }
select:focus-visible, input:focus-visible, a:focus-visible, button:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
nav { display: flex; gap: .2rem; padding: 0 1.5rem; background: var(--card); border-bottom: 1px solid var(--line); overflow-x: auto; }
nav a { padding: .5rem .8rem; color: var(--dim); text-decoration: none; border-bottom: 2px solid transparent; white-space: nowrap; }
nav a:hover { color: var(--text); }
nav a[aria-current] { color: var(--text); border-color: var(--accent); font-weight: 600; }
main { padding: 1.2rem 1.5rem; display: grid; gap: 1.2rem; grid-template-columns: minmax(0, 1fr); }
footer { padding: 0 1.5rem 1.5rem; color: var(--dim); font-size: .85rem; }
footer .bad, .bad { color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .8rem; }
.tile, .panel { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
.tile { padding: .7rem .9rem; }
.tile dt { color: var(--dim); font-size: .85rem; }
.tile dd { margin: 0; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
.tile dd small { font-size: .8rem; color: var(--dim); display: block; min-height: 1.2em; }
.tile svg { display: block; width: 100%; height: 2rem; margin-top: .3rem; }
.tile polyline { fill: none; stroke: var(--accent); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
dl { margin: 0; }
h2 { font-size: .95rem; margin: 0 0 .5rem; }
h2 small { color: var(--dim); font-weight: 400; }
.bar { display: flex; gap: 1rem; align-items: center; flex-wrap: wrap; }
.bar h2 { margin: 0; flex: 1 1 auto; }
.panel { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem .8rem; border-bottom: 1px solid var(--line); white-space: nowrap; vertical-align: top; }
tr:last-child > td { border-bottom: 0; }
th { color: var(--dim); font-weight: 500; font-size: .85rem; }
th button { all: unset; cursor: pointer; }
th[aria-sort] button::after { content: " \\25B2"; font-size: .7em; }
th[aria-sort="descending"] button::after { content: " \\25BC"; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.ready { color: var(--ready); }
.unacked { color: var(--unacked); }
.zero { color: var(--dim); }
.name { font-weight: 500; max-width: 26rem; overflow: hidden; text-overflow: ellipsis; }
.name button { all: unset; cursor: pointer; color: var(--accent); }
.name button::before { content: "\\25B8\\A0"; color: var(--dim); }
.name button[aria-expanded="true"]::before { content: "\\25BE\\A0"; }
.tag { display: inline-block; padding: 0 .4rem; border-radius: .3rem; border: 1px solid var(--line); color: var(--dim); font-size: .8rem; margin-right: .25rem; }
.tag.policy { color: var(--accent); border-color: currentColor; }
.detail > td { background: var(--soft); white-space: normal; padding: .8rem; }
.detail table { margin: 0 0 .6rem; width: auto; }
.detail h3 { font-size: .85rem; margin: 0 0 .2rem; color: var(--dim); font-weight: 500; }
.empty { padding: 1.2rem; color: var(--dim); }
code { font: .9em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
`;
