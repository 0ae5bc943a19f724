/** Small files of every kind that is taken, and forms that bring them. */
import type { House } from '../app/house.ts'

export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
export const JPEG = Buffer.from('ffd8ffe000104a46494600010100000100010000ffd9', 'hex')
export const GIF = Buffer.from('GIF89a\x01\0\x01\0\0\0\0;', 'latin1')
export const WEBP = Buffer.from(
  'RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0/\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0',
  'latin1',
)
export const PDF = Buffer.from('%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n%%EOF\n')

export const BOUNDARY = 'xX0Xx'

/** A form as browsers write it. */
export const toForm = (
  content: Buffer,
  { name = 'a.png', field = 'file', type = 'application/octet-stream' } = {},
): Buffer =>
  Buffer.concat([
    Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${field}"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n`,
    ),
    content,
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
  ])

export const FORM_TYPE = `multipart/form-data; boundary=${BOUNDARY}`

type Sender = Pick<House, 'send'>

export const sendForm = (
  { send }: Sender,
  body: Buffer,
  headers: Readonly<Record<string, string>> = {},
) => send('/api/uploads', { body, headers: { 'content-type': FORM_TYPE, ...headers } })

/** @returns the id of a new upload */
export const upload = async (
  sender: Sender,
  content: Buffer | string,
  name = 'a.png',
  headers: Readonly<Record<string, string>> = {},
): Promise<string> => {
  const { status, json, text } = await sendForm(
    sender,
    toForm(Buffer.from(content), { name }),
    headers,
  )
  if (status !== 201) throw new Error(text)
  return String(json.upload_id)
}
