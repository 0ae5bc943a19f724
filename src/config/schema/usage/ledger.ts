/** How long the rows of the ledger and of the audit are kept. */
import * as z from 'zod'
import { integer } from '../scalars.ts'

const MAX_DAYS = 36_500

export const ledgerSchema = z
  .strictObject({
    keep_days: integer(
      { min: 1, max: MAX_DAYS },
      {
        description:
          'After how many days rows of the ledger and of the audit are deleted, and with them their part of all reports. Without it they are kept.',
      },
    ).optional(),
  })
  .meta({ description: 'The ledger of all calls, and the audit.' })
