/** Who may call. */
import * as z from 'zod'
import { text } from './scalars.ts'

export const keysSchema = z
  .array(text({ description: 'A key.' }))
  .min(1)
  .meta({
    description:
      'The keys that callers may use. If there are none, Sluice listens only on loopback and admits every caller.',
  })
