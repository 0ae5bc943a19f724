/** Keeps the targets that can do what a call needs. */
import { GatewayError, type Need, type ProtocolName } from '#model'
import type { Catalogue, Provider } from '#providers'
import {
  ableOf,
  type Capabilities,
  judge,
  type Judged,
  type Needs,
  type Shortcoming,
  type Target,
  toTargetName,
} from '#router'
import type { LargeWork } from '../attempts/large-work.ts'
import type { GatewayCall } from '../call.ts'
import type { Envelope } from '../request/envelope.ts'
import { readNeeds, toPossibleNeeds } from '../request/needs.ts'

interface Asked {
  readonly call: GatewayCall
  readonly envelope: Envelope
}

/** Rejects with a GatewayError if no target can serve the call. */
export type KeepAble = (
  asked: Asked,
  targets: readonly Target[],
  /** Counts the tokens of a call: it is never refused. */
  isCount?: boolean,
) => readonly Target[] | Promise<readonly Target[]>

/** Nothing is read of a call unless one of its targets is known to lack something. */
export const createKeepAble =
  (capabilities: Capabilities, catalogue: Catalogue, large: LargeWork): KeepAble =>
  ({ call, envelope }, targets, isCount = false) => {
    const isAlone = targets.length === 1
    if (!isAlone) for (const { provider } of targets) askWhatItCan(catalogue, provider)
    const possible = toPossibleNeeds(call, envelope)
    // What only changes the order does not matter for one target.
    const mayLack = targets.some((target) =>
      judgeFor(call, target, possible, capabilities, isAlone).shortcomings.some(
        ({ isMild }) => !isAlone || !isMild,
      ),
    )
    if (!mayLack) return targets

    const decide = (needs: Needs): readonly Target[] => {
      const judged = targets.map((target) => judgeFor(call, target, needs, capabilities, isAlone))
      const able = ableOf(judged)
      if (able.length > 0) return able
      if (isCount) return targets
      throw nobodyCan(call, envelope.model, judged)
    }
    const needs = large(call, () => readNeeds(call))
    return needs instanceof Promise ? needs.then(decide) : decide(needs)
  }

/** No call waits for it: until the list is there, nothing is known. */
const askWhatItCan = (catalogue: Catalogue, provider: Provider): void => {
  if (provider.kind === 'http' && provider.listsAbilities && !provider.knownModels())
    void catalogue.listOf(provider)
}

/** @param asked a call, or as much of it as is known. */
export const judgeFor = (
  asked: AskedIn,
  target: Target,
  needs: Needs,
  capabilities: Capabilities,
  isAlone: boolean,
): Judged => {
  const shortcomings = judge(target, needs, capabilities, isAlone)
  return {
    target,
    shortcomings: isForeign(asked, target) ? [...shortcomings, FOREIGN] : shortcomings,
  }
}

const FOREIGN: Shortcoming = { need: 'protocol', source: 'configuration', isMild: true }

interface AskedIn {
  readonly protocol: { readonly name: ProtocolName }
  readonly askedIn?: { readonly name: ProtocolName }
}

/** The protocol of single texts can hold a conversation only if that is a single text. */
const isForeign = ({ protocol }: AskedIn, { provider }: Target): boolean =>
  provider.kind === 'http' &&
  protocol.name !== SINGLE_TEXTS &&
  provider.protocols.every(({ name }) => name === SINGLE_TEXTS)

const SINGLE_TEXTS: ProtocolName = 'openai-completions'

export const nobodyCan = (
  asked: AskedIn,
  model: string,
  judged: readonly Judged[],
): GatewayError => {
  const lacking = judged.flatMap(({ shortcomings }) => shortcomings.filter((each) => !each.isMild))
  const isTooLong = lacking.every(({ need }) => need === 'context')
  const reasons = judged.map(toReason)
  return new GatewayError(
    'invalid_request',
    `No target of '${model.slice(0, 200)}' can serve this call: ${reasons.slice(0, MAX_REASONS).join('; ')}${reasons.length > MAX_REASONS ? '; and others' : ''}.`,
    {
      param: fieldOf(asked, lacking[0]?.need ?? 'protocol'),
      ...(isTooLong && { vendorCode: 'context_length_exceeded' }),
    },
  )
}

const MAX_REASONS = 8

const WORDS: Readonly<Record<Exclude<Need, 'context'>, string>> = {
  tools: 'takes no tools',
  images: 'takes no images',
  pdfs: 'takes no PDFs',
  audio: 'takes no audio',
  json_schema: 'cannot answer by a JSON schema',
  reasoning: 'cannot reason',
  streaming: 'cannot stream',
  protocol: 'does not speak this protocol',
}

const toReason = ({ target, shortcomings }: Judged): string => {
  const name = toTargetName(target)
  return shortcomings
    .filter((each) => !each.isMild)
    .map(({ need, source, tokens }) =>
      need === 'context'
        ? `the prompt is too long for '${name}': about ${tokens?.needed} tokens > ${tokens?.available} maximum (${source})`
        : `'${name}' ${WORDS[need]} (${source})`,
    )
    .join(', ')
}

const CONTENT: Readonly<Record<ProtocolName, string>> = {
  'openai-chat': 'messages',
  'openai-responses': 'input',
  'openai-completions': 'prompt',
  'anthropic-messages': 'messages',
  gemini: 'contents',
}

type Fields = Readonly<Record<ProtocolName, string>>

const FORMATS: Fields = {
  'openai-chat': 'response_format',
  'openai-responses': 'text.format',
  'openai-completions': 'response_format',
  'anthropic-messages': 'output_config.format',
  gemini: 'generationConfig.responseJsonSchema',
}

const THOUGHTS: Fields = {
  'openai-chat': 'reasoning_effort',
  'openai-responses': 'reasoning',
  'openai-completions': 'reasoning_effort',
  'anthropic-messages': 'thinking',
  gemini: 'generationConfig.thinkingConfig',
}

/** The field of the client's protocol that asks for it. */
const fieldOf = ({ protocol, askedIn = protocol }: AskedIn, need: Need): string => {
  switch (need) {
    case 'tools':
      return 'tools'
    case 'streaming':
      return 'stream'
    case 'protocol':
      return 'model'
    case 'json_schema':
      return FORMATS[askedIn.name]
    case 'reasoning':
      return THOUGHTS[askedIn.name]
    default:
      return CONTENT[askedIn.name]
  }
}
