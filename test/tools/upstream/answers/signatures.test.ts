/** Thinking comes back as it was given, or is refused. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, errorOf } from '../ask.ts'
import { createSealer } from './signatures.ts'
import { startUpstream } from '../start.ts'
import type { Part, Upstream } from '../start.ts'

describe('a seal', () => {
  const sealer = createSealer()

  it('is valid for the text that was shown, and for no other', () => {
    const seal = sealer.seal('thinking', 'thought', 'shown')
    expect(sealer.isIntact('thinking', seal, 'shown')).toBe(true)
    expect(sealer.isIntact('thinking', seal, 'changed')).toBe(false)
    expect(sealer.isIntact('redacted', seal, 'shown')).toBe(false)
  })

  it('breaks when a character changes', () => {
    const seal = sealer.seal('redacted', 'thought')
    const changed = seal.slice(0, -2) + (seal.at(-2) === 'A' ? 'B' : 'A') + seal.slice(-1)
    expect(sealer.isIntact('redacted', changed)).toBe(false)
  })

  it('is not valid elsewhere', () => {
    const elsewhere = createSealer('another secret')
    expect(sealer.isIntact('encrypted', elsewhere.seal('encrypted', 'thought'))).toBe(false)
  })
})

describe('thinking that is replayed', () => {
  let upstream: Upstream
  beforeAll(async () => {
    upstream = await startUpstream()
  })
  afterAll(() => upstream.close())

  const user = { role: 'user', content: 'hello' }
  const call: Part = { toolCall: { name: 'weather', arguments: '{}' } }
  const settings = {
    model: 'claude-sonnet-4-5',
    max_tokens: 4096,
    thinking: { type: 'enabled', budget_tokens: 2000 },
    tools: [{ name: 'weather', input_schema: { type: 'object' } }],
  }
  const fire = (body: object) => ask(upstream, '/v1/messages', { ...settings, ...body })

  type Block = Record<string, unknown>

  const begin = async (parts: Part[], body: object = {}) => {
    upstream.next({ parts })
    const { json } = await fire({ messages: [user], ...body })
    return json.content as Block[]
  }

  const goOn = (content: Block[], body: object = {}) => {
    const use = content.find(({ type }) => type === 'tool_use')
    const next = use
      ? { role: 'user', content: [{ type: 'tool_result', tool_use_id: use.id, content: 'sunny' }] }
      : user
    return fire({ messages: [user, { role: 'assistant', content }, next], ...body })
  }

  it('is accepted as it was', async () => {
    const content = await begin([{ reasoning: 'hm' }, { redacted: true }, call])
    expect(content.map(({ type }) => type)).toEqual(['thinking', 'redacted_thinking', 'tool_use'])
    expect((await goOn(content)).status).toBe(200)
  })

  it('is refused with other text', async () => {
    const [thought = {}, ...rest] = await begin([{ reasoning: 'hm' }, call])
    const answer = await goOn([{ ...thought, thinking: 'ha' }, ...rest])
    expect(answer.status).toBe(400)
    expect(errorOf(answer).message).toBe(
      'messages.1.content.0: Invalid `signature` in `thinking` block',
    )
  })

  it('is refused with a foreign signature', async () => {
    const foreign = { type: 'thinking', thinking: 'hm', signature: 'sluice.openai.1' }
    const answer = await goOn([foreign, { type: 'text', text: 'hello' }])
    expect(errorOf(answer).message).toContain('Invalid `signature` in `thinking` block')
  })

  it('is refused with altered redacted data', async () => {
    const answer = await goOn([
      { type: 'redacted_thinking', data: 'EmAAAA' },
      { type: 'text', text: 'hello' },
    ])
    expect(errorOf(answer).message).toContain('Invalid `data` in `redacted_thinking` block')
  })

  it('is shown as a signature only if it is to be omitted', async () => {
    const adaptive = {
      model: 'claude-opus-5',
      thinking: { type: 'adaptive', display: 'omitted' },
    }
    const content = await begin([{ reasoning: 'hm' }, call], adaptive)
    expect(content[0]).toMatchObject({ type: 'thinking', thinking: '' })
    expect((await goOn(content, adaptive)).status).toBe(200)
  })

  it('must be first in the turn that uses a tool', async () => {
    const content = await begin([{ reasoning: 'hm' }, { text: 'well' }, call])
    const [thought = {}, said = {}, use = {}] = content
    const answer = await goOn([said, thought, use])
    expect(errorOf(answer).message).toContain(
      'Expected `thinking` or `redacted_thinking`, but found `text`.',
    )
  })

  it('must not be omitted from the turn that uses a tool', async () => {
    const content = await begin([{ reasoning: 'hm' }, call])
    expect(errorOf(await goOn(content.slice(1))).message).toContain('but found `tool_use`')
  })

  it('must be complete in the turn that uses a tool', async () => {
    const content = await begin([{ reasoning: 'one' }, { redacted: true }, call])
    const answer = await goOn(content.filter(({ type }) => type !== 'redacted_thinking'))
    expect(errorOf(answer).message).toContain('in the latest assistant message cannot be modified')
  })

  it('may be omitted after the turn', async () => {
    const content = await begin([{ reasoning: 'hm' }, { text: 'hello' }])
    expect((await goOn(content.slice(1))).status).toBe(200)
  })
})
