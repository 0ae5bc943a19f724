/** What only the holder of a secret can read. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

const CIPHER = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16

/** By which something is found that its secret opens. It does not tell the secret. */
export const nameOfSecret = (secret: string): string => hash('name', secret).toString('base64url')

/** @param value any JSON. */
export const seal = (value: object, secret: string): string => {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(CIPHER, hash('key', secret), iv)
  const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url')
}

/** Undefined if it was sealed with another secret. */
export const unseal = (sealed: string, secret: string): object | undefined => {
  try {
    return open(sealed, secret)
  } catch {
    return undefined
  }
}

const open = (sealed: string, secret: string): object => {
  const bytes = Buffer.from(sealed, 'base64url')
  const decipher = createDecipheriv(CIPHER, hash('key', secret), bytes.subarray(0, IV_BYTES))
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
  const text = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES))
  return JSON.parse(Buffer.concat([text, decipher.final()]).toString('utf8')) as object
}

/** Secrets are random, so nobody can try them all. */
const hash = (purpose: string, secret: string): Buffer =>
  createHash('sha256').update(`sluice ${purpose}\0`).update(secret).digest()
