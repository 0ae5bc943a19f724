/** In which of its provider's languages a target is asked, for this model and this request. */
import type { Protocol } from '#protocols'
import type { HttpProvider } from '#providers'
import type { GatewayCall } from '../call.ts'
import { type Envelope, jsonOf } from '../request/envelope.ts'

/**
 * The languages that will do, best first. Where the model refuses all that its provider is said to speak, those
 * are left: whoever configured it knows more than a table.
 */
export const usableProtocols = (
  { protocols, traits }: Pick<HttpProvider, 'protocols' | 'traits'>,
  model: string,
  hasTools: boolean,
): readonly Protocol[] => {
  const { refusedProtocols = [], refusedWithTools = [] } = traits(model)
  const answering = protocols.filter(({ name }) => !refusedProtocols.includes(name))
  if (answering.length === 0) return protocols
  if (!hasTools) return answering
  const able = answering.filter(({ name }) => !refusedWithTools.includes(name))
  return able.length === 0 ? answering : able
}

/** Whether the body brings tools, by its outline: what they are is not read. */
export const bringsTools = (call: Pick<GatewayCall, 'body'>, envelope: Envelope): boolean =>
  TOOL_FIELDS.some((field) => HAS_ELEMENTS.test(jsonOf(call, envelope, field, HEAD_BYTES) ?? ''))

const TOOL_FIELDS = ['tools', 'functions']
const HAS_ELEMENTS = /^\[\s*[^\s\]]/
/** Enough to see whether a list holds anything. */
const HEAD_BYTES = 1024
