/** Reads the body of a failed answer in any vendor's form. */
import { isJsonObject, type JsonObject, parseJson } from '#model'
import { toText } from '../requests/lenient-fields.ts'

/** The error details that a vendor may send. */
export interface VendorError {
  readonly message?: string
  readonly type?: string
  readonly code?: string
  /** An HTTP status inside the body. */
  readonly status?: number
  /** The refused field. */
  readonly param?: string
}

/** Each entry reads bodies of one form and returns undefined for others. The first that finds a message counts. */
const SHAPES = {
  /** From a vendor behind the vendor: `{error: {message, metadata: {raw, provider_name}}}` */
  wrapped({ error }) {
    if (!isJsonObject(error) || !isJsonObject(error.metadata)) return undefined
    const { raw, provider_name: provider } = error.metadata
    const reason = toVendorError(parseJson(String(raw))).message ?? filled(raw)
    const { message = 'It failed', ...rest } = toFields(error)
    const by = typeof provider === 'string' ? ` (${provider})` : ''
    return reason === undefined ? undefined : { ...rest, message: `${message}${by}: ${reason}` }
  },
  /** `{error: {message, type, param, code}}`; Google has a word in `status` and a number in `code`. */
  nested: ({ error }) => (isJsonObject(error) ? toFields(error) : undefined),
  /** `{error: "message", code}` */
  plain: ({ error, ...rest }) =>
    filled(error) === undefined ? undefined : toFields({ ...rest, message: error }),
  /** `{detail: [{loc: ["body", "messages", 0], msg}]}` */
  validation: ({ detail }) => toValidationError(detail),
  /** `{status, title, detail}` */
  problem({ title, detail }) {
    const message = filled(detail) ?? filled(title)
    return message === undefined ? undefined : { message }
  },
  /** `{object: "error", message, type, param, code}`; the message may itself be an error of another form. */
  flat({ message, ...rest }) {
    if (isJsonObject(message)) return { ...toFields(rest), ...toVendorError(message) }
    return filled(message) === undefined ? undefined : toFields({ ...rest, message })
  },
} satisfies Record<string, (body: JsonObject) => VendorError | undefined>

/** The name of a form in which vendors write errors. */
export type ErrorShape = keyof typeof SHAPES

/** Returns an empty object for an unknown form. Of a list, the first entry is read. */
export const toVendorError = (body: unknown): VendorError => {
  if (Array.isArray(body)) return toVendorError(body[0])
  if (!isJsonObject(body)) return {}
  for (const read of Object.values(SHAPES)) {
    const error = read(body)
    if (error) return error
  }
  return 'detail' in body ? { message: JSON.stringify(body.detail) } : {}
}

const toFields = ({ message, type, code, param, status, details }: JsonObject): VendorError => {
  const isStatus = /^[1-5]\d\d$/.test(filled(code) ?? '')
  const named = isStatus ? filled(typeof status === 'string' && status) : filled(code)
  return defined({
    message: filled(message),
    type: filled(type),
    code: named ?? (isJsonObject(details) ? filled(details.error_code) : undefined),
    status: isStatus ? Number(code) : undefined,
    param: filled(param),
  })
}

const toValidationError = (detail: unknown): VendorError | undefined => {
  const faults = (Array.isArray(detail) ? detail : [])
    .filter(isJsonObject)
    .map(({ loc, msg }) => ({ param: toParam(loc), text: filled(msg) ?? 'invalid' }))
  if (faults[0] === undefined) return undefined
  const message = faults.map(({ param, text }) => (param ? `${param}: ${text}` : text)).join('; ')
  return defined({ message, param: faults[0].param })
}

/** Converts `["body", "messages", 0, "name"]` to the usual notation: `messages[0].name` */
const toParam = (loc: unknown): string | undefined => {
  const steps: readonly unknown[] = Array.isArray(loc) ? loc : []
  return filled(
    steps
      .slice(steps[0] === 'body' ? 1 : 0)
      .map((step) => (typeof step === 'number' ? `[${step}]` : `.${toText(step)}`))
      .join('')
      .replace(/^\./, ''),
  )
}

const filled = (value: unknown): string | undefined => {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

const defined = (fields: Record<string, string | number | undefined>): VendorError =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
