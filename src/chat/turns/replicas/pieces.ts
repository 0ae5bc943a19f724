/** Answers of any length from process to process: no message is longer than others can wait for. */
import { randomUUID } from 'node:crypto'
import type { ReplicaCalls } from '#stores'
import { SAID } from './wire.ts'
import { GatewayError } from '#model'

interface Pieces {
  readonly text: string
  /** By which the next piece is asked for. */
  readonly next?: string
}

export interface LongAnswers {
  /** The first piece. The others are kept until they are asked for. */
  cut(value: unknown): Pieces
  /** @throws GatewayError */
  ask(to: string, name: string, value: unknown): Promise<unknown>
}

/** At most 256 KB, however its characters are written. */
const PIECE_CHARACTERS = 64 * 1024

/** For how long a process keeps what it was asked for. */
const KEPT_MS = 10_000

export const createLongAnswers = (calls: ReplicaCalls): LongAnswers => {
  const kept = new Map<string, string>()

  const cutText = (text: string): Pieces => {
    if (text.length <= PIECE_CHARACTERS) return { text }
    const next = randomUUID()
    kept.set(next, text.slice(PIECE_CHARACTERS))
    setTimeout(() => kept.delete(next), KEPT_MS).unref()
    return { text: text.slice(0, PIECE_CHARACTERS), next }
  }

  calls.on(SAID.piece, (asked) => {
    const { id } = asked as { id: string }
    const text = kept.get(id)
    if (text === undefined)
      throw new GatewayError('store_unavailable', 'The answer is no longer kept. Try again.')
    kept.delete(id)
    return cutText(text)
  })

  return {
    cut: (value) => cutText(JSON.stringify(value)),
    async ask(to, name, value) {
      const texts: string[] = []
      let piece = (await calls.ask(to, name, value)) as Pieces | null | undefined
      if (!piece) return undefined
      for (;;) {
        texts.push(piece.text)
        if (piece.next === undefined) return JSON.parse(texts.join(''))
        piece = (await calls.ask(to, SAID.piece, { id: piece.next })) as Pieces
      }
    },
  }
}
