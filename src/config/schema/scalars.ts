/** The types of values. A number or a boolean may come from a variable, and is then text. */
import * as z from 'zod'
import { baseUrlFault } from '../base-url.ts'
import { MAX_MS } from '../largest.ts'

export interface Meaning {
  readonly description: string
  readonly default?: unknown
}

export const text = (meaning: Meaning) =>
  z
    .string()
    .trim()
    .min(1)
    .meta({ ...meaning })

/** A value that is sent in a header. */
export const secret = (meaning: Meaning) =>
  z
    .string()
    .trim()
    .min(1)
    .regex(/^[\x20-\x7E]*$/, { error: 'must be one line of printable ASCII characters' })
    .meta({ ...meaning })

export const integer = (bounds: { readonly min: number; readonly max: number }, meaning: Meaning) =>
  z
    .preprocess(
      (value) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value),
      z.int().min(bounds.min).max(bounds.max),
    )
    .meta({ ...meaning })

export const milliseconds = (meaning: Meaning, min = 1) => integer({ min, max: MAX_MS }, meaning)

/** Text: `10m`. */
export const duration = (meaning: Meaning) =>
  z
    .string()
    .trim()
    .regex(/^[1-9]\d{0,8}(?:ms|s|m|h|d)$/, {
      error: 'must be a whole number with a unit (ms, s, m, h, d), as in 10m',
    })
    .meta({ ...meaning })

export const bytes = (meaning: Meaning) => integer({ min: 1, max: 2 ** 40 }, meaning)

const SWITCHES: Readonly<Record<string, boolean>> = { true: true, false: false }

const toSwitch = (value: unknown): unknown =>
  typeof value === 'string' ? (SWITCHES[value] ?? value) : value

export const flag = (meaning: Meaning) => z.preprocess(toSwitch, z.boolean()).meta({ ...meaning })

export const baseUrl = (meaning: Meaning) =>
  z
    .string()
    .trim()
    .superRefine((value, context) => {
      const fault = baseUrlFault(value)
      if (fault) context.addIssue({ code: 'custom', message: fault })
    })
    .meta({ ...meaning })

/** No other host, no step upwards, and nothing that is not sent as it is written. */
const PATH = /^\/(?![/\\])[A-Za-z0-9._~!$&'()*+,;=:@/?-]*$/
const STEP = /(?:^|\/)\.{1,2}(?:[/?]|$)/

export const pathBelow = (meaning: Meaning) =>
  z
    .string()
    .trim()
    .max(1_000)
    .refine((value) => PATH.test(value) && !STEP.test(value), {
      error: 'must be a path that begins with one slash, as in /health',
    })
    .meta({ ...meaning })

const MAX_DOLLARS = 1e6

const toDollarFault = ({ code }: { readonly code?: string }): string | undefined =>
  code === 'invalid_type' ? 'must be a number of US dollars, as in 2.5' : undefined

export const dollars = (meaning: Meaning) =>
  z
    .preprocess(
      (value) =>
        typeof value === 'string' && /^\d{1,7}(\.\d{1,12})?$/.test(value) ? Number(value) : value,
      z.number({ error: toDollarFault }).min(0).max(MAX_DOLLARS),
    )
    .meta({ ...meaning })

/** A plain decimal. */
const decimal = (bounds: { readonly min: number; readonly max: number }, meaning: Meaning) =>
  z
    .preprocess(
      (value) =>
        typeof value === 'string' && /^\d{1,7}(\.\d{1,6})?$/.test(value) ? Number(value) : value,
      z.number().min(bounds.min).max(bounds.max),
    )
    .meta({ ...meaning })

const MAX_WEIGHT = 1e6

export const weight = (meaning: Meaning) => decimal({ min: 0, max: MAX_WEIGHT }, meaning)

/** A part of all, which may be nothing. */
export const share = (meaning: Meaning) => decimal({ min: 0, max: 1 }, meaning)

/** A part of all, which is not nothing. */
export const ratio = (meaning: Meaning) => decimal({ min: 0.01, max: 1 }, meaning)
