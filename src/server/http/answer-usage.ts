/** Answers with a report of usage: a caller's own, or that of all callers. */
import type { ServerResponse } from 'node:http'
import { GatewayError } from '#model'
import { readOnce } from '../routes/read-once.ts'
import type { UsageReader } from '../routes/usage-reader.ts'
import { type Addressee, sendJson } from './send-answer.ts'

export interface UsageVisit {
  /** Absent if no ledger is kept. */
  readonly usage?: UsageReader | undefined
  readonly response: ServerResponse
  readonly headers: readonly string[]
  readonly query: string
}

/** @param addressee the caller whose usage it is. Absent: the usage of all callers, for an operator. */
export const answerUsage = async (
  { usage, response, headers, query }: UsageVisit,
  addressee?: Addressee,
): Promise<void> => {
  if (!usage) throw new GatewayError('not_found', 'This gateway keeps no ledger.')
  const asked = new URLSearchParams(query)
  const report = await usage({
    by: readOnce(asked, 'by'),
    since: readOnce(asked, 'since'),
    ...(addressee ? { callerId: addressee.caller.id } : {}),
  })
  sendJson(response, 200, headers, report, addressee)
}
