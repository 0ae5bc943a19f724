/** The contract of what is kept of uploads: files that messages refer to. They are kept in pieces. */
/** Also that of a session. */
export interface UploadKey {
  /** `scopeOf` the caller. */
  readonly owner: string
  readonly id: string
}

export interface UploadRecord extends UploadKey {
  readonly name: string
  /** A media type. */
  readonly type: string
  readonly bytes: number
  /** In hexadecimal digits. */
  readonly sha256: string
  /** In milliseconds of Unix time. */
  readonly createdAt: number
  /** Null: it is kept as long as the sessions that use it. */
  readonly expiresAt: number | null
}

/** Of one owner. */
export interface MostUploads {
  readonly count: number
  readonly bytes: number
}

/** All pieces but the last one of an upload have this size. */
export const PIECE_BYTES = 256 * 1024

/** Every method throws a GatewayError `store_unavailable` within a second if the rows cannot be used. */
export interface UploadStore {
  /**
   * Makes room for an upload. Nobody finds it before it is complete.
   *
   * @param upload the bytes are as many as it may have.
   * @throws GatewayError `rate_limited` (`too_many_uploads`), or `at_capacity` if there is no room for anybody's
   */
  begin(upload: UploadRecord, most: MostUploads): Promise<void>
  /** @param place from 0, in order. */
  addPiece(key: UploadKey, place: number, bytes: Uint8Array): Promise<void>
  /** @throws GatewayError `conflict`: it took too long, and is gone. */
  complete(upload: UploadRecord): Promise<void>
  /** Those that are there, in no order. */
  find(owner: string, ids: readonly string[]): Promise<readonly UploadRecord[]>
  /** Undefined if there is no such piece. */
  piece(key: UploadKey, place: number): Promise<Uint8Array | undefined>
  /**
   * From now on they are kept as long as the session, also if they are used already.
   *
   * @returns false if one of them is not there, or the session is not. None is then used.
   */
  use(session: UploadKey, ids: readonly string[]): Promise<boolean>
  /** Nothing of it is left. False if there was none. Messages still have its name. */
  delete(key: UploadKey): Promise<boolean>
  /** Deletes those that have expired, and those that no session uses any more. */
  expire(): Promise<void>
}
