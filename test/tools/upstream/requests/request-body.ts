/** Reads a request's body as it came, decodes it as its encoding says, and parses it. */
import type { IncomingMessage } from 'node:http'
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import type { Refusal } from '../answers/refusal.ts'

const DECODERS: Record<string, (raw: Buffer) => Buffer> = {
  identity: (raw) => raw,
  gzip: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export interface ReadBody {
  raw: Buffer
  parse(malformed: (detail: string) => Refusal): unknown
}

export const readBody = async (request: IncomingMessage): Promise<ReadBody> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const raw = Buffer.concat(chunks)
  const encoding = request.headers['content-encoding'] ?? 'identity'

  return {
    raw,
    parse(malformed) {
      try {
        const decode = DECODERS[encoding]
        if (!decode) throw new Error(`unsupported content encoding ${encoding}`)
        return JSON.parse(utf8.decode(decode(raw)))
      } catch (error) {
        throw malformed(error instanceof Error ? error.message : String(error))
      }
    },
  }
}
