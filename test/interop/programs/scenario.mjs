/** Runs one scenario of a client program and prints what came of it as one line of JSON. */
import * as ask from './directives.ts'

export const { BASE_URL, API_KEY, MODEL, UPSTREAM, KEYED, GATEWAY } = process.env

/** The gateway reports what a stream has cost so far, in the middle of it. No client may trip over that. */
export const HEADERS = GATEWAY ? { 'x-sluice-cost': 'stream' } : {}

/** What is played where only a turn with a tool is wanted. */
const BRIEF = /^(?:parallel )?tool calls?, streamed$/

const TIMEOUT_MS = 30_000

/**
 * A scenario passes when its function returns. What it returns may name a call that the upstream
 * must have seen (by its tag) and what must be true of that call.
 */
export const scenario = async (name, play) => {
  if (process.env.BRIEF && !BRIEF.test(name)) return
  try {
    const upstream = await within(play(tagOf(name)))
    print({ scenario: name, ok: true, detail: '', upstream })
  } catch (error) {
    print({ scenario: name, ok: false, detail: describe(error) })
  }
}

const tagOf = (name) => `tag-${name.replaceAll(/[^a-z0-9]+/gi, '-')}-${process.pid}`

const within = async (promise) => {
  let timer
  const timeout = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${TIMEOUT_MS} ms`)), TIMEOUT_MS)
  })
  try {
    return await Promise.race([promise, timeout])
  } finally {
    clearTimeout(timer)
  }
}

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)

const describe = (error) =>
  error instanceof Error
    ? `${error.constructor.name}: ${error.message}`.replaceAll(/\s+/g, ' ').slice(0, 600)
    : String(error)

/** What broke the stream off, if anything did. */
export const drain = async (stream, receive) => {
  try {
    for await (const event of stream) receive(event)
  } catch (error) {
    return error
  }
}

/** Streams that end badly, and what is said of it; only a gateway makes an error of the last two. */
export const BROKEN_STREAMS = [
  ['error inside the stream', ask.failInside('the model is overloaded'), /the model is overloaded/],
  ...(GATEWAY
    ? [
        ['stream cut by the upstream', ask.cut(), /./],
        ['stream ended without its terminator', ask.endEarly(), /./],
      ]
    : []),
]
