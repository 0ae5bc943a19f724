/** A client comes back to a response: to read it again, to see what it was given, to end it, to have it forgotten. */
import { GatewayError, invalidRequest, type JsonObject } from '#model'
import { type ByteChannel, type ByteString, toByteString } from '#streams'
import type { Redact } from '#telemetry'
import type { BackgroundRun } from './background/background-run.ts'
import type { Answer, Revisit, RevisitCall } from '../call.ts'
import type { CallRecord } from '../record/call-record.ts'
import { attemptHttp } from '../attempts/http-attempt.ts'
import { toInputItems } from './input-items.ts'
import type { Lane } from '../lanes/lane.ts'
import { EVENT_STREAM } from '../lanes/relay-headers.ts'
import { createRelayLane } from '../lanes/relay-lane.ts'
import type { Notes } from '../lanes/relay/relay-stream.ts'
import type { Home } from './response-targets.ts'
import type { ResponseStore, StoredResponse } from './store/response-store.ts'

/** To a response that is kept here. @throws GatewayError */
export const revisitHere = (
  { caller, revisit, query, signal }: RevisitCall,
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
      return toStream(run.follow(readStart(parameters), { signal, beatMs }))
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

export interface RevisitThere {
  readonly call: RevisitCall
  readonly home: Home
  /** What the answer gives to its caller. */
  readonly notes: Pick<Notes, 'onGiven'>
  readonly record: CallRecord
  /** What every upstream is told by us, names and values in turn. */
  readonly headers: readonly string[]
  readonly redact: Redact
}

const METHODS: Readonly<Record<Revisit['kind'], NonNullable<Lane['method']>>> = {
  read: 'GET',
  'input-items': 'GET',
  cancel: 'POST',
  delete: 'DELETE',
}

/** To a response that its target keeps. */
export const revisitThere = async ({
  call,
  home,
  notes,
  record,
  headers,
  redact,
}: RevisitThere): Promise<Answer> => {
  const { provider, model } = home.target
  if (provider.kind !== 'http') throw unknownResponse(call.revisit.id)
  record.attempt(`${provider.name}/${model}`)
  record.lane('relay', call.protocol.name)
  const stream =
    call.revisit.kind === 'read' && new URLSearchParams(call.query).get('stream') === 'true'
  const relay = createRelayLane(
    call,
    { model, stream, members: [] },
    { model, injectUsage: false, redact, ...notes },
  )
  const lane: Lane = { ...relay, method: METHODS[call.revisit.kind], body: [] }
  const { signal } = call
  return attemptHttp({
    lane,
    provider,
    stream,
    headers,
    signal,
    record: countingOnce(record, home, stream),
  })
}

const NOTHING = { usage: { inputTokens: 0, outputTokens: 0 }, outputCharacters: 0 }

/** An answer that is read again costs nothing; one that ran at its target is counted when it is first seen whole. */
const countingOnce = (
  record: CallRecord,
  home: Home,
  follows: boolean,
): Pick<CallRecord, 'firstByte' | 'hold' | 'settle' | 'ageMs'> => ({
  firstByte: () => record.firstByte(),
  hold: (bytes) => record.hold(bytes),
  get ageMs() {
    return record.ageMs
  },
  settle(outcome, spent, error) {
    const isNews = !home.counted && (spent?.usage.outputTokens ?? 0) > 0
    home.counted ||= isNews
    // Who reads it to its end sees how it ends; who looks at it once has read it, whatever it says.
    const ending = follows ? spent?.ending : undefined
    record.settle(outcome, isNews ? spent : { ...NOTHING, ending }, error)
  },
})

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

/** Before the first event, where nothing says otherwise. */
const readStart = (query: URLSearchParams): number => {
  const after = query.get('starting_after')
  if (after === null) return -1
  if (!/^\d{1,9}$/.test(after))
    throw invalidRequest("'starting_after' must be the number of an event.", 'starting_after')
  return Number(after)
}

export const toStream = (body: ByteChannel): Answer => ({
  status: 200,
  headers: EVENT_STREAM,
  body,
})

export const toAnswer = (body: JsonObject, headers: readonly string[] = []): Answer =>
  toJsonAnswer(toByteString(JSON.stringify(body)), headers)

const toJsonAnswer = (body: ByteString, headers: readonly string[] = []): Answer => ({
  status: 200,
  headers: ['content-type', 'application/json', ...headers],
  body,
})
