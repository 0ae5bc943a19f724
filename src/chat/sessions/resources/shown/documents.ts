/** What of a session is shown as a document: its branch, and what a model was sent. */
import { isJsonObject, parseObject, type SessionMessage } from '#model'
import type { RunRecord } from '../../session-store.ts'

const ROLES = { user: 'User', assistant: 'Assistant' } as const

export const toMarkdown = (title: string | null, messages: readonly SessionMessage[]): string =>
  [`# ${title ?? 'Conversation'}`, ...messages.map(toSection)].join('\n\n') + '\n'

const toSection = ({ role, content, status, parts }: SessionMessage): string => {
  const mark = role === 'assistant' && status !== 'done' ? ` (${status})` : ''
  const files = parts.flatMap((part) =>
    part.kind === 'attachment' ? [`- Attachment: ${part.name} (${part.type})`] : [],
  )
  return [`## ${ROLES[role]}${mark}`, content, files.join('\n')].join('\n\n').trimEnd()
}
interface ShownRun extends Pick<RunRecord, 'id' | 'model'> {
  /** JSON of the request. */
  readonly prompt: string
}

/** What the model of a run was sent. */
export const toPrompt = ({ id, model, prompt }: ShownRun): object => {
  const request = parseObject(prompt) ?? {}
  const turns = Array.isArray(request.turns) ? request.turns.filter(isJsonObject) : []
  return {
    run_id: id,
    model,
    messages: turns.map(({ role, parts }) => ({
      role,
      content: textOf(parts),
      ...toFiles(parts),
    })),
    settings: {
      temperature: request.temperature ?? null,
      max_output_tokens: request.maxOutputTokens ?? null,
    },
  }
}

const toFiles = (parts: unknown): object => {
  const files = (Array.isArray(parts) ? parts : [])
    .filter(isJsonObject)
    .filter(({ kind }) => kind === 'attachment')
    .map(({ kind: _kind, ...file }) => file)
  return files.length === 0 ? {} : { attachments: files }
}

const textOf = (parts: unknown): string =>
  (Array.isArray(parts) ? parts : [])
    .filter(isJsonObject)
    .map(({ text }) => text)
    .filter((text) => typeof text === 'string')
    .join('\n\n')
