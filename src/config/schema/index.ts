/** The schema of the file, composed from the schema of each section. */
import * as z from 'zod'
import { adminKeysSchema, jwtSchema, keysSchema } from './access.ts'
import { chatSchema } from './chat/chat.ts'
import { breakerSchema, cacheSchema, retriesSchema } from './gateway.ts'
import { ledgerSchema } from './usage/ledger.ts'
import { pricesSchema } from './usage/prices.ts'
import { demoSchema, probeLocalSchema, providersSchema } from './providers.ts'
import { modelsSchema } from './routing/models.ts'
import { affinitySchema, aliasesSchema, defaultSchema, presetsSchema } from './router.ts'
import { limitsSchema, serverSchema } from './server.ts'
import { logSchema, metricsSchema, tracesSchema } from './telemetry.ts'

export type { LangchainSettings } from './langchain.ts'
export type { ModelsSettings } from './routing/models.ts'
export type { PriceSettings } from './usage/prices.ts'

export const fileSchema = z
  .strictObject({
    server: serverSchema.optional(),
    keys: keysSchema.optional(),
    admin_keys: adminKeysSchema.optional(),
    jwt: jwtSchema.optional(),
    providers: providersSchema.optional(),
    aliases: aliasesSchema.optional(),
    models: modelsSchema.optional(),
    default: defaultSchema.optional(),
    presets: presetsSchema.optional(),
    demo: demoSchema.optional(),
    probe_local: probeLocalSchema.optional(),
    limits: limitsSchema.optional(),
    retries: retriesSchema.optional(),
    breaker: breakerSchema.optional(),
    affinity: affinitySchema.optional(),
    cache: cacheSchema.optional(),
    chat: chatSchema.optional(),
    prices: pricesSchema.optional(),
    ledger: ledgerSchema.optional(),
    log: logSchema.optional(),
    metrics: metricsSchema.optional(),
    traces: tracesSchema.optional(),
  })
  .meta({ title: 'sluice.yaml', description: 'Configuration of Sluice.' })

export type FileSettings = z.infer<typeof fileSchema>
