/** What docs/errors.md says in sentences. Statuses, types and words beside them are read from the code. */
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
    meaning: 'The request is wrong; `param` names the field where one is at fault.',
    again: NO,
    advice: 'Client: correct the field. The same request fails at every target.',
  },
  unauthenticated: {
    meaning: 'No key was sent, or one that this gateway does not know.',
    again: NO,
    advice: 'Client: send one of the keys in `keys` or `SLUICE_API_KEYS`.',
  },
  forbidden: {
    meaning:
      'Where no key is configured: the `Host` is not a loopback name, or the `Origin` is not allowed. On a socket the `Origin` counts with a key, too.',
    again: NO,
    advice: 'Operator: add the page to `server.cors_origins`, or configure a key.',
  },
  not_found: {
    meaning: 'There is no such route, model, response, conversation or item.',
    again: NO,
    advice: 'Client: correct the name; `GET /v1/models` lists the models.',
  },
  method_not_allowed: {
    meaning: 'The route exists, but not for this method.',
    again: NO,
    advice: 'Client: use a method from the `allow` header.',
  },
  request_too_large: {
    meaning: 'The body, alone or with what it names, is larger than is accepted.',
    again: NO,
    advice: 'Client: send less. Operator: raise `limits.body_bytes`.',
  },
  loop_detected: {
    meaning: 'The call has been at this gateway before, or has passed through eight.',
    again: NO,
    advice: 'Operator: a provider’s `base_url` leads back here; correct it.',
  },
  at_capacity: {
    meaning:
      'Memory, background runs, token counts or calls of a socket are used up, or the server is shutting down.',
    again: LATER,
    advice:
      'Client: retry, with fewer calls at a time after a 429. Operator: see [limits](limits.md).',
  },
  client_left: {
    meaning: 'The client closed its connection before the answer was complete.',
    again: 'nobody reads it',
    advice: 'Only in the log. The upstream was stopped.',
  },
  cancelled: {
    meaning: 'Its caller cancelled the call, or deleted its response.',
    again: NO,
    advice: 'Nothing: it was asked for.',
  },
  client_stalled: {
    meaning: 'The body of the request stopped arriving, or the client stopped reading its answer.',
    again: LATER,
    advice:
      'Client: send faster than 1 KB a second, and read. For an answer that is not read the connection is closed instead.',
  },
  internal: {
    meaning: 'A fault in Sluice.',
    again: LATER,
    advice: 'Operator: the log has the cause beside the request id; please report it.',
  },
  upstream_rejected: {
    meaning: 'The upstream refused the request itself, for reasons that hold at every target.',
    again: NO,
    advice: 'Client: the message is the upstream’s own; correct what it names.',
  },
  upstream_denied: {
    meaning: 'The upstream refused the configured key, its account or its credit.',
    again: NO,
    advice: 'Operator: check the provider’s key and account; the log has an error line.',
  },
  upstream_missing: {
    meaning: 'The upstream does not have the model, or the route to it.',
    again: NO,
    advice: 'Client: name another model. Operator: check the alias, `base_url` and `protocols`.',
  },
  upstream_rate_limited: {
    meaning: 'The upstream’s limit is reached.',
    again: WHEN_TOLD,
    advice: 'Client: wait. Operator: add a second target to the alias.',
  },
  upstream_failed: {
    meaning: 'The upstream reported a failure of its own.',
    again: LATER,
    advice: 'Client: retry. Operator: add a second target to the alias.',
  },
  upstream_overloaded: {
    meaning: 'The upstream has no capacity at the moment.',
    again: WHEN_TOLD,
    advice: 'Client: wait. Operator: add a second target to the alias.',
  },
  upstream_unreachable: {
    meaning: 'No connection to the upstream could be made.',
    again: LATER,
    advice: 'Operator: check `base_url`, the network and the proxy.',
  },
  upstream_broken: {
    meaning: 'The connection or the stream ended before the answer was complete.',
    again: LATER,
    advice: 'Client: discard the part that came, and retry.',
  },
  upstream_invalid: {
    meaning: 'The upstream’s answer does not follow its protocol, or is larger than can be held.',
    again: LATER,
    advice: 'Operator: check that `base_url` speaks the protocol that `protocols` names.',
  },
  upstream_timeout: {
    meaning: 'A deadline of the upstream has passed.',
    again: 'yes, but the upstream may charge for both',
    advice: 'Operator: raise the deadline under `timeouts`, if such answers do take this long.',
  },
}

export interface WordEntry {
  readonly meaning: string
  readonly advice: string
  /** Where the code computes it. */
  readonly status?: string
}

/** The second word inside an error, by itself. A word without an entry fails the test of the page. */
export const WORD_ENTRIES: Readonly<Record<string, WordEntry>> = {
  cancelled: {
    meaning: 'The call was cancelled by its caller.',
    advice: 'Nothing.',
  },
  id_in_use: {
    meaning: 'A call with this `id` is in progress on the socket.',
    advice: 'Choose another `id`; the first call continues.',
  },
  model_not_found: {
    meaning: 'No provider has the model, and no alias or preset leads to one.',
    advice: 'Correct the name; the message may suggest one.',
  },
  previous_response_not_found: {
    meaning: 'The earlier response is not known here, or is kept by another provider.',
    advice: 'Send the complete conversation in `input`.',
  },
  response_not_found: {
    meaning: 'The response of this id is not known here, or belongs to another caller.',
    advice: 'Create a new one: responses are kept for an hour.',
  },
  share_used_up: {
    meaning: 'This caller holds its share of the memory, or of the background runs.',
    advice: 'Retry when one of its earlier calls has ended.',
  },
  thread_unsupported_request: {
    meaning: 'The thread is not known here, or the model keeps none.',
    advice: 'Send the complete conversation in `messages`.',
  },
  too_many_calls: {
    meaning: 'As many calls as one socket may have are in progress or waiting.',
    advice: 'Wait for one to end, or open a second socket.',
  },
  too_many_counts: {
    meaning: 'Too many token counts wait: 429 for this caller’s own, 503 for those of all.',
    advice: 'Retry after a moment.',
    status: '429, 503',
  },
  unknown_call: {
    meaning: 'No call with this `id` is in progress on the socket.',
    advice: 'Nothing: it has ended.',
  },
  unknown_frame_type: {
    meaning: 'The socket has no frames of this `type`.',
    advice: 'Send one of the types in the message.',
  },
  websocket_connection_limit_reached: {
    meaning: 'The server is shutting down; Codex reconnects on this word.',
    advice: 'Connect again, and send the turn again with its complete input.',
  },
}

/** With which a socket is closed, by whom. A code of ours without an entry fails the test of the page. */
export const CLOSE_ENTRIES: Readonly<Record<number, string>> = {
  1001: 'The server is shutting down and no call is in progress: connect again.',
  1002: 'A frame breaks RFC 6455: correct the client.',
  1003: 'A binary frame was sent where only text is understood: send text.',
  1007: 'A text frame is not valid UTF-8: correct the client.',
  1009: 'A frame is larger than `limits.body_bytes`: send less.',
  1011: 'Realtime: the upstream broke the connection without a close: connect again.',
  1013: 'There is no memory left for this caller: connect again later.',
  4401: 'No key came in time, or a wrong one did: send a valid key.',
}
