/** The public page's own style: light, dark, phone and paper. One text, so that the page's policy can name its hash. */
export const statusStyles = `:root{color-scheme:light dark;--canvas:#f6f8f9;--surface:#fff;--line:#dde3e6;--ink:#1c262c;--soft:#55636b;--good:#18774c;--warn:#8a5a00;--bad:#b3261e;--idle:#65737b;--work:#1f6f86;--good-bar:#3fae7a;--warn-bar:#dc9f2e;--bad-bar:#d8473d;--idle-bar:#c4ccd1;}
@media (prefers-color-scheme:dark){:root{--canvas:#14191c;--surface:#1b2226;--line:#333d43;--ink:#e9eef0;--soft:#a9b5bb;--good:#62d39d;--warn:#f0bd5a;--bad:#ff8a80;--idle:#a9b5bb;--work:#6fc7de;--good-bar:#2f9467;--warn-bar:#b98321;--bad-bar:#c2453c;--idle-bar:#414c52;}}
*{box-sizing:border-box;margin:0;}
body{background:var(--canvas);color:var(--ink);font:16px / 1.5 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;}
main{max-width:46rem;margin:0 auto;padding:2rem 1rem 3rem;}
h1{font-size:1.5rem;line-height:2rem;}
h2{font-size:1rem;overflow-wrap:anywhere;}
ul{list-style:none;padding:0;}
section{margin-top:1.5rem;}
.overall{margin-top:1rem;padding:0.75rem 1rem;border:1px solid;border-left-width:6px;border-radius:6px;background:var(--surface);font-weight:600;}
.notice{padding:0.75rem 1rem;border:1px solid var(--line);border-radius:6px;background:var(--surface);white-space:pre-wrap;overflow-wrap:anywhere;}
.services,.windows{margin-top:1.5rem;border:1px solid var(--line);border-radius:6px;background:var(--surface);}
.windows{margin-top:0.5rem;}
li{padding:1rem;}
li + li{border-top:1px solid var(--line);}
.line{display:flex;justify-content:space-between;gap:1rem;}
.operational{color:var(--good);}
.degraded{color:var(--warn);}
.down{color:var(--bad);}
.maintenance{color:var(--work);}
.unknown{color:var(--idle);}
.strip{display:flex;gap:2px;height:2rem;margin-top:0.5rem;}
.strip i{flex:1;border-radius:1px;background:var(--idle-bar);}
.strip .operational{background:var(--good-bar);}
.strip .degraded{background:var(--warn-bar);}
.strip .down{background:var(--bad-bar);}
.scale{display:flex;justify-content:space-between;font-size:0.75rem;}
.scale,.faint,footer{color:var(--soft);}
footer{margin-top:1.5rem;font-size:0.8125rem;}
@media (max-width:30rem){.strip{gap:1px;}
.strip i:nth-child(-n + 45){display:none;}
.scale span:first-child{visibility:hidden;}}
@media print{:root{color-scheme:light;}
.strip i{print-color-adjust:exact;}}`
