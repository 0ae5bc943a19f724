/** Anthropic's rules for thinking: its settings, its signatures, and its place in a replayed turn. */
import { anthropicRefusal } from './anthropic-errors.ts'
import type { Memory } from '../memory.ts'
import type { Turn } from './order.ts'
import type { AnthropicModel } from '../models.ts'
import { isObject } from '../requests/shape.ts'
import type { Body } from '../requests/shape.ts'
import type { Sealer } from '../answers/signatures.ts'

const LEAST_BUDGET = 1024

export const thinks = ({ thinking }: Body) =>
  isObject(thinking) && (thinking.type === 'enabled' || thinking.type === 'adaptive')

const checkBudget = ({ max_tokens: limit }: Body, budget: number) => {
  if (budget < LEAST_BUDGET)
    throw anthropicRefusal(
      `thinking.enabled.budget_tokens: Input should be greater than or equal to ${LEAST_BUDGET}`,
    )
  if (typeof limit === 'number' && budget >= limit)
    throw anthropicRefusal('`max_tokens` must be greater than `thinking.budget_tokens`.')
}

export const checkThinkingSettings = (body: Body, model: AnthropicModel, name: string) => {
  const { thinking, tool_choice: choice } = body
  if (isObject(thinking) && thinking.type === 'disabled' && model.alwaysThinks)
    throw anthropicRefusal(
      '"thinking.type.disabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
    )
  if (!isObject(thinking) || !thinks(body)) return
  if (thinking.type === 'adaptive' && !model.adaptiveThinking)
    throw anthropicRefusal(`adaptive thinking is not supported on this model: ${name}`)
  if (thinking.type === 'enabled') {
    if (!model.budgetedThinking)
      throw anthropicRefusal(
        '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
      )
    checkBudget(body, Number(thinking.budget_tokens))
  }
  if (typeof body.temperature === 'number' && body.temperature !== 1)
    throw anthropicRefusal(
      '`temperature` may only be set to 1 when thinking is enabled. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#important-considerations-when-using-extended-thinking',
    )
  if (typeof body.top_p === 'number' && body.top_p < 0.95)
    throw anthropicRefusal(
      '`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.',
    )
  if (body.top_k !== undefined)
    throw anthropicRefusal('`top_k` must be unset when thinking is enabled.')
  if (isObject(choice) && (choice.type === 'any' || choice.type === 'tool'))
    throw anthropicRefusal('Thinking may not be enabled when tool_choice forces tool use.')
}

export const isThought = ({ type }: Body) => type === 'thinking' || type === 'redacted_thinking'

export const sealOf = (block: Body) => String(block.signature ?? block.data)

export const checkSeals = (turns: Turn[], sealer: Sealer) => {
  for (const { blocks, places } of turns)
    for (const [index, block] of blocks.entries()) {
      if (
        block.type === 'thinking' &&
        !sealer.isIntact('thinking', String(block.signature), String(block.thinking))
      )
        throw anthropicRefusal(`${places[index]}: Invalid \`signature\` in \`thinking\` block`)
      if (block.type === 'redacted_thinking' && !sealer.isIntact('redacted', String(block.data)))
        throw anthropicRefusal(`${places[index]}: Invalid \`data\` in \`redacted_thinking\` block`)
    }
}

/** Models of other vendors that think unless it is turned off, sign nothing, and treat an empty text as none. */
const UNSIGNED = /^(?:deepseek|kimi)-/

export const signsThoughts = ({ model }: Body) => !UNSIGNED.test(String(model))

/** As DeepSeek and Moonshot refuse it; neither knows thoughts that it cannot read. */
export const checkUnsignedThoughts = ({ thinking }: Body, turns: Turn[]) => {
  if (isObject(thinking) && thinking.type === 'disabled') return
  for (const { blocks, places } of turns) {
    const hidden = blocks.findIndex(({ type }) => type === 'redacted_thinking')
    if (hidden !== -1) throw anthropicRefusal(`${places[hidden]}.type: redacted_thinking`)
    const called = blocks.findIndex(({ type }) => type === 'tool_use')
    const thoughts = blocks.slice(0, Math.max(called, 0))
    if (called !== -1 && !thoughts.some((block) => block.type === 'thinking' && block.thinking))
      throw anthropicRefusal(
        'The `content[].thinking` in the thinking mode must be passed back to the API.',
      )
  }
}

/** While a tool is being used, the thoughts that led to it stay first and as they were. */
export const checkThoughtsKept = (body: Body, turns: Turn[], { thoughts }: Memory) => {
  const turn = turns.findLast(({ role }) => role === 'assistant')
  const calls = turn?.blocks.filter(({ type }) => type === 'tool_use') ?? []
  if (!turn || calls.length === 0 || turns.indexOf(turn) < turns.length - 2) return
  if (!thinks(body)) return
  const found = turn.blocks.filter(isThought).map(sealOf)
  const [first] = turn.blocks
  const enabled = isObject(body.thinking) && body.thinking.type === 'enabled'
  if (enabled && first && !isThought(first))
    throw anthropicRefusal(
      `${turn.places[0]}.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${String(first.type)}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks). We recommend you include thinking blocks from previous turns. To avoid this requirement, disable \`thinking\`.`,
    )
  if (found.length === 0) return
  const given = thoughts.get(String(calls[0]?.id))
  const inPlace = turn.blocks.slice(0, found.length).every(isThought)
  if (given && (given.join() !== found.join() || !inPlace))
    throw anthropicRefusal(
      `${turn.places[0]}: \`thinking\` or \`redacted_thinking\` blocks in the latest assistant message cannot be modified. These blocks must remain as they were in the original response.`,
    )
}
