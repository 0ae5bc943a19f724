/** The client's place in a trace, from its W3C headers. Without one that is valid, a new trace begins. */
import type { Context, TextMapPropagator } from '@opentelemetry/api'
import type { Redact } from '../redactor.ts'
import type { Sdk } from './load-sdk.ts'

interface ParentOptions extends Pick<Sdk, 'api'> {
  readonly propagator: TextMapPropagator<unknown>
  readonly redact: Redact
}

export const createParentReader =
  ({ api, propagator, redact }: ParentOptions) =>
  (rawHeaders: readonly string[]): Context => {
    const { parents, states } = read(rawHeaders)
    // Of two, nobody can say which one is right.
    const [traceparent] = parents
    if (traceparent === undefined || parents.length > 1) return api.ROOT_CONTEXT
    const tracestate = states.join(',')
    // Spans and upstreams are sent it.
    const carrier =
      redact(tracestate) === tracestate ? { traceparent, tracestate } : { traceparent }
    return propagator.extract(api.ROOT_CONTEXT, carrier, api.defaultTextMapGetter)
  }

const read = (rawHeaders: readonly string[]) => {
  const parents: string[] = []
  const states: string[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    // By its length first: most headers have another one.
    if (name.length === 11 && name.toLowerCase() === 'traceparent')
      parents.push(rawHeaders[at + 1] ?? '')
    else if (name.length === 10 && name.toLowerCase() === 'tracestate')
      states.push(rawHeaders[at + 1] ?? '')
  }
  return { parents, states }
}
