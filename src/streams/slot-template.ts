/**
 * Knows again the event that a stream repeats thousands of times.
 *
 * A token event differs from the one before it in one JSON string only: the slot. Once such an event
 * has been parsed and understood, the next one that has the same bytes on both sides of the slot, and
 * a sound JSON string inside it, means the same but for that string. Neither parsing nor escaping is
 * needed then: 0.2 microseconds an event in place of 2.
 */
import { isUtf8 } from 'node:buffer'
import type { ByteString } from './bytes.ts'

export interface SlotTemplate {
  /**
   * Remembers an event whose meaning is `tag` and the string at `key`.
   * Nothing is learned where the key stands twice, since the slot would be a guess.
   */
  learn(data: ByteString, key: string, tag: number): void
  /** The string in the slot, still escaped, where `data` is such an event. */
  match(data: ByteString): ByteString | undefined
  /** What the learned event meant. */
  readonly tag: number
  /** The next event may mean something else. */
  forget(): void
}

const STRING_BODY = /^(?:[^"\\\0-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*$/
const ASCII = /^[\0-\x7f]*$/

export const createSlotTemplate = (): SlotTemplate => {
  let before = ''
  let after = ''
  let tag = -1

  return {
    learn(data, key, meaning) {
      tag = -1
      const mark = `"${key}":`
      const at = data.indexOf(mark)
      if (at === -1 || data.includes(mark, at + 1)) return
      const quote = data.indexOf('"', at + mark.length)
      if (quote === -1 || data.slice(at + mark.length, quote).trim() !== '') return
      const end = stringEnd(data, quote + 1)
      if (end === -1) return
      before = data.slice(0, quote + 1)
      after = data.slice(end)
      tag = meaning
    },
    match(data) {
      if (tag === -1 || data.length < before.length + after.length) return undefined
      if (!data.startsWith(before) || !data.endsWith(after)) return undefined
      const slot = data.slice(before.length, data.length - after.length)
      return STRING_BODY.test(slot) && (ASCII.test(slot) || isUtf8(Buffer.from(slot, 'latin1')))
        ? slot
        : undefined
    },
    get tag() {
      return tag
    },
    forget() {
      tag = -1
    },
  }
}

/** Where the JSON string that began before `start` has its closing quote, or -1. */
const stringEnd = (data: ByteString, start: number): number => {
  for (let at = start; at < data.length; at++) {
    const code = data.charCodeAt(at)
    if (code === 92) at++
    else if (code === 34) return at
  }
  return -1
}
