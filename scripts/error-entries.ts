/** The sentences of docs/errors.md. The statuses, types and words are read from the code. */
import type { ErrorCode } from '#model'

export interface ErrorEntry {
  readonly meaning: string
  /** Whether a client should send the same request again, and when. */
  readonly again: string
  readonly advice: string
}

const NO = 'no'
const LATER = 'yes, after a growing wait'
const WHEN_TOLD = 'yes, after `retry-after`, else after a growing wait'

/** By code. A code without an entry does not compile. */
export const ERROR_ENTRIES: Readonly<Record<ErrorCode, ErrorEntry>> = {
  invalid_request: {
    meaning: 'The request is invalid; `param` names the field, if there is one.',
    again: NO,
    advice:
      'Client: correct the field. The same request fails at every target. Operator: if the message says what targets lack, correct `models`.',
  },
  unauthenticated: {
    meaning:
      'The call has no key, or a key or token that is not known, is disabled or has expired.',
    again: NO,
    advice: 'Client: send one of the keys in `keys` or `SLUICE_API_KEYS`, or a new token.',
  },
  forbidden: {
    meaning:
      'No key is configured, and the `Host` is not a loopback name or the `Origin` is not allowed. On a socket the `Origin` is also checked with a key. With a key or token: it may not be used for this model, from this page, for this `X-User-ID` or on `/admin` and `/metrics`.',
    again: NO,
    advice:
      'Operator: add the page to `server.cors_origins`, configure a key, or extend what the key is for.',
  },
  not_found: {
    meaning: 'The route, model, response, conversation or item does not exist.',
    again: NO,
    advice: 'Client: correct the name; `GET /v1/models` lists the models.',
  },
  method_not_allowed: {
    meaning: 'The route exists, but not for this method.',
    again: NO,
    advice: 'Client: use a method from the `allow` header.',
  },
  conflict: {
    meaning:
      'Something else is in progress: the session answers another message, or another process has taken it over.',
    again: 'yes, when that has ended',
    advice:
      'Client: wait for the end of the run, cancel it, or let the message wait with `when_busy: queue`.',
  },
  request_too_large: {
    meaning: 'The body is too large, alone or with the input that it refers to.',
    again: NO,
    advice: 'Client: send less. Operator: raise `limits.body_bytes`.',
  },
  loop_detected: {
    meaning: 'The call has passed through this gateway before, or through eight gateways.',
    again: NO,
    advice: 'Operator: correct the `base_url` of the provider that leads back to this gateway.',
  },
  rate_limited: {
    meaning: 'A limit of the caller’s key, of its owner or of its address is used up.',
    again: WHEN_TOLD,
    advice: 'Client: wait. Operator: raise the limit in `limits`, or in the entry of the key.',
  },
  at_capacity: {
    meaning:
      'Memory, background runs, token counts or calls of a socket are used up, the usage or the audit cannot be read, or the server is shutting down.',
    again: LATER,
    advice:
      'Client: retry, with fewer calls at a time after a 429. Operator: see [limits](limits.md).',
  },
  store_unavailable: {
    meaning:
      'Redis, in which limits are counted, cannot be used, and `limits.on_store_failure` is `refuse`; or the database of the sessions cannot be used.',
    again: WHEN_TOLD,
    advice: 'Client: retry. Operator: see [operating](operating.md).',
  },
  client_left: {
    meaning: 'The client closed its connection before the answer was complete.',
    again: 'no client is left',
    advice: 'Nothing: this code is only in the log. The upstream was stopped.',
  },
  cancelled: {
    meaning: 'Its caller cancelled the call, or deleted its response.',
    again: NO,
    advice: 'Nothing: the caller requested it.',
  },
  client_stalled: {
    meaning: 'The body of the request stopped arriving, or the client stopped reading its answer.',
    again: LATER,
    advice:
      'Client: send at least 1 KB a second, and read the answer. If an answer is not read, the connection is closed without an error.',
  },
  internal: {
    meaning: 'A fault in Sluice.',
    again: LATER,
    advice: 'Operator: the log has the cause under the request id; please report it.',
  },
  upstream_rejected: {
    meaning: 'The upstream refused the request for a reason that applies at every target.',
    again: NO,
    advice: 'Client: the message is the upstream’s own; correct what it names.',
  },
  upstream_denied: {
    meaning: 'The upstream refused the configured key, its account or its credit.',
    again: NO,
    advice: 'Operator: check the provider’s key and account; the log has an error line.',
  },
  upstream_missing: {
    meaning: 'The upstream does not have the model or the route.',
    again: NO,
    advice: 'Client: name another model. Operator: check the alias, `base_url` and `protocols`.',
  },
  upstream_rate_limited: {
    meaning: 'The upstream’s rate limit is reached.',
    again: WHEN_TOLD,
    advice: 'Client: wait. Operator: add a second target to the alias.',
  },
  upstream_failed: {
    meaning: 'The upstream reported a failure of its own.',
    again: LATER,
    advice: 'Client: retry. Operator: add a second target to the alias.',
  },
  upstream_overloaded: {
    meaning: 'The upstream has no capacity at present.',
    again: WHEN_TOLD,
    advice: 'Client: wait. Operator: add a second target to the alias.',
  },
  upstream_unreachable: {
    meaning: 'A connection to the upstream could not be opened.',
    again: LATER,
    advice: 'Operator: check `base_url`, the network and the proxy.',
  },
  upstream_broken: {
    meaning: 'The connection or the stream ended before the answer was complete.',
    again: LATER,
    advice: 'Client: discard the incomplete answer, and retry.',
  },
  upstream_invalid: {
    meaning: 'The upstream’s answer violates its protocol, or is too large.',
    again: LATER,
    advice: 'Operator: check that `base_url` speaks the protocol that `protocols` names.',
  },
  upstream_timeout: {
    meaning: 'A deadline of the upstream has passed.',
    again: 'yes, but the upstream may charge for both',
    advice: 'Operator: raise the deadline under `timeouts` if such answers take this long.',
  },
}

