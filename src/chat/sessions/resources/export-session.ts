/** The shown branch as a document. */
import type { SessionMessage } from '#model'

const ROLES = { user: 'User', assistant: 'Assistant' } as const

export const toMarkdown = (title: string | null, messages: readonly SessionMessage[]): string =>
  [`# ${title ?? 'Conversation'}`, ...messages.map(toSection)].join('\n\n') + '\n'

const toSection = ({ role, content, status }: SessionMessage): string => {
  const mark = role === 'assistant' && status !== 'done' ? ` (${status})` : ''
  return `## ${ROLES[role]}${mark}\n\n${content}`.trimEnd()
}
