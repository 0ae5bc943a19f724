/** `/chat/ws`: each answer is `llm_start`, `token`..., `llm_end`, and then `done`, `cancelled` or `error`. */
import type { CostSummary, SessionMessage } from '#model'
import type { DialectSession } from './dialect.ts'
import { type EndOfRun, errorOfEnd } from './frames/run-ends.ts'
import { jsonDialect, type JsonDialect } from './frames/json-frames.ts'

const greet = ({ id, isNew, position }: DialectSession): readonly object[] => [
  {
    type: 'connected',
    session_id: id,
    message: isNew ? 'The session was made.' : 'The session is open.',
    position,
  },
]

const begin = ({ model, content }: SessionMessage): readonly object[] => {
  const start = { type: 'llm_start', model }
  const token_count = Math.ceil(content.length / CHARACTERS_PER_TOKEN)
  return content === ''
    ? [start]
    : [start, { type: 'token', token: content, token_count, cost: null }]
}

/** A guess until the next token, which has the count of the run. */
const CHARACTERS_PER_TOKEN = 4

interface EndedAnswer {
  readonly result: string
  readonly cost_summary?: CostSummary | undefined
}

/** The text is in every end: it counts if pieces of it were joined, and some of them then taken back. */
export const writeEnd = (end: EndOfRun & EndedAnswer): object => {
  const { status, result, cost_summary } = end
  const error = errorOfEnd(end)
  if (error) return { type: 'error', error, status, result, cost_summary }
  return { type: status, result, cost_summary }
}

export const CHAT_FRAMES: JsonDialect = {
  name: 'chat-ws',
  greet,
  begin,
  // Every call of a model starts an answer that is there already.
  beginsAgain: false,
  writers: {
    llm_start: ({ model }) => ({ type: 'llm_start', model }),
    token: ({ token, token_count, cost }) => ({ type: 'token', token, token_count, cost }),
    llm_end: ({ cost_summary }) => ({ type: 'llm_end', cost_summary }),
    run_end: writeEnd,
    history_cleared: () => ({ type: 'history_cleared' }),
  },
}

export const chatWs = jsonDialect(CHAT_FRAMES)
