/** The routes of sessions under fire, and bodies that are right for them. */

export type Bodies = readonly Readonly<Record<string, unknown>>[]

export interface SessionRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** `{session}` and `{message}` are the places of ids. */
  readonly path: string
  readonly bodies?: Bodies
}

const MODELS = ['demo/echo', 'gpt-4o', 'claude-opus-5', 'nobody']

const MESSAGES: Bodies = [
  { content: 'hello' },
  { content: '[[say Grüße 👋]]', client_message_id: 'c-1', when_busy: 'interrupt' },
  { content: 'hello', when_busy: 'reject', on_disconnect: 'cancel', metadata: { a: [1, null] } },
  ...MODELS.map((model) => ({ content: 'hello', model })),
]

const SESSIONS: Bodies = [
  { id: 'fuzz-a' },
  { id: 'fuzz-b', title: 'Grüße', system_prompt: 'You are brief.', keep: true },
  {
    id: 'fuzz-c.d:e_f',
    model: 'demo/echo',
    settings: { temperature: 0.5, max_output_tokens: 10, when_busy: 'queue' },
    metadata: { page: { path: '/' } },
  },
  {},
]

const CHANGES: Bodies = [
  { title: 'Another' },
  { title: null, system_prompt: null, model: null, keep: false },
  { settings: { temperature: 2, on_disconnect: 'cancel' }, metadata: {} },
  { model: 'demo/echo' },
]

const QUESTIONS: Bodies = [
  { message: 'hello', session_id: 'fuzz-a' },
  { message: 'hello' },
  { content: 'hello', session_id: 'fuzz-b', client_message_id: 'c-2', when_busy: 'reject' },
  ...MODELS.map((model) => ({ message: 'hello', session_id: 'fuzz-a', model })),
]

const OF_SESSION = '/api/sessions/{session}'

const get = (path: string): SessionRequest => ({ method: 'GET', path })
const post = (path: string, ...bodies: Bodies): SessionRequest => ({
  method: 'POST',
  path,
  bodies,
})

export const SESSION_ROUTES = {
  sessions: [
    get('/api/sessions'),
    post('/api/sessions', ...SESSIONS),
    post('/api/sessions', ...SESSIONS),
    get(OF_SESSION),
    { method: 'PATCH', path: OF_SESSION, bodies: CHANGES },
    { method: 'DELETE', path: OF_SESSION },
    post(`${OF_SESSION}/extend`, { hours: 1 }, {}),
    post(`${OF_SESSION}/fork`, {}, { title: 'A fork' }, { message_id: 'msg_1' }),
    get(`${OF_SESSION}/export`),
    get(`${OF_SESSION}/runs`),
    get(`${OF_SESSION}/runs/{message}/prompt`),
  ],
  session_messages: [
    // What is asked of them needs sessions.
    post('/api/sessions', ...SESSIONS),
    get(`${OF_SESSION}/messages`),
    post(`${OF_SESSION}/messages`, ...MESSAGES),
    post(`${OF_SESSION}/messages`, ...MESSAGES),
    post(`${OF_SESSION}/messages/{message}/edit`, { content: 'Hello again.' }),
    post(`${OF_SESSION}/messages/{message}/regenerate`, {}, { model: 'demo/echo' }),
    { method: 'DELETE', path: `${OF_SESSION}/queue/{message}` },
    post(`${OF_SESSION}/clear`, {}),
    post(`${OF_SESSION}/cancel`, {}, { run_id: 'run_1' }),
    post(`${OF_SESSION}/continue`, { run_id: 'run_1' }),
    post(`${OF_SESSION}/choose`, { message_id: 'msg_1' }),
  ],
  session_streams: [
    get(`${OF_SESSION}/events`),
    get('/chat/stream'),
    post('/chat/stream', ...QUESTIONS),
  ],
  api_chat: [post('/api/chat', ...QUESTIONS)],
  tickets_and_costs: [
    post('/api/tickets', {}),
    get('/cost-summary'),
    post('/cost-summary/reset', {}, { session_id: 'fuzz-a' }),
  ],
} as const satisfies Readonly<Record<string, readonly SessionRequest[]>>

export type SessionRouteName = keyof typeof SESSION_ROUTES

export const isSessionRoute = (name: string): name is SessionRouteName =>
  Object.hasOwn(SESSION_ROUTES, name)

export const isStream = ({ path }: SessionRequest): boolean =>
  path.endsWith('/events') || path === '/chat/stream'
