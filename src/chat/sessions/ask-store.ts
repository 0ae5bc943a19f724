/** Asks the rows for something. Nobody waits for longer than a second and what a long text takes. Whatever fails is one kind of error. */
import { GatewayError } from '#model'
import type { Rows, RowStore } from '#stores'

type Statements = typeof import('./statements.ts')

/** @param characters how much is written. */
export type AskStore = <Answer>(
  work: (statements: Statements, store: RowStore) => Promise<Answer>,
  characters?: number,
) => Promise<Answer>

const STORE_ANSWER_MS = 1_000
/** A store that takes its time for a very long answer is not ill, and would have to write it again. */
const MORE_PER_MB_MS = 1_000
const RETRY_AFTER_MS = 1_000

/** @throws GatewayError `store_unavailable`: what was asked for may still be done, completely or not at all. */
export const createAskStore = (rows: Rows): AskStore => {
  let loaded: Promise<Statements> | undefined
  const answer: AskStore = async (work, characters = 0) => {
    const ms = STORE_ANSWER_MS + (characters / 1e6) * MORE_PER_MB_MS
    const statements = await (loaded ??= import('./statements.ts'))
    // A machine that is busy while it opens its first file is not ill.
    if (rows.kind === 'sqlite') return within(work(statements, await rows.open()), ms)
    return within(
      rows.open().then((store) => work(statements, store)),
      ms,
    )
  }
  return async (work, characters) => {
    try {
      return await answer(work, characters)
    } catch (error) {
      throw toStoreError(error)
    }
  }
}

const within = async <Answer>(work: Promise<Answer>, ms: number): Promise<Answer> => {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const giveUp = (): void => reject(new Error(`no answer within ${ms} ms`))
  // An answer that arrived while this process was busy is read before that.
  const timer = setTimeout(() => setImmediate(giveUp), ms)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

const toStoreError = (error: unknown): unknown =>
  error instanceof GatewayError || isMistake(error)
    ? error
    : new GatewayError(
        'store_unavailable',
        'The store of the sessions cannot be used now. Try again shortly.',
        { retryAfterMs: RETRY_AFTER_MS, cause: error },
      )

/** Of SQLite: a statement that cannot run, or that breaks a rule of its table. */
const MISTAKES = new Set([1, 19, 20, 25])

/** A mistake in this program is not the store's illness. The classes of PostgreSQL are of data, rules and statements. */
const isMistake = (error: unknown): boolean => {
  const { code, errcode } = error as { readonly code?: unknown; readonly errcode?: unknown }
  if (typeof errcode === 'number') return MISTAKES.has(errcode)
  return typeof code === 'string' && /^(?:2[123]|42)[0-9A-Z]{3}$/.test(code)
}
