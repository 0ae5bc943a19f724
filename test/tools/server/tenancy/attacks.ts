/** Names by which a call could try to choose its upstream, its key, its caller or its rights. */
import { globSync, readFileSync } from 'node:fs'

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

/** What other gateways and frameworks read from a body or a query. */
const KNOWN_FIELDS = words(`
  api_base apiBase base_url baseUrl baseURL base_api api_url apiUrl url uri host hostname endpoint
  azure_endpoint azure_deployment deployment_id api_version custom_llm_provider llm_provider provider
  providers target targets upstream backend proxy proxy_url redirect_url callback_url webhook webhook_url
  success_callback failure_callback litellm_params litellm_logging_obj litellm_call_id model_info
  model_list model_group router_settings_override fallbacks context_window_fallbacks models route
  mock_response mock_timeout api_key apiKey key keys secret secret_key token access_token auth
  authorization Authorization x-api-key credentials vertex_credentials vertex_project vertex_location
  aws_access_key_id aws_secret_access_key aws_session_token aws_role_name aws_bedrock_runtime_endpoint
  aws_web_identity_token sagemaker_base_url client_id client_secret tenant_id azure_ad_token organization org
  project user user_id userId username sub subject owner owner_id account account_id tenant team team_id
  team_alias customer customer_id end_user end_user_id caller caller_id callerId key_name key_alias
  user_api_key user_api_key_hash user_api_key_user_id user_api_key_team_id requester_metadata proxy_server_request
  role roles scope scopes admin admin_key is_admin permissions models_allowed allowed_models limits
  rate_limit tpm_limit rpm_limit max_budget budget spend no-log no_log tags metadata litellm_metadata
  guardrails cache ttl namespace virtual_key config strategy override_params extra_body extra_headers
  extra_query headers http_headers query_params default_headers user_config request_id trace_id
  session_id expires_at disabled jwt iss aud x-user-id x_user_id __proto__ constructor prototype
`)

/** All names that the decoders of Sluice know, wherever they are in a body. */
const DECODED = globSync([
  'src/protocols/*/known-fields.ts',
  'src/protocols/embeddings/*/decode-request.ts',
]).flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/['"]?\b([a-z_]\w*)['"]?\??: /gi)].map(
    ([, name = '']) => name,
  ),
)

/** Those that Sluice reads: it may refuse one, so each has a call of its own. The model is what a client chooses. */
export const READ_FIELDS: readonly string[] = [...new Set(DECODED)]
  .filter((name) => name !== 'model')
  .toSorted()

/** Those that Sluice does not know, so that a call may have many. */
export const STRANGE_FIELDS: readonly string[] = KNOWN_FIELDS.filter(
  (name) => !READ_FIELDS.includes(name) && name !== 'model',
)

export const inGroups = <Item>(
  items: readonly Item[],
  size: number,
): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  )

/** Every name that may be a query parameter. `alt` says how Gemini streams. */
export const PARAMETERS: readonly string[] = [...new Set([...KNOWN_FIELDS, 'alt', 'beta'])]

/** By these, gateways and proxies choose an address, a path, a key or a provider. No upstream may receive them. */
export const STEERING_HEADERS = words(`
  x-portkey-custom-host x-portkey-config x-portkey-provider x-portkey-virtual-key x-portkey-api-key
  x-portkey-metadata x-portkey-aws-secret-access-key x-litellm-api-key x-litellm-api-base x-litellm-tags
  x-litellm-model x-litellm-timeout x-litellm-end-user-id x-litellm-enable-message-redaction
  helicone-auth helicone-target-url helicone-openai-api-base helicone-fallbacks helicone-user-id
  cf-aig-authorization cf-aig-custom-host cf-aig-metadata cf-aig-step x-bf-vk x-bf-api-key x-bf-base-url
  x-forwarded-host x-forwarded-for x-forwarded-proto x-forwarded-prefix x-forwarded-uri x-forwarded-user
  x-forwarded-email x-forwarded-access-token x-original-url x-original-host x-original-uri x-rewrite-url
  x-envoy-original-path x-http-method-override x-http-method x-method-override x-host x-base-url x-target-url
  x-api-base x-real-ip true-client-ip forwarded api-key proxy-authorization cookie x-auth-token x-access-token
  x-amz-security-token x-goog-iam-authorization-token x-jwt-assertion x-amzn-oidc-data openai-organization
  openai-project x-goog-user-project x-sluice-key x-sluice-owner x-sluice-caller x-sluice-admin
  x-sluice-target x-sluice-base-url x-sluice-models x-sluice-limits
`)

/** These say who somebody is, to somebody else. */
export const HEADERS: readonly string[] = [
  ...STEERING_HEADERS,
  ...words(`
  x-user-id x-user-email x-user x-user-role x-role x-roles x-admin x-admin-key x-owner x-owner-id x-tenant x-tenant-id
  x-org-id x-team-id x-account-id x-customer-id x-caller x-caller-id x-scope x-scopes x-models x-limits x-remote-user
  x-auth-request-user x-auth-request-email x-consumer-id x-consumer-username x-authenticated-userid x-webauth-user
  x-ms-client-principal x-ms-client-principal-id x-client-ip x-client-cert x-ssl-client-s-dn cf-connecting-ip
  fastly-client-ip x-appengine-user-ip x-azure-clientip x-request-id request-id traceparent
  x-provider x-model x-target x-upstream x-backend x-proxy x-proxy-url x-callback-url x-webhook-url
  anthropic-version anthropic-beta openai-beta x-goog-api-client idempotency-key origin referer via from
  `),
]
