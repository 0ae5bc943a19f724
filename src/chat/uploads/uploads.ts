/** Uploads, as doors use them. Each throws a GatewayError `not_found` for what is another's. */
import type { Caller } from '#access'

/** A visitor, as far as it matters here. */
export interface Uploader {
  readonly caller: Caller
}

/** A file that arrives. */
export interface UploadedFile {
  readonly name: string
  /** As its sender says. */
  readonly type: string
  /** Undefined if that is not known before its end. */
  readonly declaredBytes: number | undefined
  readonly bytes: AsyncIterable<Uint8Array>
}

export interface UploadContent {
  readonly name: string
  readonly type: string
  readonly bytes: number
  /** Ends early, with an error, if it is deleted meanwhile. */
  readonly pieces: AsyncIterable<Uint8Array>
}

export interface Uploads {
  /** @throws GatewayError `invalid_request`, `request_too_large`, `rate_limited`, `store_unavailable`: nothing of it is kept */
  receive(uploader: Uploader, file: UploadedFile): Promise<object>
  read(uploader: Uploader, id: string): Promise<object>
  content(uploader: Uploader, id: string): Promise<UploadContent>
  delete(uploader: Uploader, id: string): Promise<void>
}
