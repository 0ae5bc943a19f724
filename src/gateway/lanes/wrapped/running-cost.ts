/** Adds the cost so far to a stream, for clients that ask for it. */
import { type GatewayError, toDecimal } from '#model'
import { type ByteString, headerOf, sseComment } from '#streams'
import type { GatewayCall } from '../../call.ts'
import type { Spent } from '../../record/spent.ts'
import type { Lane, LaneStream } from '../lane.ts'
import { WrappedStream } from './wrapped-stream.ts'

type Asking = Pick<GatewayCall, 'rawHeaders'>

export const wantsRunningCost = ({ rawHeaders }: Asking): boolean =>
  headerOf(rawHeaders, 'x-sluice-cost') === 'stream'

/** Adds the cost of a call to the last event of its stream. Null if it is not known. */
export const withFinalCost = (
  bytes: ByteString,
  cost: number | null,
  call: Form & Asking,
): ByteString => (cost === null || !wantsRunningCost(call) ? bytes : addTo(call)(bytes, cost))

/** Removes from the pieces of a stream the costs that were added to it. No addition is divided. */
export const createCostRemover = (call: Form & Asking): ((bytes: ByteString) => ByteString) => {
  if (!wantsRunningCost(call)) return (bytes) => bytes
  const costs = takesComments(call) ? COST_COMMENTS : COST_FIELDS
  return (bytes) => bytes.replace(costs, '')
}

/** Adds once to the pieces of a stream that it costs nothing, if its client wants to know. */
export const createFreeCost = (call: Form & Asking): ((bytes: ByteString) => ByteString) => {
  let isTold = !wantsRunningCost(call)
  const add = addTo(call)
  return (bytes) => {
    if (isTold || !ENDS_EVENT.test(bytes)) return bytes
    const told = add(bytes, 0)
    isTold = told !== bytes
    return told
  }
}

type CostOf = (spent: Spent) => number | null

/** Adds the cost to complete events. Returns the bytes unchanged if it cannot be added to them. */
type AddCost = (bytes: ByteString, cost: number) => ByteString

export interface RunningCostOptions {
  readonly call: Form
  /** A relayed stream may report its usage after the event that completes it. */
  readonly kind: Lane['kind']
  readonly costOf: CostOf
}

type Form = Pick<GatewayCall, 'protocol' | 'costInFields'>

const takesComments = ({ protocol, costInFields }: Form): boolean =>
  protocol.commentsInStream !== false && costInFields !== true

const addTo = (form: Form): AddCost => (takesComments(form) ? addComment : addCostField)

export const withRunningCost = (stream: LaneStream, options: RunningCostOptions): LaneStream =>
  new CostedStream(stream, options)

/** More characters than nearly any token has, so that the cost so far is no more than the cost at the end. */
const CHARACTERS_OF_TOKEN = 16

class CostedStream extends WrappedStream {
  readonly #costOf: CostOf
  readonly #add: AddCost
  readonly #waitsForEnd: boolean
  #ended = false
  #last = -1

  constructor(inner: LaneStream, { call, kind, costOf }: RunningCostOptions) {
    super(inner)
    this.#costOf = costOf
    this.#add = addTo(call)
    // A field needs an event, and there is none after the end.
    this.#waitsForEnd = takesComments(call) && kind === 'relay'
  }

  override end(): void {
    super.end()
    this.#ended = true
  }

  override endIfWhole(): void {
    super.endIfWhole()
    this.#ended = true
  }

  override take(): ByteString {
    const bytes = super.take()
    const { finished } = this
    if (this.error || (finished && (this.#ended || !this.#waitsForEnd)))
      return this.#addFinal(bytes)
    if (finished || !ENDS_EVENT.test(bytes)) return bytes
    const cost = this.#costOf(toLeast(this))
    return cost !== null && cost > this.#last ? this.#tell(bytes, cost) : bytes
  }

  override encodeError(error: GatewayError): ByteString {
    return this.#addFinal(super.encodeError(error))
  }

  #addFinal(bytes: ByteString): ByteString {
    const cost = this.#costOf(this)
    if (cost === null) return bytes
    // The last event has it as a field, whatever the event before said.
    return cost === this.#last && this.#add === addComment ? bytes : this.#tell(bytes, cost)
  }

  #tell(bytes: ByteString, cost: number): ByteString {
    const told = this.#add(bytes, cost)
    if (told !== bytes) this.#last = cost
    return told
  }
}

const ENDS_EVENT = /\n\r?\n$|\r\r$/

/** What was certainly used so far. */
export const toLeast = ({ usage, outputCharacters }: Spent): Spent => ({
  usage: {
    ...usage,
    inputTokens: usage.inputTokens ?? 0,
    outputTokens: usage.outputTokens ?? Math.floor(outputCharacters / CHARACTERS_OF_TOKEN),
  },
  outputCharacters: 0,
})

const addComment: AddCost = (bytes, cost) => bytes + sseComment(`cost ${toDecimal(cost)}`)

const COST_COMMENTS = /^: cost [\d.]+\n\n/gm
const COST_FIELDS = /,"sluiceCost":[\d.]+(?=\})/g

/** What may follow the last event that is an object. */
const AFTER_OBJECT = /^\s*(?:data: ?\[DONE\]\s*)?$/

/** As the last field of the last event, or of the only object. */
export const addCostField: AddCost = (bytes, cost) => {
  const end = bytes.lastIndexOf('}')
  if (end === -1 || !AFTER_OBJECT.test(bytes.slice(end + 1))) return bytes
  const before = bytes.slice(0, end).trimEnd().at(-1)
  if (before === undefined || before === '{') return bytes
  return `${bytes.slice(0, end)},"sluiceCost":${toDecimal(cost)}${bytes.slice(end)}`
}
