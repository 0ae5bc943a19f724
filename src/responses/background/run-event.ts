/** An event of a background run, as its log holds it: without the framing of a stream. */
import { type JsonObject, parseObject } from '#model'
import { type ByteString, fromByteString } from '#streams'

export interface RunEvent {
  readonly name: string
  readonly data: ByteString
}

const NAME = 'event: '
const DATA = '\ndata: '
const END = '\n\n'

export const toText = ({ name, data }: RunEvent): ByteString => NAME + name + DATA + data + END

/** As it is written. */
export const sizeOf = ({ name, data }: RunEvent): number =>
  NAME.length + name.length + DATA.length + data.length + END.length

/** @param text one event with a name and one line of data, as encoders write it. */
export const toRunEvent = (text: ByteString): RunEvent => {
  const end = text.indexOf(DATA)
  return { name: text.slice(NAME.length, end), data: text.slice(end + DATA.length, -END.length) }
}

export const toObject = ({ data }: RunEvent): JsonObject | undefined =>
  parseObject(fromByteString(data))
