/** Requests about an earlier response: read it, list its input, cancel it, delete it. */
import {
  type Answer,
  type Forwarding,
  type Gateway,
  type GatewayCall,
  toAnswer,
  toJsonAnswer,
  toStream,
} from '#gateway'
import { GatewayError, invalidRequest } from '#model'
import type { BackgroundRun } from './background/background-run.ts'
import { createFarewell } from './background/farewell.ts'
import { toInputItems } from './input-items.ts'
import { type Homes, noteItemsFor } from './pin-targets.ts'
import type { Home } from './response-targets.ts'
import type { ResponseStore, StoredResponse } from './store/response-store.ts'

/** A call about an earlier response. */
export interface RevisitCall extends GatewayCall {
  readonly revisit: Revisit
}

export interface Revisit {
  readonly kind: 'read' | 'input-items' | 'cancel' | 'delete'
  /** The id of the response. */
  readonly id: string
}

/** Handles a response that is stored here. @throws GatewayError */
export const revisitHere = (
  { caller, revisit, query, signal, protocol, requestId }: RevisitCall,
  stored: StoredResponse,
  responses: ResponseStore<BackgroundRun>,
  beatMs: number,
): Answer => {
  const { id } = revisit
  const run = responses.findRun(caller, id)
  const parameters = new URLSearchParams(query)
  switch (revisit.kind) {
    case 'read':
      if (!wantsStream(parameters)) return toJsonAnswer(stored.text, run?.headers)
      if (!run) throw notInBackground()
      return toStream(
        run.follow(readStart(parameters), {
          signal: signal.toAbortSignal(),
          beatMs,
          encodeFarewell: createFarewell({ protocol, requestId }, run),
        }),
      )
    case 'input-items':
      return toAnswer(toInputItems(stored.turn, id, parameters))
    case 'cancel':
      if (!run) throw invalidRequest('Cannot cancel a synchronous response.')
      run.cancel()
      return toAnswer(run.response)
    case 'delete':
      responses.delete(caller, id)
      return toAnswer({ id, object: 'response', deleted: true })
  }
}

const METHODS: Readonly<Record<Revisit['kind'], Forwarding['method']>> = {
  read: 'GET',
  'input-items': 'GET',
  cancel: 'POST',
  delete: 'DELETE',
}

/** Handles a response that is stored at its target. */
export const revisitThere = async (
  call: RevisitCall,
  home: Home,
  homes: Homes,
  { forward }: Pick<Gateway, 'forward'>,
): Promise<Answer> => {
  const { caller, revisit } = call
  const stream = revisit.kind === 'read' && new URLSearchParams(call.query).get('stream') === 'true'
  const answer = await forward(call, home.target, {
    method: METHODS[revisit.kind],
    stream,
    toReport: reportOnce(home, stream),
    wantedKey: home.key,
    ...noteItemsFor(caller, home.target, homes, {
      given: true,
      sealed: false,
      used: { key: home.key },
    }),
  })
  if (revisit.kind === 'delete' && answer.status < 300) homes.given.forget(caller, revisit.id)
  return answer
}

const NOTHING = { usage: { inputTokens: 0, outputTokens: 0 }, outputCharacters: 0 }

/** Reading an answer again costs nothing. One that ran at its target is counted when it is first seen complete. */
const reportOnce =
  (home: Home, follows: boolean): Forwarding['toReport'] =>
  (spent) => {
    const isNews = !home.counted && (spent?.usage.outputTokens ?? 0) > 0
    home.counted ||= isNews
    if (spent && isNews) return spent
    // A client that follows it sees how it ends. A single read is complete, whatever the status in it.
    return { ...NOTHING, ending: follows ? spent?.ending : undefined }
  }

/** @throws GatewayError `invalid_request` */
const wantsStream = (query: URLSearchParams): boolean => {
  const stream = query.get('stream') ?? 'false'
  if (stream !== 'true' && stream !== 'false')
    throw invalidRequest("'stream' must be true or false.", 'stream')
  return stream === 'true'
}

export const unknownResponse = (id: string): GatewayError =>
  new GatewayError('not_found', `The response '${id}' is not known here.`, {
    param: 'id',
    vendorCode: 'response_not_found',
  })

const notInBackground = (): GatewayError =>
  invalidRequest(
    'This response cannot be streamed because it was not created with background=true.',
    'stream',
  )

/** The position before the first event, which is the default. */
const readStart = (query: URLSearchParams): number => {
  const after = query.get('starting_after')
  if (after === null) return -1
  if (!/^\d{1,9}$/.test(after))
    throw invalidRequest("'starting_after' must be the number of an event.", 'starting_after')
  return Number(after)
}
