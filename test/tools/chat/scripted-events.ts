/** Sequences of canonical events, as a session would log them. */
import type { CostSummary, EventError, LogEvent, RunEnd } from '#model'

export const COSTS: CostSummary = {
  model: 'demo',
  total_tokens: 12,
  prompt_tokens: 8,
  completion_tokens: 4,
  cached_tokens: 0,
  cache_write_tokens: 0,
  reasoning_tokens: 0,
  total_cost: 0.000_12,
  estimated: false,
}

export const OVERLOADED: EventError = {
  message: 'The upstream is overloaded.',
  type: 'server_error',
  code: 'upstream_overloaded',
  param: null,
}

export const asks = (message_id: string, content: string): LogEvent => ({
  type: 'user_message',
  message_id,
  parent_id: null,
  client_message_id: `client_${message_id}`,
  content,
})

export interface ScriptedRun {
  readonly id: string
  readonly to: string
  readonly tokens?: readonly string[]
  readonly reasoning?: readonly string[]
  readonly status?: RunEnd
  readonly error?: EventError
  /** How far it came before it ended: `started` has only its `run_start`. */
  readonly until?: 'started' | 'asked' | 'answering' | 'answered'
}

const STEPS = ['started', 'asked', 'answering', 'answered']

/** A run from its start to its end. */
export const answers = ({
  id: run_id,
  to,
  tokens = ['Hel', 'lo', '.'],
  reasoning = [],
  status = 'done',
  error,
  until = 'answered',
}: ScriptedRun): LogEvent[] => {
  const reached = STEPS.indexOf(until)
  const message_id = answerOf(run_id)
  const shown = reached < 2 ? [] : tokens
  const thinking: LogEvent[] = reasoning.map((token) => ({
    type: 'reasoning',
    run_id,
    part: 0,
    token,
  }))
  const text: LogEvent[] = shown.map((token, place) => ({
    type: 'token',
    run_id,
    part: 1,
    token,
    token_count: place + 1,
    cost: (place + 1) / 1000,
  }))
  return [
    { type: 'run_start', run_id, message_id, parent_id: to, model: 'demo' },
    ...(reached < 1
      ? []
      : [{ type: 'llm_start', run_id, step: 1, model: 'demo', target: 'demo/demo' } as const]),
    ...(thinking.length > 0
      ? [{ type: 'part_start', run_id, part: 0, kind: 'reasoning' } as const, ...thinking]
      : []),
    ...(text.length > 0
      ? [{ type: 'part_start', run_id, part: 1, kind: 'text' } as const, ...text]
      : []),
    ...(reached < 3 ? [] : [{ type: 'llm_end', run_id, step: 1, cost_summary: COSTS } as const]),
    {
      type: 'run_end',
      run_id,
      message_id,
      status,
      result: shown.join(''),
      finish_reason: status === 'done' ? 'stop' : null,
      cost_summary: COSTS,
      ...(error && { error }),
    },
  ]
}

export const answerOf = (runId: string): string => `answer_${runId}`

const question = asks('m1', 'Hello?')

/** Every kind of history that a session may have. */
export const SCRIPTS: Readonly<Record<string, readonly LogEvent[]>> = {
  'one answer': [question, ...answers({ id: 'run_1', to: 'm1' })],
  'two runs': [
    question,
    ...answers({ id: 'run_1', to: 'm1' }),
    asks('m2', 'And then?'),
    ...answers({ id: 'run_2', to: 'm2', tokens: ['It', ' ', 'ends', '.'] }),
  ],
  'reasoning and a citation': [
    question,
    ...answers({ id: 'run_1', to: 'm1', reasoning: ['Let me', ' think.'] }).toSpliced(-2, 0, {
      type: 'citation',
      run_id: 'run_1',
      index: 1,
      title: 'A page',
    }),
  ],
  'an answer in two steps': [
    question,
    ...answers({ id: 'run_1', to: 'm1' }).toSpliced(
      -1,
      0,
      { type: 'llm_start', run_id: 'run_1', step: 2, model: 'other', target: 'demo/other' },
      { type: 'llm_end', run_id: 'run_1', step: 2, cost_summary: COSTS },
    ),
  ],
  'an empty answer': [question, ...answers({ id: 'run_1', to: 'm1', tokens: [] })],
  'a run that fails before its first token': [
    question,
    ...answers({ id: 'run_1', to: 'm1', until: 'started', status: 'failed', error: OVERLOADED }),
    asks('m2', 'Again?'),
    ...answers({ id: 'run_2', to: 'm2' }),
  ],
  'a run that fails in the middle': [
    question,
    ...answers({ id: 'run_1', to: 'm1', until: 'answering', status: 'failed', error: OVERLOADED }),
  ],
  'a run that is interrupted': [
    question,
    ...answers({ id: 'run_1', to: 'm1', until: 'answering', status: 'interrupted' }),
    ...answers({ id: 'run_2', to: answerOf('run_1'), tokens: ['I go', ' on.'] }),
  ],
  'a run that is cancelled before it asks': [
    question,
    ...answers({ id: 'run_1', to: 'm1', until: 'started', status: 'cancelled' }),
  ],
  'a run that is cancelled before its first token': [
    question,
    ...answers({ id: 'run_1', to: 'm1', until: 'asked', status: 'cancelled' }),
  ],
  'a run that is cancelled in the middle': [
    question,
    ...answers({ id: 'run_1', to: 'm1', until: 'answering', status: 'cancelled' }),
    asks('m2', 'Once more?'),
    ...answers({ id: 'run_2', to: 'm2' }),
  ],
  'a run that is cancelled at its end': [
    question,
    ...answers({ id: 'run_1', to: 'm1', status: 'cancelled' }),
  ],
  'messages that wait': [
    question,
    ...answers({ id: 'run_1', to: 'm1' }).toSpliced(
      3,
      0,
      { type: 'queued', message_id: 'm2', content: 'Next?', place: 1 },
      { type: 'queued', message_id: 'm3', content: 'Never?', place: 2 },
      { type: 'dequeued', message_id: 'm3' },
    ),
    asks('m2', 'Next?'),
    ...answers({ id: 'run_2', to: 'm2' }),
  ],
  'a history that is cleared': [
    question,
    ...answers({ id: 'run_1', to: 'm1' }),
    { type: 'history_cleared' },
    asks('m2', 'Who are you?'),
    ...answers({ id: 'run_2', to: 'm2' }),
  ],
  'events of no dialect': [
    { type: 'session_updated', title: 'Hello?' },
    question,
    ...answers({ id: 'run_1', to: 'm1' }).toSpliced(4, 0, {
      type: 'invented_later',
      run_id: 'run_1',
    } as unknown as LogEvent),
    { type: 'head', message_id: 'answer_run_1' },
  ],
  'text that looks like the mark of the end': [
    question,
    ...answers({
      id: 'run_1',
      to: 'm1',
      tokens: ['See ', '<END_STREAM>', '<END_', 'STREAM>', ' 😀'],
    }),
  ],
}
