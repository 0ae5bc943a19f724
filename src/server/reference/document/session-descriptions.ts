/** The routes of sessions, by what they ask for. A new one is a mistake of types here until it is described. */
import type { SessionAction } from '../../routes/route.ts'
import type { AnswerDescription, Description } from './description.ts'

const BEGUN: Description['answers'] = {
  200: { text: 'The message came before, and is not run again.', schema: 'CommandOutcome' },
  202: { text: 'The run has started, or waits for another.', schema: 'CommandOutcome' },
}

const DONE: Description['answers'] = {
  200: { text: 'It is done.', schema: 'CommandOutcome' },
}

const THE_SESSION: AnswerDescription = { text: 'The session.', schema: 'Session' }

export const SESSIONS: Readonly<Record<SessionAction, Description>> = {
  list: {
    summary: 'List sessions',
    details:
      'The sessions of the owner, the latest first. `search` finds words in titles and messages.',
    asks: { limit: '10' },
    answers: { 200: { text: 'One page.', schema: 'SessionList' } },
  },
  create: {
    summary: 'Create a session',
    details: 'A client may choose the id. Ids that begin with `ses_` are made by the server.',
    body: 'SessionCreate',
    example: {
      title: 'Billing question',
      system_prompt: 'Answer in one short paragraph.',
      settings: { temperature: 0.3 },
      metadata: { team: 'support' },
    },
    answers: { 201: THE_SESSION },
  },
  read: { summary: 'Read a session', answers: { 200: THE_SESSION } },
  patch: {
    summary: 'Change a session',
    details: 'Fields that are absent stay. Null resets a field.',
    body: 'SessionPatch',
    example: { title: 'Invoice of March', keep: true },
    answers: { 200: THE_SESSION },
  },
  delete: {
    summary: 'Delete a session',
    details: 'Deletes its messages, runs and events, and closes its connections.',
    answers: { 204: { text: 'It is gone.' } },
  },
  messages: {
    summary: 'List messages',
    details:
      'The branch that models see, the latest page first. `branches=all` lists all branches.',
    asks: { limit: '20' },
    answers: { 200: { text: 'One page, the oldest message first.', schema: 'MessageList' } },
  },
  send: {
    summary: 'Send a message',
    details:
      'Starts a run, which goes on without a connection. Read its events from `position`. `message` is another name of `content`.',
    body: 'MessageSend',
    example: { content: 'Where is my invoice?', client_message_id: 'question-1' },
    answers: BEGUN,
    runs: true,
  },
  edit: {
    summary: 'Edit a message',
    details: 'Asks again with other words. The earlier message and its answer stay beside it.',
    body: 'MessageEdit',
    example: { content: 'Where is my invoice of March?' },
    answers: BEGUN,
    runs: true,
  },
  regenerate: {
    summary: 'Make another answer',
    details: 'The id is that of an answer, or of the message that it answers.',
    body: 'MessageRegenerate',
    example: {},
    answers: BEGUN,
    runs: true,
  },
  dequeue: {
    summary: 'Remove a waiting message',
    answers: DONE,
  },
  clear: {
    summary: 'Clear the history',
    details: 'Deletes all messages of the session.',
    body: 'Nothing',
    example: {},
    answers: DONE,
  },
  extend: {
    summary: 'Keep a session longer',
    body: 'SessionExtend',
    example: { hours: 72 },
    answers: { 200: THE_SESSION },
  },
  fork: {
    summary: 'Fork a session',
    details: 'Copies the messages up to `message_id` into a new session.',
    body: 'SessionFork',
    example: { title: 'Another way' },
    answers: { 201: { text: 'The new session.', schema: 'Session' } },
  },
  cancel: {
    summary: 'Stop the run',
    details: 'Also before its first token. The partial answer is kept.',
    body: 'RunCancel',
    example: {},
    answers: {
      200: { text: 'It is stopped, or there was nothing to stop.', schema: 'CommandOutcome' },
    },
  },
  continue: {
    summary: 'Continue an answer',
    details: 'Goes on with an answer that was cancelled or interrupted, in a new run.',
    body: 'RunContinue',
    example: { run_id: 'RUN_ID' },
    answers: BEGUN,
    runs: true,
  },
  choose: {
    summary: 'Choose a branch',
    details: 'Moves the head: models see the branch of this message from now on.',
    body: 'HeadChoose',
    example: { message_id: 'MESSAGE_ID' },
    answers: DONE,
  },
  export: {
    summary: 'Export a session',
    details: 'The branch that is shown, as a file.',
    asks: { format: 'markdown' },
    answers: {
      200: {
        text: 'The file.',
        schema: 'SessionExport',
        types: ['application/json', 'text/markdown'],
      },
    },
  },
  runs: {
    summary: 'List runs',
    answers: { 200: { text: 'The latest 100 runs.', schema: 'RunList' } },
  },
  prompt: {
    summary: 'Read the prompt of a run',
    details: 'What the model was sent.',
    answers: { 200: { text: 'The prompt.', schema: 'Prompt' } },
  },
  events: {
    summary: 'Follow a session',
    details:
      'Server-sent events: the type of each in `event:`, its position in `id:`. A client that comes back sends the last `id` as `Last-Event-ID`. The stream does not end by itself. Each event is a `SessionEvent`. A WebSocket at `/ws/session/{id}` has the same events, and takes a `SessionCommand` in each frame.',
    asks: { position: '0.0' },
    answers: {
      200: { text: 'The events.', types: ['text/event-stream'], events: 'SessionEvent' },
    },
    socket: { path: '/ws/session/{id}', sends: 'SessionCommand' },
  },
  stream: {
    summary: 'Ask and stream the answer',
    details:
      'One run as server-sent events without `event:` lines: `connected`, `llm_start`, `token`, `llm_end`, and then `done`, `cancelled` or `error`. A request with `Last-Event-ID` never runs the message again: it reads on, or is answered with 204 when nothing is left.',
    body: 'ChatQuestion',
    example: { message: 'Where is my invoice?', session_id: 'SESSION_ID' },
    asks: { message: 'Hello', session_id: 'SESSION_ID' },
    answers: {
      200: { text: 'The events.', types: ['text/event-stream'] },
      204: { text: 'Nothing is left to read.' },
    },
    runs: true,
  },
  chat: {
    summary: 'Ask and wait for the answer',
    body: 'ChatQuestion',
    example: { message: 'Where is my invoice?', session_id: 'SESSION_ID' },
    answers: { 200: { text: 'The complete answer.', schema: 'ChatAnswer' } },
    runs: true,
  },
  upload: {
    summary: 'Upload a file',
    details:
      'The part `file` of a form, or the file as the body, with its name in `x-filename`. Images (PNG, JPEG, GIF, WebP), PDFs and text in UTF-8, of 25 MiB at most. Messages name it in `attachments`. It is kept for 24 hours, and with a message that has it as long as the session.',
    takesFile: true,
    answers: { 201: { text: 'The upload.', schema: 'Upload' } },
  },
  'read-upload': {
    summary: 'Read an upload',
    answers: { 200: { text: 'The upload.', schema: 'Upload' } },
  },
  'upload-content': {
    summary: 'Read the file of an upload',
    answers: { 200: { text: 'The file.', types: ['application/octet-stream'] } },
  },
  'delete-upload': {
    summary: 'Delete an upload',
    details: 'Messages keep its name, and models are told that it is no longer there.',
    answers: { 204: { text: 'It is gone.' } },
  },
  ticket: {
    summary: 'Get a ticket',
    details:
      'A page cannot send a header with a WebSocket or an `EventSource`. `?ticket=` opens one of them, once, within a minute.',
    body: 'Nothing',
    example: {},
    answers: { 201: { text: 'The ticket.', schema: 'Ticket' } },
  },
  costs: {
    summary: 'Read costs',
    details: 'What a session has cost, or everything of the owner.',
    answers: { 200: { text: 'The costs.', schema: 'CostReport' } },
  },
  'reset-costs': {
    summary: 'Count costs anew',
    body: 'Nothing',
    example: {},
    answers: { 200: { text: 'The costs from now on.', schema: 'CostReport' } },
  },
}
