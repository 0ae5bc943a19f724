/** The languages of model APIs, as pure translators. */
export * from './protocol.ts'