export interface WordEntry {
  readonly meaning: string
  readonly advice: string
  /** Where the code computes it. */
  readonly status?: string
}

/** By the second word of an error. A word without an entry fails the test of the page. */
export const WORD_ENTRIES: Readonly<Record<string, WordEntry>> = {
  abandoned: {
    meaning: 'Nobody read the answer of a session for `chat.abandon_after`, so it was cancelled.',
    advice: 'Nothing: `continue` goes on with it.',
  },
  cancelled: {
    meaning: 'The call was cancelled by its caller.',
    advice: 'Nothing.',
  },
  context_length_exceeded: {
    meaning: 'The input is longer than what any target of the model takes.',
    advice: 'Shorten the conversation.',
  },
  credential_expired: {
    meaning:
      'The key or token has expired, before the call or while its stream or socket was open. Or a reload of the configuration has removed it meanwhile.',
    advice: 'Send a new key or token.',
  },
  going_away: {
    meaning:
      'The server is shutting down, or the session goes on elsewhere. An answer in progress is interrupted, and its text is kept.',
    advice: 'Reconnect with the last position.',
  },
  id_in_use: {
    meaning: 'A call with this `id` is in progress on the socket.',
    advice: 'Choose another `id`; the first call continues.',
  },
  interrupted: {
    meaning: 'The server stopped before the answer of a session was complete. Its text is kept.',
    advice: 'Send `continue` to go on with it.',
  },
  invalid_position: {
    meaning: 'A position of a session cannot be read.',
    advice: 'Send a position as it was received, or none.',
  },
  invalid_ticket: {
    meaning: 'The ticket is unknown, was used before, or is older than a minute.',
    advice: 'Get a new one from `POST /api/tickets`.',
  },
  model_not_allowed: {
    meaning: 'The key or token may not use the model, under whatever name.',
    advice: 'Name a model from `GET /v1/models`, which lists those that the caller may use.',
  },
  model_not_found: {
    meaning: 'No provider has the model, and no alias or preset leads to one.',
    advice: 'Correct the name; the message may suggest one.',
  },
  previous_response_not_found: {
    meaning: 'The earlier response is unknown, or another provider has it.',
    advice: 'Send the complete conversation in `input`.',
  },
  queue_full: {
    meaning: 'As many messages wait in the session as may.',
    advice: 'Wait for the end of the run, or remove one that waits.',
  },
  response_not_found: {
    meaning: 'The response with this id is unknown, or belongs to another caller.',
    advice: 'Create a new response: responses are stored for an hour.',
  },
  session_busy: {
    meaning: 'The session is answering another message, and this one was not to wait.',
    advice: 'Wait for the end of the run, cancel it, or send `when_busy: queue`.',
  },
  share_used_up: {
    meaning: 'This caller has used its share of the memory or of the background runs.',
    advice: 'Retry when one of its earlier calls has ended.',
  },
  slow_reader: {
    meaning: 'The client read the events of a session too slowly for five seconds.',
    advice: 'Reconnect with the last position: what was missed is sent again.',
  },
  starter_left: {
    meaning: 'The client that asked has left, and its message had `on_disconnect: cancel`.',
    advice: 'Nothing: `continue` goes on with it.',
  },
  thread_unsupported_request: {
    meaning: 'The thread is unknown, or the model does not support threads.',
    advice: 'Send the complete conversation in `messages`.',
  },
  too_many_calls: {
    meaning: 'The socket has the maximum number of calls in progress or waiting.',
    advice: 'Wait until one ends, or open a second socket.',
  },
  too_many_connections: {
    meaning: 'The session has the maximum number of connections, or its owner that of sockets.',
    advice: 'Close one of them.',
  },
  too_many_counts: {
    meaning:
      'Too many token counts are waiting: 429 if they are this caller’s, 503 if they are those of all callers.',
    advice: 'Retry after a moment.',
    status: '429, 503',
  },
  too_many_sessions: {
    meaning: 'The caller, or this user of it, has the maximum number of sessions.',
    advice: 'Delete some, or wait until some expire.',
  },
  too_many_tickets: {
    meaning: 'The owner has the maximum number of tickets that are not used yet.',
    advice: 'Use them, or wait a minute.',
  },
  too_many_uploads: {
    meaning:
      'The caller, or this user of it, has the maximum number of uploads, or of their bytes.',
    advice: 'Delete some, or sessions that have them.',
  },
  unknown_call: {
    meaning: 'No call with this `id` is in progress on the socket.',
    advice: 'Nothing: it has ended.',
  },
  unknown_frame_type: {
    meaning: 'The socket does not accept frames of this `type`.',
    advice: 'Use one of the types in the message.',
  },
  unsupported_file_type: {
    meaning: 'The bytes of the upload are those of no file that is taken.',
    advice: 'Send a PNG, JPEG, GIF or WebP image, a PDF, or text in UTF-8.',
    status: '415',
  },
  websocket_connection_limit_reached: {
    meaning: 'The server is shutting down; Codex reconnects after this error.',
    advice: 'Reconnect, and send the turn again with its complete input.',
  },
}

/** By close code. A code of Sluice’s without an entry fails the test of the page. */
export const CLOSE_ENTRIES: Readonly<Record<number, string>> = {
  1001: 'The server is shutting down, and no call is in progress: reconnect.',
  1002: 'A frame violates RFC 6455: correct the client.',
  1003: 'A binary frame was sent, but only text is accepted: send text.',
  1007: 'A text frame is not valid UTF-8: correct the client.',
  1009: 'A frame is larger than `limits.body_bytes`: send less.',
  1011: 'Realtime: the upstream closed the connection without a close frame: reconnect. A session: it could not be read on: reconnect later.',
  1012: 'A session: the server restarts, or another one reads it on. Reconnect with the position that is the reason.',
  1013: 'There is no memory left for this caller: reconnect later.',
  4400: 'A session: three frames in a row could not be understood: correct the client.',
  4401: 'No key arrived in time, the key was wrong, or the key or token has expired: send a valid key.',
  4403: 'A session: the page or the user is no longer allowed.',
  4404: 'A session: it does not exist, or was deleted.',
  4408: 'A session: the client read too slowly. Reconnect with the position that is the reason.',
  4413: 'A session: a frame is larger than 1 MiB: send less.',
  4429: 'A session: there are too many connections: close one of them.',
}
