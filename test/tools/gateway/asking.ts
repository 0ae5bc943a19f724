/** Calls that are made in this process, and the scripted upstream that answers them. */
import type { Caller } from '#access'
import type { AppOptions } from '#app'
import type { ModelCall } from '#gateway'
import {
  createDeparture,
  type ModelEvent,
  type ModelRequest,
  type Part,
  type SettledTarget,
  type Settlement,
} from '#model'
import type { Lasting } from '../../../src/app/generation.ts'
import { generationOf } from '../app/generation-of.ts'
import { closeLater, upstreamForTest } from '../app/house.ts'
import { anthropicAt, geminiAt, openaiAt } from '../app/start-sluice.ts'
import type { UpstreamOptions } from '../upstream/start.ts'

export const ANN: Caller = { id: 'ann', name: 'Ann' }

/** What a call has told its listener. */
interface Heard {
  readonly begun: SettledTarget[]
  readonly events: ModelEvent[]
  /** The cost and the tokens beside each event. */
  readonly costs: (number | null)[]
  readonly tokens: number[]
  readonly text: string
}

type Asking = Partial<Omit<ModelCall, 'request'>> & {
  readonly request?: Partial<ModelRequest>
  /** Called at each event. */
  readonly onEvent?: (event: ModelEvent) => void
}

export const turnOf = (...parts: readonly (Part | string)[]): ModelRequest['turns'][number] => ({
  role: 'user',
  parts: parts.map((part) => (typeof part === 'string' ? { kind: 'text', text: part } : part)),
})

export const startAsking = async (
  options: Partial<AppOptions> | ((url: string) => Partial<AppOptions>) = {},
  { upstream: upstreamOptions, ...lasting }: Partial<Lasting> & { upstream?: UpstreamOptions } = {},
) => {
  const upstream = await upstreamForTest(upstreamOptions)
  const { url } = upstream
  const settlements: Settlement[] = []
  const given = typeof options === 'function' ? options(url) : options
  const settlers = [
    (settlement: Settlement) => void settlements.push(settlement),
    ...(given.settlers ?? []),
  ]
  const providers = [openaiAt(url), anthropicAt(url), geminiAt(url)]
  const { generation } = closeLater(generationOf({ providers, ...given, settlers }, lasting))
  let calls = 0

  /** Asks, and hears all that is told. */
  const ask = (model: string, { request = {}, onEvent, ...call }: Asking = {}) => {
    let text = ''
    const heard = { begun: [], events: [], costs: [], tokens: [] } as Omit<Heard, 'text'>
    const departure = createDeparture()
    const asked = generation.gateway.ask(
      {
        requestId: `req_${++calls}`,
        route: 'WS /ws/session/{id}',
        caller: ANN,
        signal: departure,
        ...call,
        request: { model, stream: true, turns: [turnOf('hello')], tools: [], ...request },
      },
      {
        begin: (target) => void heard.begun.push(target),
        event(event, { cost, outputTokens }) {
          heard.events.push(event)
          heard.costs.push(cost)
          heard.tokens.push(outputTokens)
          if (event.type === 'part-delta') text += event.text
          onEvent?.(event)
        },
      },
    )
    return {
      departure,
      outcome: asked,
      heard: {
        ...heard,
        get text() {
          return text
        },
      } satisfies Heard,
    }
  }

  return { upstream, settlements, generation, ask }
}
