/** Chooses the protocol of a provider to use for a model and a request. */
import type { Protocol } from '#protocols'
import type { HttpProvider } from '#providers'
import type { GatewayCall } from '../call.ts'
import { type Envelope, jsonOf } from '../request/envelope.ts'

/**
 * The usable protocols, best first. If the model refuses all protocols that its provider is configured with, they are
 * used anyway: the operator knows more than a table.
 */
export const usableProtocols = (
  { protocols, traits }: Pick<HttpProvider, 'protocols' | 'traits'>,
  model: string,
  hasTools: boolean,
): readonly Protocol[] => {
  const { refusedProtocols = NONE, refusedWithTools = NONE } = traits(model)
  if (refusedProtocols.length === 0 && refusedWithTools.length === 0) return protocols
  const answering = protocols.filter(({ name }) => !refusedProtocols.includes(name))
  if (answering.length === 0) return protocols
  if (!hasTools) return answering
  const able = answering.filter(({ name }) => !refusedWithTools.includes(name))
  return able.length === 0 ? answering : able
}

const NONE: readonly never[] = []

/** Whether the body contains tools, judged by its outline: the tools themselves are not read. */
export const bringsTools = (call: Pick<GatewayCall, 'body'>, envelope: Envelope): boolean =>
  TOOL_FIELDS.some((field) => HAS_ELEMENTS.test(jsonOf(call, envelope, field, HEAD_BYTES) ?? ''))

const TOOL_FIELDS = ['tools', 'functions']
const HAS_ELEMENTS = /^\[\s*[^\s\]]/
/** Enough to see whether a list is empty. */
const HEAD_BYTES = 1024
