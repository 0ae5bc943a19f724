/** What is measured of calls while they run. What is known of them at their end is in their settlement. */
export interface Meter {
  begin(): void
  end(): void
  /** A stream of this provider has begun. @returns where the gaps between its pieces are counted */
  open(provider: string): Gaps
  /** A stream has ended. */
  close(): void
}

export interface Gaps {
  /** Called for every piece of a stream, so it must cost next to nothing. */
  note(milliseconds: number): void
}
