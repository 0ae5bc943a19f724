/** Asks one target for embeddings, in as many requests as its upstream requires. */
import { type EmbeddingRequest, GatewayError, type JsonObject } from '#model'
import type { HttpProvider, LocalProvider } from '#providers'
import type { Target } from '#router'
import { answerTooLarge, MAX_ANSWER_BYTES } from '../attempts/answer-bounds.ts'
import { toAnswer } from '../lanes/plain-answers.ts'
import type { Answer, EmbeddingCall } from '../call.ts'
import type { CallRecord, LaneRecord } from '../record/call-record.ts'
import {
  type Batches,
  estimateInputs,
  relayBatches,
  spentOn,
  toSpent,
  translateBatches,
} from './embedding-batches.ts'
import type { Envelope } from '../request/envelope.ts'
import { parseBody } from '../request/parse-body.ts'
import { attemptHttp } from '../attempts/http-attempt.ts'

export const embeds = ({ provider }: Target): boolean =>
  provider.kind === 'http' ? provider.embeddings !== undefined : provider.embed !== undefined

/** Reads the body at most once, and asks no target twice for the same batch. */
export const createEmbedder = (
  call: EmbeddingCall,
  envelope: Envelope,
  record: LaneRecord & Pick<CallRecord, 'holds' | 'used' | 'keepsOwnId'>,
) => {
  const { signal, named, embedding } = call
  const progressOf = new Map<Target, Progress>()
  let parsed: JsonObject | undefined
  let decoded: EmbeddingRequest | undefined

  const parse = (): JsonObject => (parsed ??= parseBody(call.body))
  const decode = (): EmbeddingRequest =>
    (decoded ??= embedding.decodeRequest(named ? { ...parse(), model: named.model } : parse()))

  const embedHere = async (provider: LocalProvider, model: string): Promise<Answer> => {
    if (!provider.embed) throw cannotEmbed(provider)
    const request = decode()
    record.lane('translate', 'local')
    const answer = await provider.embed({ ...request, model }, signal.toAbortSignal())
    const inputTokens = answer.inputTokens ?? estimateInputs(request)
    // The demo must not be mistaken for a real model.
    const shown = provider.isDemo ? `${provider.name}/${model}` : envelope.model
    const whole = { ...answer, model: shown, inputTokens }
    record.firstByte()
    return {
      ...toAnswer(embedding.encodeAnswer(whole, request.encoding)),
      spent: toSpent(inputTokens),
    }
  }

  const toBatches = (provider: HttpProvider, spoken: Spoken, model: string): Batches => {
    const isRelayed = spoken.name === embedding.name
    record.lane(isRelayed ? 'relay' : 'translate', spoken.name)
    return isRelayed
      ? relayBatches({ call, envelope, model, maxInputs: spoken.maxInputs, parse })
      : translateBatches(call, decode(), spoken, { provider: provider.name, model })
  }

  const embedThere = async (
    target: Target,
    provider: HttpProvider,
    headers: readonly string[],
  ): Promise<Answer> => {
    const { embeddings: spoken } = provider
    if (!spoken) throw cannotEmbed(provider)
    const { lanes, join } = toBatches(provider, spoken, target.model)
    // The joined answer has the headers of none of them.
    if (lanes.length > 1) record.keepsOwnId()
    const progress = progressOf.get(target) ?? { answers: [], noted: 0 }
    progressOf.set(target, progress)
    const { answers } = progress
    const attempt = { provider, stream: false, headers, signal, record }
    const noteUsed = (): void => {
      for (; progress.noted < answers.length; progress.noted++) {
        const { [progress.noted]: lane } = lanes
        const { [progress.noted]: answer } = answers
        if (lane && answer) record.used(spentOn(spoken, lane, answer))
      }
    }
    try {
      for (const lane of lanes.slice(answers.length)) {
        // Checked before the next request costs anything, even if this is a retry.
        boundSize(answers)
        const answer = await attemptHttp({ ...attempt, lane })
        // These answers are held until all of them can be joined.
        if (lanes.length > 1) record.holds(record.hold(sizeOf(answer)))
        answers.push(answer)
      }
      boundSize(answers)
      // Removed before the join: if the answers are unusable, another attempt requests all of them again.
      progressOf.delete(target)
      const joined = join(answers)
      if (progress.noted === 0) return joined
      noteUsed()
      return { ...joined, spent: NOTHING_MORE }
    } catch (thrown) {
      // The next attempt may be at another target, where the same tokens cost something else.
      noteUsed()
      throw thrown
    }
  }

  return async (target: Target, headers: readonly string[]): Promise<Answer> => {
    const { provider, model } = target
    return provider.kind === 'local'
      ? embedHere(provider, model)
      : embedThere(target, provider, headers)
  }
}

type Spoken = NonNullable<HttpProvider['embeddings']>

/** The answers of a target so far, and how many of them the record knows. */
interface Progress {
  readonly answers: Answer[]
  noted: number
}

const NOTHING_MORE = toSpent(0)

const sizeOf = ({ body }: Answer): number => (typeof body === 'string' ? body.length : 0)

const boundSize = (answers: readonly Answer[]): void => {
  if (answers.reduce((sum, answer) => sum + sizeOf(answer), 0) > MAX_ANSWER_BYTES)
    throw answerTooLarge()
}

const cannotEmbed = ({ name }: HttpProvider | LocalProvider): GatewayError =>
  new GatewayError('internal', `'${name}' does not embed.`)
