/** The fields that bodies and frames have in common. */
import * as z from 'zod'
import { MAX_MESSAGE_BYTES } from '../settings.ts'
import { TOO_LARGE } from './judge.ts'

const MAX_METADATA_BYTES = 16 * 1024
/** Of metadata. Deeper JSON could not be written again. */
const MAX_METADATA_DEPTH = 16

const ID = /^[A-Za-z0-9_.:-]{1,128}$/

/** Of a message or a run. */
export const idSchema = z
  .string()
  .regex(ID, 'must be 1 to 128 letters, digits and the characters _ . : -')

/** Made by the client, so that a message that it sends again is not run again. */
export const clientIdSchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 printable ASCII characters without spaces')
  .describe('Made by the client. A message that comes again with it is not run again.')

export const modelSchema = z
  .string()
  .min(1)
  .max(256)
  .describe('A model or alias. Absent: that of the session, or of the configuration.')

/** Not every database can store NUL, and half a surrogate is no text. */
const toStorable = (text: string): string => text.toWellFormed().replaceAll('\0', '\ufffd')

export const textSchema = z
  .string()
  .check((checked) => {
    if (Buffer.byteLength(checked.value) > MAX_MESSAGE_BYTES)
      checked.issues.push({
        code: 'custom',
        input: '',
        message: `is larger than ${MAX_MESSAGE_BYTES} bytes`,
        params: TOO_LARGE,
      })
  })
  .transform(toStorable)

export const contentSchema = textSchema
  .refine((text) => text.trim() !== '', 'must not be empty')
  .describe('Text of at most 256 KiB.')

export const whenBusySchema = z
  .enum(['queue', 'reject', 'interrupt'])
  .describe('While a run is in progress, the message waits, is refused, or cancels the run.')
export const onDisconnectSchema = z
  .enum(['continue', 'cancel'])
  .describe('Whether the run ends with the connection that started it.')

const isShallow = (value: unknown, depth: number): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (depth > 0 && Object.values(value).every((inner) => isShallow(inner, depth - 1)))

/** An object of the client's own, which nothing here reads. */
export const metadataSchema = z
  .custom<object>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'must be an object',
  )
  .check((checked) => {
    if (checked.issues.length > 0) return
    const isDeep = !isShallow(checked.value, MAX_METADATA_DEPTH)
    if (!isDeep && Buffer.byteLength(JSON.stringify(checked.value)) <= MAX_METADATA_BYTES) return
    checked.issues.push({
      code: 'custom',
      input: {},
      message: isDeep
        ? `is nested more than ${MAX_METADATA_DEPTH} levels deep`
        : `is larger than ${MAX_METADATA_BYTES} bytes`,
      params: isDeep ? {} : TOO_LARGE,
    })
  })
  .meta({ type: 'object', description: 'An object of the client’s own, of at most 16 KiB.' })
