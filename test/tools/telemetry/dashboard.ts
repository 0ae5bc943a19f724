/** The dashboard for Grafana, and calls after which all that it shows has been counted. */
import { readFileSync } from 'node:fs'
import { CHAT, chatBody, MESSAGES, messagesBody } from '../app/asks.ts'
import type { House } from '../app/house.ts'
import type { Upstream } from '../upstream/start.ts'

interface Target {
  readonly expr: string
  readonly legendFormat: string
}

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly Target[] }[]
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly definition?: string }[]
  }
}

const dashboard = JSON.parse(
  readFileSync(new URL('../../../deploy/grafana/sluice.json', import.meta.url), 'utf8'),
) as Dashboard

export const DASHBOARD_QUERIES = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr, legendFormat }) => ({ title, expr, legendFormat })),
)

export const DASHBOARD_VARIABLES = dashboard.templating.list.flatMap(({ name, definition }) =>
  definition === undefined ? [] : [{ name, definition }],
)

/** As Grafana fills them in. */
export const fillQuery = (text: string): string =>
  text.replaceAll('$__rate_interval', '5m').replaceAll('$__range', '3h').replace(/\$\w+/g, '.*')

/** What no test can bring about at will. */
export const SELDOM: ReadonlySet<string> = new Set(['nodejs_gc_duration_seconds_sum'])

/** The upstream must know this model. */
export const WITHOUT_PRICE = 'without-a-price'

let rounds = 0

/** A call of every kind that is counted. The cache must be on, and has the answer to one of them. */
export const callEverything = async (
  sluice: House,
  upstream: Upstream,
  headers: Record<string, string> = {},
): Promise<void> => {
  const model = `openai/${WITHOUT_PRICE}`
  const text = `round ${++rounds}`
  await sluice.send(CHAT, { body: chatBody(text, { model }), headers })
  upstream.next({ parts: [{ text: 'one two three four' }], pieces: 4, paceMs: 5 })
  await sluice.send(CHAT, { body: chatBody(text, { stream: true }), headers })
  upstream.next({ fault: { status: 400, body: { error: { message: 'no', type: 'x' } } } })
  await sluice.send(MESSAGES, { body: messagesBody(text), headers })
  for (let time = 0; time < 2; time++) await sluice.send(CHAT, { body: chatBody(text), headers })
  await sluice.send('/v1/nowhere')
}
