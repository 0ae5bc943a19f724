/** Where Sluice listens, and how much it accepts. */
import * as z from 'zod'
import { DEFAULTS } from '../defaults.ts'
import { MAX_WORKERS } from '../largest.ts'
import { MAX_PORT } from '../port.ts'
import { CALLER_LIMITS, callerLimits, checkBurst } from './limits/caller-limits.ts'
import { proxyAddress } from './limits/proxy-address.ts'
import { bytes, flag, integer, milliseconds, text } from './scalars.ts'

export const serverSchema = z
  .strictObject({
    host: text({
      description: 'The address to listen on. Any address except loopback requires keys.',
      default: DEFAULTS.host,
    }).optional(),
    port: integer(
      { min: 0, max: MAX_PORT },
      { description: 'The port to listen on. 0 means any free port.', default: DEFAULTS.port },
    ).optional(),
    websocket_port: integer(
      { min: 0, max: MAX_PORT },
      {
        description: 'An additional port for WebSockets only. The main port accepts them as well.',
      },
    ).optional(),
    workers: z
      .union([integer({ min: 1, max: MAX_WORKERS }, { description: '' }), z.enum(['auto'])], {
        error: `must be auto, or a whole number from 1 to ${MAX_WORKERS}`,
      })
      .meta({
        description:
          'How many processes serve. auto means one for each core. With more than one, a first process starts them and replaces those that end.',
        default: DEFAULTS.workers,
      })
      .optional(),
    responses_websocket: flag({
      description:
        'Whether /v1/responses accepts WebSockets. If not, clients are told to use HTTP instead.',
      default: true,
    }).optional(),
    trust_unknown_ids: flag({
      description:
        'Whether callers may name responses, conversations and items that Sluice gave to no caller, if several keys are configured. The upstream then looks them up for any caller, so callers can reach what is not theirs.',
      default: false,
    }).optional(),
    trust_proxy: z
      .array(proxyAddress({ description: 'An address or a CIDR block.' }))
      .meta({
        description:
          'The proxies whose X-Forwarded-For counts, as addresses or CIDR blocks (10.0.0.0/8). Without them, a client is known by the address that its connection comes from.',
      })
      .optional(),
    cors_origins: z
      .array(text({ description: 'An origin. * matches any run of characters.' }))
      .meta({
        description:
          'The origins of web pages that may call (https://app.example.com). * matches any run of characters. vscode-webview://* is always allowed.',
      })
      .optional(),
    drain_ms: milliseconds(
      {
        description: 'How long calls in progress may take to end after SIGTERM.',
        default: DEFAULTS.drainMs,
      },
      0,
    ).optional(),
    reload_on_change: flag({
      description:
        'Whether the file is loaded again when it changes. SIGHUP loads it again in any case.',
      default: true,
    }).optional(),
    open_after_ms: milliseconds(
      {
        description:
          'How long to wait for the answer to begin before a stream is opened with status 200 and comments, so that no intermediary considers it dead.',
        default: DEFAULTS.openAfterMs,
      },
      0,
    ).optional(),
  })
  .meta({ description: 'Where Sluice listens.' })

export const limitsSchema = z
  .strictObject({
    body_bytes: bytes({
      description: 'The largest request body, after decoding.',
      default: DEFAULTS.limits.bodyBytes,
    }).optional(),
    depth: integer(
      { min: 1, max: 10_000 },
      {
        description: 'How deeply the JSON of a body may be nested.',
        default: DEFAULTS.limits.depth,
      },
    ).optional(),
    in_flight_bytes: bytes({
      description: 'The memory that everything held for callers may take at one time.',
      default: DEFAULTS.limits.inFlightBytes,
    }).optional(),
    upload_stall_ms: milliseconds({
      description:
        'How long a request body may stall while it arrives. Less than 1 KB a second over this time counts as a stall.',
      default: DEFAULTS.limits.uploadStallMs,
    }).optional(),
    on_store_failure: z
      .enum(['allow', 'refuse'])
      .meta({
        description:
          'What happens to calls while Redis cannot be used: allow counts limits in each process, refuse answers 503.',
        default: 'allow',
      })
      .optional(),
    ...CALLER_LIMITS,
    by_ip: callerLimits(
      'The same limits for each address, over all its keys. IPv6 is counted by /64.',
    ).optional(),
    by_owner: callerLimits(
      'The same limits for each owner, over all keys of that owner.',
    ).optional(),
  })
  .superRefine(checkBurst)
  .meta({
    description:
      'How much Sluice accepts, and how much each caller may use. Limits of callers hold if keys are configured.',
  })
