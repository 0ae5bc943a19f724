/** Sends a request and waits for what becomes of it. */
import { afterEach } from 'vitest'
import { createTransport } from '#transport'
import type {
  Exchange,
  Transport,
  TransportError,
  TransportOptions,
  TransportRequest,
} from '#transport'

export interface Outcome {
  status: number | undefined
  rawHeaders: readonly string[]
  body: string
  /** How many times data came. */
  reads: number
  ended: boolean
  error: TransportError | undefined
  /** Handler calls that came after the last one allowed. */
  late: number
}

export interface RunningCall extends Exchange {
  readonly outcome: Outcome
  readonly done: Promise<Outcome>
  readonly answered: Promise<void>
  readonly firstData: Promise<void>
}

const transports: Transport[] = []

afterEach(async () => {
  await Promise.all(transports.splice(0).map((transport) => transport.close()))
})

/** Closed after the test, which therefore has to end its exchanges. */
export const transportForTest = (options: TransportOptions = {}): Transport => {
  const transport = createTransport(options)
  transports.push(transport)
  return transport
}

export const begin = (
  transport: Transport,
  request: Partial<TransportRequest> & { origin: string },
): RunningCall => {
  const outcome: Outcome = {
    status: undefined,
    rawHeaders: [],
    body: '',
    reads: 0,
    ended: false,
    error: undefined,
    late: 0,
  }
  const done = Promise.withResolvers<Outcome>()
  const answered = Promise.withResolvers<void>()
  const firstData = Promise.withResolvers<void>()
  let over = false
  const note = (last: boolean): void => {
    if (over) outcome.late++
    over ||= last
  }
  const exchange = transport.send(
    { method: 'POST', path: '/', headers: [], ...request },
    {
      onResponse: ({ status, rawHeaders }) => {
        note(false)
        Object.assign(outcome, { status, rawHeaders })
        answered.resolve()
      },
      onData: (bytes) => {
        note(false)
        outcome.body += bytes
        outcome.reads++
        firstData.resolve()
      },
      onEnd: () => {
        note(true)
        outcome.ended = true
        done.resolve(outcome)
      },
      onError: (error) => {
        note(true)
        outcome.error = error
        done.resolve(outcome)
      },
    },
  )
  return {
    outcome,
    done: done.promise,
    answered: answered.promise,
    firstData: firstData.promise,
    pause: () => exchange.pause(),
    resume: () => exchange.resume(),
    abort: () => {
      over = true
      exchange.abort()
    },
  }
}

export const call = (
  transport: Transport,
  request: Partial<TransportRequest> & { origin: string },
): Promise<Outcome> => begin(transport, request).done

/** Waits, within the patience of the test, until something has become true. */
export const until = async (condition: () => boolean): Promise<void> => {
  while (!condition())
    await new Promise((resolve) => {
      setTimeout(resolve, 5)
    })
}

/** Long enough for what should not happen to have happened. */
export const aWhile = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 100)
  })
