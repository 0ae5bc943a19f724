/** The signatures of Gemini's thoughts: what they seal, and which calls must bring theirs back. */
import { geminiRefusal } from './errors.ts'
import type { GeminiModel } from './models.ts'
import { isObject } from '../requests/shape.ts'
import type { Body } from '../requests/shape.ts'
import type { Sealer } from '../answers/signatures.ts'

/** Google documents these for calls that its model never made. */
const ACCEPTED_UNSEEN = new Set([
  'skip_thought_signature_validator',
  'context_engineering_is_the_way_to_go',
])

/** The order of the arguments is not guaranteed. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [two]) => (one < two ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}

/** A call is sealed with its name and arguments; a signature on a text seals nothing of it. */
const sealedOf = ({ functionCall: call }: Body) =>
  isObject(call) ? `${String(call.name)} ${JSON.stringify(sorted(call.args ?? {}))}` : ''

export const signatureFor = (sealer: Sealer, part: Body, thought: string) =>
  sealer.seal('thought', thought, sealedOf(part))

export const checkSignature = (part: Body, sealer: Sealer) => {
  const { thoughtSignature: signature } = part
  if (typeof signature !== 'string' || ACCEPTED_UNSEEN.has(signature)) return
  if (!sealer.isIntact('thought', signature, sealedOf(part)))
    throw geminiRefusal('Corrupted thought signature.')
}

const partsOf = ({ parts }: Body): Body[] => (Array.isArray(parts) ? parts.filter(isObject) : [])

const speaks = (content: Body) =>
  content.role !== 'model' && !partsOf(content).some((part) => part.functionResponse)

/** In the turn that is going on, the first call of each step has its signature. */
export const checkSigned = (turns: Body[], { generation }: GeminiModel) => {
  if (generation < 3) return
  const start = turns.findLastIndex(speaks)
  for (const [place, content] of turns.entries()) {
    if (place < start || content.role !== 'model') continue
    const first = partsOf(content).find(({ functionCall }) => functionCall)
    if (!first || first.thoughtSignature) continue
    const { name } = first.functionCall as Body
    throw geminiRefusal(
      `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${String(name)}\` , position ${place + 1}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.`,
    )
  }
}
