/** Writes whole parts of an answer, and holds thoughts back until there is a part to carry their signatures. */
import { isJsonObject, type JsonObject, parseObject, type ReasoningPart } from '#model'
import { wrapFreeform } from '../requests/tools/freeform-input.ts'
import { foreignSignature } from '../thoughts/reasoning-origin.ts'
import { sealThoughts } from './thoughts/client-thoughts.ts'

/** The arguments as an object; undefined where they are none. */
export const toArgs = (call: {
  readonly arguments: string
  readonly freeform?: boolean
}): JsonObject | undefined => {
  if (call.freeform) return wrapFreeform(call.arguments)
  if (call.arguments.trim() === '') return {}
  return parseObject(call.arguments)
}

interface HeldThoughts {
  /** A thought has ended; nobody signed it where it has no signature. */
  add(thought: ReasoningPart): void
  /** The field that goes into the next part: empty where no thought waits for one. */
  take(): { readonly thoughtSignature?: string }
}

export const createHeldThoughts = (provider: string, answerId: () => string): HeldThoughts => {
  const held: ReasoningPart[] = []
  return {
    add(thought) {
      if (thought.text === '' && !thought.signature && !thought.redacted) return
      const isSealed = Boolean(thought.redacted) || Boolean(thought.signature)
      held.push(
        isSealed ? thought : { ...thought, signature: foreignSignature(provider, answerId()) },
      )
    },
    take: () => (held.length > 0 ? { thoughtSignature: sealThoughts(held.splice(0)) } : {}),
  }
}

const BASE64 = /^(?=.)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

const isMedia = (value: unknown): boolean =>
  isJsonObject(value) &&
  typeof value.mimeType === 'string' &&
  value.mimeType.includes('/') &&
  typeof value.data === 'string' &&
  BASE64.test(value.data)

/** Base64 that is none would break the client that decodes it. */
export const toAudioPart = (format: string, data: string): JsonObject | undefined => {
  const inlineData = { mimeType: `audio/${format}`, data }
  return isMedia(inlineData) ? { inlineData } : undefined
}

/** A part that only this protocol knows, where it is one that its clients do. */
export const toNativePart = (protocol: string, value: unknown): JsonObject | undefined => {
  if (protocol !== 'gemini' || !isJsonObject(value)) return undefined
  const { inlineData, executableCode, codeExecutionResult } = value
  if (isMedia(inlineData)) return { inlineData }
  if (isJsonObject(executableCode)) return { executableCode }
  return isJsonObject(codeExecutionResult) ? { codeExecutionResult } : undefined
}
