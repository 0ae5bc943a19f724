/** Which step of a call a function belongs to: the one table, by room and file name, whatever folder is between. */

/** What takes up the time of whoever calls it: rooms and files that work for every step. */
const HELPERS = [
  'streams/* model/* usage/*',
  'protocols/upstream-failure protocols/vendor-error:parseJson protocols/raw-headers protocols/fields',
]

/** In the order of a call. `file:function` cuts a file in two, privates without their `#`; `*` is what is left of a room. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
  front: ['server/*'],
  authenticate: ['access/*'],
  account: ['access/memory-account'],
  envelope: [
    'gateway/envelope gateway/edits gateway/parse-body gateway/responses-at-chat gateway/anthropic-at-chat',
    'responses/recall protocols/references protocols/foreign-thinking protocols/named-state',
  ],
  route: [
    'router/* gateway/turns gateway/fallback gateway/retry gateway/health gateway/hop-guard responses/pin-targets responses/response-targets',
    'gateway/choose-protocol gateway/choose-lane gateway/try-target',
  ],
  path: [
    'gateway/gateway gateway/other-calls gateway/large-work gateway/steps gateway/answering responses/response-state',
  ],
  record: ['gateway/call-record gateway/header-value gateway/spent'],
  send: [
    'providers/* transport/create-transport transport/request-head transport/open-socket transport/proxy',
    'transport/connection:start transport/connection:write transport/connection:open transport/connection:opened',
    'transport/connection:RunningExchange gateway/relay-headers:toUpstreamHeaders',
    'gateway/credential-headers gateway/header-names',
    'gateway/relay-lane:createRelayLane gateway/relay-lane:toModelEdit gateway/relay-lane:withoutKey',
    'gateway/http-attempt:start gateway/http-attempt:send gateway/http-attempt:attemptHttp',
    'gateway/http-attempt:HttpAttempt gateway/http-attempt:(anonymous) gateway/usage-injection',
  ],
  receive: ['transport/* transport/open-socket:callback gateway/http-attempt gateway/deadline'],
  tap: [
    'gateway/relay-lane gateway/relay-stream gateway/event-filter gateway/error-guard',
    'protocols/tap protocols/usage protocols/endings protocols/stream-faults',
  ],
  translate: [
    'protocols/* gateway/translate-lane gateway/decode-request',
    'gateway/try-target:translate gateway/try-target:createTranslation',
  ],
  answer: [
    'server/send-answer gateway/keepalive gateway/failure gateway/redaction gateway/relay-headers gateway/plain-answers',
    'streams/byte-channel',
  ],
  log: ['telemetry/* packages/pino packages/sonic-boom'],
}

const namesOf = (lines: readonly string[]) => lines.flatMap((line) => line.split(' '))
const helpers = new Set(namesOf(HELPERS))
const stepOfName = new Map(
  Object.entries(STEPS).flatMap(([step, lines]) => namesOf(lines).map((name) => [name, step])),
)

export const stepNames: readonly string[] = Object.keys(STEPS)

/** A function of the source, or of a package. */
export type Place = { room: string; file: string; name: string }

const toNames = ({ room, file, name }: Place): string[] => [
  `${room}/${file}:${name}`,
  `${room}/${file}`,
  `${room}/*`,
]

/** `helper`: it is whoever calls it that spends the time. Undefined: a room that no row names. */
export const stepOf = (place: Place): string | undefined => {
  for (const name of toNames(place)) {
    if (helpers.has(name)) return 'helper'
    const step = stepOfName.get(name)
    if (step !== undefined) return step
  }
  return undefined
}
