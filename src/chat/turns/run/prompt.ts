/** What a model is sent of a session: its system prompt, and the last exchanges of the branch. */
import type { Attachment, ModelRequest, Part, Turn } from '#model'
import type { MessageRecord, SentPrompt, SessionRecord } from '../../sessions/session-store.ts'

interface Asked {
  readonly session: Pick<SessionRecord, 'systemPrompt' | 'settings'>
  /** From the beginning of the branch, or later, to the message that is answered. */
  readonly branch: readonly MessageRecord[]
  readonly model: string
  readonly maxHistory: number
}

/** The request as it is kept: it names files, and does not have their bytes. */
export interface Prompt extends Omit<ModelRequest, 'turns'> {
  readonly turns: readonly PromptTurn[]
}

export interface PromptTurn {
  readonly role: Turn['role']
  readonly parts: readonly PromptPart[]
}

export type PromptPart = Part | AttachmentPart
export type AttachmentPart = { readonly kind: 'attachment' } & Attachment

/** The model did not end its answer itself. */
const CUT = '[Note: your answer above was stopped before it was complete.]'
const CONTINUE =
  '[Note: your answer above was stopped before it was complete. Continue it exactly where it stops. Do not repeat any of it.]'

export const toModelRequest = ({ session, branch, model, maxHistory }: Asked): Prompt => {
  const { systemPrompt, settings } = session
  const { temperature, maxOutputTokens } = settings
  const system: PromptTurn[] = systemPrompt ? [toTurn('system', systemPrompt)] : []
  return {
    model,
    stream: true,
    usageInStream: true,
    turns: [...system, ...toTurns(lastExchanges(branch, maxHistory))],
    tools: [],
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  }
}

/** As many messages as the last exchanges may have, if some answers were continued. */
export const mostMessages = (maxHistory: number): number => (maxHistory + 1) * 4

/** The message that is answered, and so many exchanges before it. */
const lastExchanges = (
  branch: readonly MessageRecord[],
  maxHistory: number,
): readonly MessageRecord[] => {
  let left = maxHistory + 1
  let start = branch.length
  for (let at = branch.length - 1; at >= 0 && left > 0; at--)
    if (branch[at]?.role === 'user') {
      start = at
      left--
    }
  return branch.slice(start)
}

const isCut = ({ role, status }: MessageRecord): boolean =>
  role === 'assistant' && status !== 'done'

/** Turns of one role never follow each other, which some models refuse. */
const toTurns = (messages: readonly MessageRecord[]): readonly PromptTurn[] => {
  const turns: { role: 'user' | 'assistant'; parts: PromptPart[] }[] = []
  const add = (role: 'user' | 'assistant', text: string): void => {
    const last = turns.at(-1)
    const part = last?.parts.at(-1)
    // Where an answer goes on with an earlier one, the two are one text.
    if (last?.role === 'assistant' && role === 'assistant' && part?.kind === 'text')
      last.parts = [{ kind: 'text', text: part.text + text }]
    else if (last?.role === role) last.parts.push({ kind: 'text', text })
    else turns.push({ role, parts: [{ kind: 'text', text }] })
  }
  /** Before the text: models then know what it speaks of. */
  const addFiles = (files: readonly AttachmentPart[]): void => {
    if (files.length === 0) return
    const last = turns.at(-1)
    if (last?.role === 'user') last.parts.push(...files)
    else turns.push({ role: 'user', parts: [...files] })
  }
  let cut = false
  for (const message of messages) {
    const { role, content } = message
    if (role === 'user' && cut) add('user', CUT)
    if (role === 'user') addFiles(message.parts.filter(isAttachment))
    if (content !== '') add(role, content)
    cut = isCut(message) && content !== ''
  }
  if (cut) add('user', CONTINUE)
  return turns
}

const isAttachment = (part: MessageRecord['parts'][number]): part is AttachmentPart =>
  part.kind === 'attachment'

const toTurn = (role: Turn['role'], text: string): Turn => ({
  role,
  parts: [{ kind: 'text', text }],
})

/** As it is kept. The prompt itself would be the branch once more with each run. */
export const toSentPrompt = (
  { session, branch, maxHistory }: Omit<Asked, 'model'>,
  earlier: SystemSent | undefined,
): SentPrompt => {
  const { systemPrompt, settings } = session
  const { temperature, maxOutputTokens } = settings
  const sent = lastExchanges(branch, maxHistory)
  const system =
    systemPrompt === earlier?.text ? { systemOf: earlier.runId } : systemPrompt && { systemPrompt }
  return {
    last: sent.at(-1)?.id ?? null,
    messages: sent.length,
    ...system,
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  }
}

/** The run that has the system prompt which was sent last. */
export interface SystemSent {
  readonly runId: string
  readonly text: string
}
