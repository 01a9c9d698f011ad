import type { Deployment } from '#lib/deployments/types.ts'
import { escapeHtml } from '#lib/format/html.ts'

const style = `body{font:14px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2430}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid #d5dbe3}
pre{background:#f3f5f8;padding:.8rem;overflow:auto}.APPROVED,.passed{color:#146c43}.BLOCKED,.failed{color:#b3261e}.warning,.skipped,.not-run{color:#8a5a00}`

/** The deployment's report as one self-contained HTML page, for mail and printing. Everything in it is escaped. */
export function writeDeploymentHtml(deployment: Deployment, targetName: string): string {
  const rows = deployment.steps.map(
    (step) =>
      `<tr><td>${step.name}</td><td class="${step.status}">${step.status}</td><td>${escapeHtml(step.details)}` +
      `${step.evidence.length > 0 ? `<ul>${step.evidence.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>` : ''}</td>` +
      `<td>${(step.durationMs / 1000).toFixed(1)} s</td></tr>`,
  )
  const code = (title: string, text: string | null): string =>
    text ? `<h2>${title}</h2><pre>${escapeHtml(text)}</pre>` : ''
  const verdict = deployment.verdict ?? 'NOT VALIDATED'
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Deployment ${deployment.number}: ${escapeHtml(deployment.title)}</title><style>${style}</style>
<h1>Deployment ${deployment.number}: ${escapeHtml(deployment.title)}</h1>
<p><strong class="${verdict}">${verdict}</strong> · target ${escapeHtml(targetName)} · requested by ${escapeHtml(deployment.requestedBy)} · ${deployment.createdAt.toISOString()}</p>
<ul>${deployment.reasons.map((reason) => `<li>${escapeHtml(reason)}</li>`).join('')}</ul>
<table><thead><tr><th>Step</th><th>Status</th><th>Details</th><th>Time</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>
${code('Migration', deployment.request.migration)}${code('Rollback', deployment.request.rollback)}
</html>`
}
