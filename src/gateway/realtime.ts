/** A realtime conversation: where it goes, and the line that it leaves in the log. */
import type { Caller } from '#access'
import { invalidRequest } from '#model'
import type { Router } from '#router'
import type { Log } from '#telemetry'
import { type CallRecord, createCallRecord } from './call-record.ts'
import { toUpstreamHeaders } from './relay-headers.ts'

export interface RealtimeCall {
  readonly requestId: string
  readonly caller: Caller
  readonly rawHeaders: readonly string[]
  /** With its question mark, or empty. */
  readonly query: string
}

export interface RealtimeLine {
  /** Of the upstream's WebSocket. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly connectMs: number
  readonly record: CallRecord
}

const NO_BODY = Buffer.alloc(0)

/** @throws GatewayError */
export const findRealtime = async (
  call: RealtimeCall,
  router: Router,
  log: Log,
  hopHeaders: readonly string[],
): Promise<RealtimeLine> => {
  const query = new URLSearchParams(call.query)
  const asked = query.get('model')
  if (!asked) throw invalidRequest("'model' is required in the query.", 'model')
  const targets = await router.resolve(asked, 'openai-responses')
  for (const { provider, model } of targets) {
    if (provider.kind !== 'http' || !provider.realtime) continue
    const record = createCallRecord(log, { ...call, route: 'WS /v1/realtime', body: NO_BODY })
    record.asked(asked)
    record.attempt(`${provider.name}/${model}`)
    query.set('model', model)
    query.delete('key')
    const headers = [
      ...toUpstreamHeaders(call.rawHeaders),
      ...hopHeaders,
      ...provider.realtime.headers,
    ]
    return {
      url: `${provider.realtime.url}?${query}`,
      headers: toRecord(headers),
      connectMs: provider.deadlines.connectMs,
      record,
    }
  }
  throw invalidRequest(`'${asked.slice(0, 200)}' leads to no model that speaks Realtime.`, 'model')
}

/** A handshake has no body to tell of. */
const ABOUT_A_BODY = new Set(['content-type', 'accept-encoding'])

const toRecord = (headers: readonly string[]): Record<string, string> => {
  const record: Record<string, string> = {}
  for (let at = 0; at + 1 < headers.length; at += 2)
    if (!ABOUT_A_BODY.has(headers[at] ?? '')) record[headers[at] ?? ''] = headers[at + 1] ?? ''
  return record
}
