/** How questions and answers are written as messages: short JSON lists, since every token of a mirror is one. */
import { ERROR_KINDS, type ErrorCode, GatewayError } from '#model'

export type Item =
  | { readonly kind: 'tell'; readonly name: string; readonly value: unknown }
  | { readonly kind: 'ask'; readonly name: string; readonly value: unknown; readonly id: number }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly error: WireError }

/** What the caller is told of an error. Its cause stays where it happened. */
export interface WireError {
  readonly code: string
  readonly message: string
  readonly status?: number
  readonly param?: string
  readonly vendorCode?: string
  readonly vendorType?: string
  readonly retryAfterMs?: number
}

/** `[name, value]`, `[name, value, id]`, `[id, value]` or `[id, 0, error]`. */
export const writeItem = (item: Item): string => {
  if (item.kind === 'failure') return JSON.stringify([item.id, 0, item.error])
  const { value } = item
  if (item.kind === 'tell') return JSON.stringify([item.name, value])
  if (item.kind === 'ask') return JSON.stringify([item.name, value, item.id])
  return JSON.stringify(value === undefined ? [item.id] : [item.id, value])
}

/** Undefined if it is something else. */
export const readItem = (message: string): Item | undefined => {
  const list = parse(message)
  if (!Array.isArray(list)) return undefined
  const [first, value, third] = list as readonly unknown[]
  if (typeof first === 'string')
    return typeof third === 'number'
      ? { kind: 'ask', name: first, value, id: third }
      : { kind: 'tell', name: first, value }
  if (typeof first !== 'number') return undefined
  return isWireError(third)
    ? { kind: 'failure', id: first, error: third }
    : { kind: 'answer', id: first, value }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isWireError = (value: unknown): value is WireError =>
  typeof value === 'object' && value !== null && 'code' in value

export const toWireError = (error: GatewayError): WireError => {
  const { code, message, status, param, vendorCode, vendorType, retryAfterMs } = error
  return {
    code,
    message,
    status,
    ...(param !== undefined && { param }),
    ...(vendorCode !== undefined && { vendorCode }),
    ...(vendorType !== undefined && { vendorType }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
}

export const fromWireError = ({ code, message, ...details }: WireError): GatewayError =>
  new GatewayError(isErrorCode(code) ? code : 'internal', message, details)

/** Another version may have others. */
const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_KINDS, code)
