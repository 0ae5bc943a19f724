/** Splits one call for embeddings into requests to an upstream, and joins their answers. */
import { parseAnswer } from '../lanes/translate-lane.ts'
import { type EmbeddingRequest, GatewayError, invalidRequest, type JsonObject } from '#model'
import type { EmbeddingProtocol, TargetTraits } from '#protocols'
import { estimateTokens } from '#usage'
import { toAnswer } from '../lanes/plain-answers.ts'
import type { Answer, EmbeddingCall } from '../call.ts'
import type { Spent } from '../record/spent.ts'
import type { Envelope } from '../request/envelope.ts'
import { toListHeader } from '../record/header-value.ts'
import type { Lane } from '../lanes/lane.ts'
import { createRelayLane } from '../lanes/relay-lane.ts'

export interface Batches {
  readonly lanes: readonly Lane[]
  /** One answer, with the cost of all of them. @throws GatewayError `upstream_invalid` */
  join(answers: readonly Answer[]): Answer
}

/** The limit for one call, over all of its requests, because the complete answer is held. */
const MAX_INPUTS = 4096

export const relayBatches = (relay: {
  readonly call: EmbeddingCall
  readonly envelope: Envelope
  readonly model: string
  readonly maxInputs: number
  readonly parse: () => JsonObject
}): Batches => {
  const { call, envelope, model, parse } = relay
  const { embedding } = call
  const lane: Lane = {
    ...createRelayLane(call, envelope, { model, injectUsage: false }),
    convert: unchanged,
    isWritten: false,
  }
  const isRenamed = model !== envelope.model
  const renamed = isRenamed ? embedding.rename?.(parse(), model) : undefined
  const parts = mayExceed(relay) ? splitBody(relay, renamed ?? parse()) : []
  if (parts.length > 1)
    return {
      lanes: parts.map((part) => ({ ...lane, body: toBody(part) })),
      join(answers) {
        const whole = embedding.joinAnswers(answers.map(toObject))
        return { ...toAnswer(whole), spent: toSpent(embedding.decodeInputTokens(whole)) }
      },
    }
  return {
    lanes: [renamed ? { ...lane, body: toBody(renamed) } : lane],
    join([answer = missing()]) {
      return { ...answer, spent: toSpent(readInputTokens(embedding, answer)) }
    },
  }
}

/** The shortest entry of a list takes two bytes. */
const mayExceed = ({ call, envelope, maxInputs }: Parameters<typeof relayBatches>[0]): boolean => {
  const list = envelope.members.findLast(({ key }) => key === call.embedding.inputsField)
  return list !== undefined && list.end - list.start > 2 * maxInputs
}

const splitBody = (
  { call, model, maxInputs }: Parameters<typeof relayBatches>[0],
  body: JsonObject,
): readonly JsonObject[] => {
  const { inputsField = '' } = call.embedding
  const inputs = body[inputsField]
  // A list of numbers is a single input, in tokens.
  if (!Array.isArray(inputs) || inputs.length <= maxInputs || typeof inputs[0] === 'number')
    return []
  if (inputs.length > MAX_INPUTS) throw tooMany(inputsField)
  const named = call.named ? {} : { model }
  return slice(inputs, maxInputs).map((part) => ({ ...body, ...named, [inputsField]: part }))
}

export const translateBatches = (
  call: EmbeddingCall,
  request: EmbeddingRequest,
  spoken: EmbeddingProtocol,
  target: Pick<TargetTraits, 'provider' | 'model'>,
): Batches => {
  const { inputs } = request
  if (inputs.length > MAX_INPUTS) throw tooMany(call.embedding.inputsField ?? '')
  const parts = slice(inputs, spoken.maxInputs)
  const encoded = parts.map((part) => spoken.encodeRequest({ ...request, inputs: part }, target))
  const dropped = encoded[0]?.dropped ?? []
  const lanes = encoded.map(({ body }): Lane => ({
    kind: 'translate',
    protocol: spoken,
    path: spoken.toPath(target.model),
    headers: HEADERS,
    body: toBody(body),
    dropped,
    openStream: neverStreams,
    convert: unchanged,
    isWritten: false,
    toClientHeaders: () => [],
  }))

  return {
    lanes,
    join(answers) {
      const read = answers.map((answer) => spoken.decodeAnswer(toObject(answer)))
      if (read.some(({ vectors }, at) => vectors.length !== parts[at]?.length)) throw notOneEach()
      const counts = read.flatMap(({ inputTokens }) => inputTokens ?? [])
      const told = counts.length === read.length
      const inputTokens = told
        ? counts.reduce((sum, count) => sum + count)
        : estimateInputs(request)
      const vectors = read.flatMap((answer) => answer.vectors)
      const whole = { model: request.model, vectors, inputTokens }
      return {
        ...toAnswer(
          call.embedding.encodeAnswer(whole, request.encoding),
          toListHeader('x-sluice-dropped', dropped),
        ),
        spent: toSpent(inputTokens, !told),
      }
    },
  }
}

const HEADERS = [
  'content-type',
  'application/json',
  'accept',
  'application/json',
  'accept-encoding',
  'identity',
]

const slice = <Item>(items: readonly Item[], size: number): (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  )

const toBody = (body: JsonObject): readonly Buffer[] => [Buffer.from(JSON.stringify(body))]

/** The bytes are read later, when all answers have arrived. */
const unchanged: Lane['convert'] = ({ bytes }) => ({ body: bytes, usage: {}, outputCharacters: 0 })

const neverStreams = (): never => {
  throw new GatewayError('internal', 'Vectors are not streamed.')
}

const missing = (): never => {
  throw new GatewayError('internal', 'A request for vectors was never sent.')
}

/** Embeddings have no output. Undefined input is estimated by the record. */
export const toSpent = (inputTokens: number | undefined, estimated = false): Spent => ({
  usage: { inputTokens, outputTokens: 0, ...(estimated ? { estimated } : {}) },
  outputCharacters: 0,
})

/** What one of several requests used. */
export const spentOn = (protocol: EmbeddingProtocol, { body }: Lane, answer: Answer): Spent => {
  const reported = readInputTokens(protocol, answer)
  if (reported !== undefined) return toSpent(reported)
  return toSpent(estimateTokens(body.reduce((sum, { length }) => sum + length, 0)), true)
}

/** Used if the upstream does not report the tokens. */
export const estimateInputs = ({ inputs }: EmbeddingRequest): number =>
  inputs.reduce(
    (sum, input) => sum + (typeof input === 'string' ? estimateTokens(input.length) : input.length),
    0,
  )

const readInputTokens = (protocol: EmbeddingProtocol, answer: Answer): number | undefined => {
  try {
    return protocol.decodeInputTokens(toObject(answer))
  } catch {
    // Invalid JSON is passed on: the client gets what the upstream said.
    return undefined
  }
}

/** What comes as a stream is no object either. */
const toObject = ({ body }: Answer): JsonObject => parseAnswer(typeof body === 'string' ? body : '')

const notOneEach = (): GatewayError =>
  new GatewayError(
    'upstream_invalid',
    'The upstream did not answer with one vector for each input.',
  )

const tooMany = (field: string): GatewayError =>
  invalidRequest(`'${field}' holds more than ${MAX_INPUTS} inputs.`, field)
