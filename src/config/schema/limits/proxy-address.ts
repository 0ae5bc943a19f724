/** The address of a proxy, or a block of addresses. */
import * as z from 'zod'
import { toBlock } from '#access'
import type { Meaning } from '../scalars.ts'

export const proxyAddress = (meaning: Meaning) =>
  z
    .string()
    .trim()
    .refine((value) => toBlock(value) !== undefined, {
      error: 'must be an IP address or a CIDR block (10.0.0.0/8)',
    })
    .meta({ ...meaning })
