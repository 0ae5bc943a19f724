/** Where Sluice listens, and how much it takes in. */
import * as z from 'zod'
import { DEFAULTS } from '../defaults.ts'
import { MAX_PORT } from '../port.ts'
import { bytes, flag, integer, milliseconds, text } from './scalars.ts'

export const serverSchema = z
  .strictObject({
    host: text({
      description: 'The address to listen on. Beyond loopback, a key is required.',
      default: DEFAULTS.host,
    }).optional(),
    port: integer(
      { min: 0, max: MAX_PORT },
      { description: 'The port to listen on; 0 takes any free one.', default: DEFAULTS.port },
    ).optional(),
    websocket_port: integer(
      { min: 0, max: MAX_PORT },
      { description: 'A port for WebSockets alone, besides the other, which takes them as well.' },
    ).optional(),
    responses_websocket: flag({
      description:
        'Whether /v1/responses is a WebSocket, too. Where it is not, clients are told to go on over HTTP.',
      default: true,
    }).optional(),
    trust_unknown_ids: flag({
      description:
        'Whether responses, conversations and items that no caller was given here may be named all the same, where several keys are configured. Their upstream then looks them up for whoever names them, and callers can reach what is not theirs.',
      default: false,
    }).optional(),
    cors_origins: z
      .array(text({ description: 'An origin; * stands for any run of characters.' }))
      .meta({
        description:
          'The web pages that may call, as origins (https://app.example.com); * stands for any run of characters. vscode-webview://* always may.',
      })
      .optional(),
    drain_ms: milliseconds(
      {
        description: 'How long calls under way may take to end after SIGTERM.',
        default: DEFAULTS.drainMs,
      },
      0,
    ).optional(),
    open_after_ms: milliseconds(
      {
        description:
          'After how long without an event a stream is opened with status 200 and comments, so that nothing between takes it for dead.',
        default: DEFAULTS.openAfterMs,
      },
      0,
    ).optional(),
  })
  .meta({ description: 'Where Sluice listens.' })

export const limitsSchema = z
  .strictObject({
    body_bytes: bytes({
      description: 'The largest body of a request, decoded.',
      default: DEFAULTS.limits.bodyBytes,
    }).optional(),
    depth: integer(
      { min: 1, max: 10_000 },
      { description: 'How deep its JSON may be nested.', default: DEFAULTS.limits.depth },
    ).optional(),
    in_flight_bytes: bytes({
      description: 'The most that all bodies held at one time may take.',
      default: DEFAULTS.limits.inFlightBytes,
    }).optional(),
    upload_stall_ms: milliseconds({
      description:
        'How long a body may stand still while it arrives. Less than 1 KB a second over this time counts as standing still.',
      default: DEFAULTS.limits.uploadStallMs,
    }).optional(),
  })
  .meta({ description: 'How much Sluice takes in.' })
