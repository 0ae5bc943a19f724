/** Adds the cost so far to a stream, for clients that ask for it. */
import { type GatewayError, toDecimal } from '#model'
import { type ByteString, headerOf, sseComment } from '#streams'
import type { GatewayCall } from '../call.ts'
import type { Spent } from '../record/spent.ts'
import type { Lane, LaneStream } from './lane.ts'

export const wantsRunningCost = ({ rawHeaders }: Pick<GatewayCall, 'rawHeaders'>): boolean =>
  headerOf(rawHeaders, 'x-sluice-cost') === 'stream'

type CostOf = (spent: Spent) => number | null

/** Adds the cost to complete events. Returns the bytes unchanged if it cannot be added to them. */
type AddCost = (bytes: ByteString, cost: number) => ByteString

export interface RunningCostOptions {
  readonly protocol: GatewayCall['protocol']
  /** A relayed stream may report its usage after the event that completes it. */
  readonly kind: Lane['kind']
  readonly costOf: CostOf
}

export const withRunningCost = (stream: LaneStream, options: RunningCostOptions): LaneStream =>
  new CostedStream(stream, options)

/** More characters than nearly any token has, so that the cost so far is no more than the cost at the end. */
const CHARACTERS_OF_TOKEN = 16

class CostedStream implements LaneStream {
  readonly #inner: LaneStream
  readonly #costOf: CostOf
  readonly #add: AddCost
  readonly #waitsForEnd: boolean
  #ended = false
  #last = -1

  constructor(inner: LaneStream, { protocol, kind, costOf }: RunningCostOptions) {
    const takesComments = protocol.commentsInStream !== false
    this.#inner = inner
    this.#costOf = costOf
    this.#add = takesComments ? addComment : addField
    // A field needs an event, and there is none after the end.
    this.#waitsForEnd = takesComments && kind === 'relay'
  }

  push(bytes: ByteString): void {
    this.#inner.push(bytes)
  }

  end(): void {
    this.#inner.end()
    this.#ended = true
  }

  endIfWhole(): void {
    this.#inner.endIfWhole?.()
    this.#ended = true
  }

  take(): ByteString {
    const bytes = this.#inner.take()
    const { finished } = this.#inner
    if (this.error || (finished && (this.#ended || !this.#waitsForEnd)))
      return this.#addFinal(bytes)
    if (finished || !ENDS_EVENT.test(bytes)) return bytes
    const cost = this.#costOf(toLeast(this.#inner))
    return cost !== null && cost > this.#last ? this.#tell(bytes, cost) : bytes
  }

  encodeError(error: GatewayError): ByteString {
    return this.#addFinal(this.#inner.encodeError(error))
  }

  #addFinal(bytes: ByteString): ByteString {
    const cost = this.#costOf(this.#inner)
    return cost === null || cost === this.#last ? bytes : this.#tell(bytes, cost)
  }

  #tell(bytes: ByteString, cost: number): ByteString {
    const told = this.#add(bytes, cost)
    if (told !== bytes) this.#last = cost
    return told
  }

  get started(): boolean {
    return this.#inner.started
  }

  get finished(): boolean {
    return this.#inner.finished
  }

  get error(): GatewayError | undefined {
    return this.#inner.error
  }

  get heldBytes(): number {
    return this.#inner.heldBytes
  }

  get usage(): Spent['usage'] {
    return this.#inner.usage
  }

  get outputCharacters(): number {
    return this.#inner.outputCharacters
  }

  get ending(): Spent['ending'] {
    return this.#inner.ending
  }
}

const ENDS_EVENT = /\n\r?\n$|\r\r$/

/** What was certainly used so far. */
const toLeast = ({ usage, outputCharacters }: Spent): Spent => ({
  usage: {
    ...usage,
    inputTokens: usage.inputTokens ?? 0,
    outputTokens: usage.outputTokens ?? Math.floor(outputCharacters / CHARACTERS_OF_TOKEN),
  },
  outputCharacters: 0,
})

const addComment: AddCost = (bytes, cost) => bytes + sseComment(`cost ${toDecimal(cost)}`)

const ENDS_OBJECT = /[^{\s]\s*\}\s*$/

/** As the last field of the last event, which is an object. */
const addField: AddCost = (bytes, cost) => {
  if (!ENDS_OBJECT.test(bytes)) return bytes
  const end = bytes.lastIndexOf('}')
  return `${bytes.slice(0, end)},"sluiceCost":${toDecimal(cost)}${bytes.slice(end)}`
}
