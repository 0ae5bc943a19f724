/** A file as a model is sent it: images and PDFs as they are, text as text with its name. */
import type { Attachment, Part } from '#model'

export const toFileParts = ({ name, type }: Attachment, bytes: Buffer): readonly Part[] => {
  if (!type.startsWith('image/') && type !== 'application/pdf')
    return [toText(`[File: ${name}]\n${bytes.toString()}\n[End of the file ${name}]`)]
  const source = { kind: 'base64' as const, mediaType: type, data: bytes.toString('base64') }
  return type === 'application/pdf' ? [{ kind: 'file', source, name }] : [{ kind: 'image', source }]
}

/** In place of a file that is not sent. */
export const toNote = ({ name }: Pick<Attachment, 'name'>, why: string): Part =>
  toText(`[The file ${name} is ${why}.]`)

const toText = (text: string): Part => ({ kind: 'text', text })
