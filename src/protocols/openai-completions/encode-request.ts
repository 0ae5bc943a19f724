/** Writes a completion request. The conversation must consist of one text of the user. */
import { invalidRequest, type JsonObject, type ModelRequest } from '#model'
import { withoutUndefined } from '../requests/fields.ts'
import { toOpaqueUser } from '../requests/opaque-user.ts'
import { type EncodedRequest, NOTHING_TO_UNDO, type TargetTraits } from '../protocol.ts'

const PROTOCOL = 'openai-completions'
const MAX_STOP_SEQUENCES = 4

export const encodeRequest = (request: ModelRequest, target: TargetTraits): EncodedRequest => {
  const { extensions = {}, stopSequences = [] } = request
  const { [PROTOCOL]: own = {}, ...foreign } = extensions
  const dropped = new Set(Object.values(foreign).flatMap((fields) => Object.keys(fields)))
  if (request.topK !== undefined) dropped.add('top_k')
  if (request.reasoning) dropped.add('thinking')
  if (stopSequences.length > MAX_STOP_SEQUENCES) dropped.add('stop_sequences')
  const body: JsonObject = withoutUndefined({
    ...own,
    model: target.model,
    prompt: toPrompt(request, target),
    max_tokens:
      request.maxOutputTokens === undefined
        ? undefined
        : Math.min(request.maxOutputTokens, target.maxOutputTokens ?? Infinity),
    temperature: request.temperature,
    top_p: request.topP,
    seed: request.seed,
    presence_penalty: request.presencePenalty,
    frequency_penalty: request.frequencyPenalty,
    stop: stopSequences.length > 0 ? stopSequences.slice(0, MAX_STOP_SEQUENCES) : undefined,
    user: toOpaqueUser(request.userId),
    stream: request.stream,
    stream_options: request.stream ? { include_usage: true } : undefined,
  })
  return { body, dropped: [...dropped], undo: NOTHING_TO_UNDO }
}

const toPrompt = (request: ModelRequest, { provider, model }: TargetTraits): string => {
  const refuse = (what: string, field: string) =>
    invalidRequest(`'${provider}/${model}' completes one text, and takes no ${what}.`, field)
  if (request.tools.length > 0) throw refuse('tools', 'tools')
  if (request.answerFormat) throw refuse('format of its answer', 'response_format')
  const [turn, ...more] = request.turns
  if (!turn || more.length > 0 || turn.role !== 'user') throw refuse('conversation', 'messages')
  return turn.parts
    .map((part) => {
      if (part.kind !== 'text') throw refuse(part.kind, 'messages')
      return part.text
    })
    .join('')
}
