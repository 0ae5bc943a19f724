/** Tells the events of an answer to whoever asks in this process. Nothing is written for it, in any protocol. */
import type { ContentTrace, Departure, ModelEvent, SettledTarget } from '#model'
import type { ByteString } from '#streams'
import { estimateTokens } from '#usage'
import type { ModelListener, Progress } from '../../call.ts'
import type { CallRecord } from '../../record/call-record.ts'
import type { Spent } from '../../record/spent.ts'
import type { Lane, LaneStream } from '../lane.ts'
import type { AnswerCodec } from '../translate-lane.ts'
import { toLeast } from './running-cost.ts'
import { WrappedStream } from './wrapped-stream.ts'

export interface TellingOptions {
  readonly listener: ModelListener
  readonly target: SettledTarget
  /** Nothing is told of a call that was given up. */
  readonly signal: Pick<Departure, 'reason'>
  readonly record: Pick<CallRecord, 'soFar'>
  /** Records what is told. */
  readonly content: ContentTrace | undefined
}

/** Shows that an answer moves. */
const MARK: ByteString = '.'

/** What one attempt says. It is held until the attempt is the one that answers. */
export class Telling {
  /** Nothing is written by it: what it is given is held. */
  readonly codec: AnswerCodec = {
    encodeEvents: () => () => ({
      push: (event) => {
        if (event.type !== 'error') this.#held.push(toPlain(event))
      },
      end: () => undefined,
    }),
    // The answers of these calls are streams.
    encodeMessage: () => ({}),
  }
  readonly #options: TellingOptions
  #held: ModelEvent[] = []
  #hasBegun = false
  /** Of which the cost was computed last. */
  #leastTokens = -1
  #last: Progress = { outputTokens: 0, cost: null }

  constructor(options: TellingOptions) {
    this.#options = options
  }

  /** A stream that tells its events when it is taken, since it is taken only from the beginning of the answer on. */
  hear(stream: LaneStream): LaneStream {
    return new HeardStream(stream, this)
  }

  /** Tells what is held, of an answer that has used so much. @returns whether there was anything. */
  tell(spent: Spent): boolean {
    const events = this.#held
    if (events.length === 0) return false
    this.#held = []
    const { listener, target, signal, content } = this.#options
    if (isGivenUp(signal)) return false
    if (!this.#hasBegun) listener.begin(target)
    this.#hasBegun = true
    const progress = this.#running(spent)
    for (const event of events) {
      // The listener itself may give the call up.
      if (isGivenUp(signal)) break
      content?.event(event)
      listener.event(event, event.type === 'message-end' ? this.#final(spent) : progress)
    }
    return true
  }

  /** Once for all events of a read. It never falls. */
  #running(spent: Spent): Progress {
    const { usage, outputCharacters } = spent
    const outputTokens = usage.outputTokens ?? estimateTokens(outputCharacters)
    const least = toLeast({ usage, outputCharacters })
    return (this.#last = {
      outputTokens: Math.max(outputTokens, this.#last.outputTokens),
      cost: this.#costOf(least),
    })
  }

  #costOf(least: Spent): number | null {
    const { cost: last } = this.#last
    const { outputTokens = 0 } = least.usage
    if (outputTokens === this.#leastTokens) return last
    this.#leastTokens = outputTokens
    const { cost } = this.#options.record.soFar(least)
    return cost === null || last === null ? cost : Math.max(cost, last)
  }

  #final(spent: Spent): Progress {
    const { usage, cost } = this.#options.record.soFar(spent)
    return { outputTokens: usage.outputTokens, cost }
  }
}

/** A call whose key has ended is cut, and told to its end. */
const isGivenUp = ({ reason }: Pick<Departure, 'reason'>): boolean =>
  reason !== undefined && reason.code !== 'unauthenticated'

/** The text of a delta may be unescaped anew whenever it is read. */
const toPlain = (event: ModelEvent): ModelEvent =>
  event.type === 'part-delta' && event.escaped !== undefined
    ? { type: 'part-delta', index: event.index, text: event.text }
    : event

class HeardStream extends WrappedStream {
  readonly #telling: Telling

  constructor(inner: LaneStream, telling: Telling) {
    super(inner)
    this.#telling = telling
  }

  override take(): ByteString {
    return this.#telling.tell(this) ? MARK : ''
  }
}

/** Tells the answer that a lane brings, whether it comes as a stream or not. */
export const tellAnswer = (lane: Lane, telling: Telling): Lane => ({
  ...lane,
  openStream: () => telling.hear(lane.openStream()),
  convert(whole) {
    const answer = lane.convert(whole)
    telling.tell(answer)
    return answer
  },
})
