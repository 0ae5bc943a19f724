/** The chat backend: what its sessions do where nobody says otherwise. */
import * as z from 'zod'
import { DEFAULT_CHAT } from '#chat'
import { MAX_COUNT } from '../../largest.ts'
import { duration, integer, text } from '../scalars.ts'

const RATE = DEFAULT_CHAT.messageRate

export const chatSchema = z
  .strictObject({
    model: text({
      description:
        'The model of sessions and messages that name none. Without it, the one in default answers, else the one that a fresh install answers with.',
    }).optional(),
    title_model: text({
      description:
        'The model that names a new session after its first answer, in the language of its user. Its calls count as those of the user. Without it, the first line of the user is the title.',
    }).optional(),
    max_history: integer(
      { min: 0, max: 10_000 },
      {
        description: 'How many earlier exchanges of the conversation a model is sent.',
        default: DEFAULT_CHAT.maxHistory,
      },
    ).optional(),
    when_busy: z
      .enum(['queue', 'reject', 'interrupt'])
      .meta({
        description:
          'What happens to a message that comes during an answer: it waits for its turn, is refused with 409, or ends that answer.',
        default: DEFAULT_CHAT.whenBusy,
      })
      .optional(),
    abandon_after: duration({
      description: 'How long an answer goes on while nobody reads it. Then it is cancelled.',
      default: '10m',
    }).optional(),
    expires_after: duration({
      description: 'How long a session is kept after its last activity.',
      default: '24h',
    }).optional(),
    message_rate: z
      .union(
        [
          z.literal(false),
          z.strictObject({
            per_minute: integer(
              { min: 1, max: MAX_COUNT },
              { description: 'Messages a minute.', default: RATE && RATE.perMinute },
            ).optional(),
            burst: integer(
              { min: 1, max: MAX_COUNT },
              { description: 'How many may come at once.', default: RATE && RATE.burst },
            ).optional(),
          }),
        ],
        { error: 'must be false, or a map with per_minute and burst' },
      )
      .meta({
        description:
          'How many messages each caller may send to its sessions, or each user of one. False means any number. It does not hold where no key is configured.',
      })
      .optional(),
  })
  .meta({ description: 'Sessions of the chat backend.' })
