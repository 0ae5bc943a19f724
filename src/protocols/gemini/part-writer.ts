/** Writes complete parts of an answer, and holds thoughts back until a part can carry their signatures. */
import { isJsonObject, type JsonObject, parseObject, type ReasoningPart } from '#model'
import { wrapFreeform } from '../requests/tools/freeform-input.ts'
import { foreignSignature } from '../thoughts/reasoning-origin.ts'
import { sealThoughts } from './thoughts/client-thoughts.ts'

/** The arguments as an object; undefined if they are not one. */
export const toArgs = (call: {
  readonly arguments: string
  readonly freeform?: boolean
}): JsonObject | undefined => {
  if (call.freeform) return wrapFreeform(call.arguments)
  if (call.arguments.trim() === '') return {}
  return parseObject(call.arguments)
}

interface HeldThoughts {
  /** Adds a completed thought. Without a signature it is unsigned. */
  add(thought: ReasoningPart): void
  /** The field for the next part; an empty object if no thought is waiting. */
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

/** Invalid base64 would crash the client that decodes it. */
export const toAudioPart = (format: string, data: string): JsonObject | undefined => {
  const inlineData = { mimeType: `audio/${format}`, data }
  return isMedia(inlineData) ? { inlineData } : undefined
}

/** A part that only this protocol has, if its clients know it. */
export const toNativePart = (protocol: string, value: unknown): JsonObject | undefined => {
  if (protocol !== 'gemini' || !isJsonObject(value)) return undefined
  const { inlineData, executableCode, codeExecutionResult } = value
  if (isMedia(inlineData)) return { inlineData }
  if (isJsonObject(executableCode)) return { executableCode }
  return isJsonObject(codeExecutionResult) ? { codeExecutionResult } : undefined
}
