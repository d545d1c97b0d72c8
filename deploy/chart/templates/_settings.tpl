{{/*
Settings of a process beyond what its Deployment fixes, as the data of a ConfigMap; nothing when there are none.
  root: the top context; role: operator, agent, mcpRead or mcpAct
*/}}
{{- define "sre-agent.settings" -}}
{{- $values := .root.Values -}}
{{- $settings := dict -}}
{{- if and (eq .role "agent") (ne $values.model.backend "rules") -}}
  {{- with $values.model -}}
    {{- $_ := set $settings "MODEL_BACKEND" .backend -}}
    {{- $_ := set $settings "AZURE_OPENAI_ENDPOINT" (required "model.endpoint is needed with a model" .endpoint) -}}
    {{- $_ := set $settings "AZURE_OPENAI_DEPLOYMENT" (required "model.deployment is needed with a model" .deployment) -}}
    {{- $_ := set $settings "AZURE_OPENAI_AUTH" .auth -}}
    {{- if eq .auth "key" -}}
      {{- $_ := set $settings "AZURE_OPENAI_API_KEY_FILE" "/var/run/secrets/sre-agent-model/key" -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- if and $values.redis.url (ne .role "operator") -}}
  {{- $_ := set $settings "REDIS_URL" $values.redis.url -}}
{{- end -}}
{{- if and $values.otel.endpoint (ne .role "operator") -}}
  {{- $_ := set $settings "OTEL_EXPORTER_OTLP_ENDPOINT" $values.otel.endpoint -}}
{{- end -}}
{{- if eq .role "mcpRead" -}}
  {{- with $values.prometheus.url }}{{ $_ := set $settings "PROMETHEUS_URL" . }}{{ end -}}
  {{- with $values.loki.url }}{{ $_ := set $settings "LOKI_URL" . }}{{ end -}}
{{- end -}}
{{- range $name, $value := (index $values .role).settings -}}
  {{- $_ := set $settings $name (toString $value) -}}
{{- end -}}
{{- if $settings }}{{ toYaml $settings }}{{ end -}}
{{- end -}}

{{/* Port of a URL, as a NetworkPolicy's rule has it. */}}
{{- define "sre-agent.portOf" -}}
{{- $url := urlParse . -}}
{{- $usual := dict "https" 443 "http" 80 "redis" 6379 "rediss" 6379 -}}
{{- if contains ":" $url.host }}{{ splitList ":" $url.host | last }}{{ else }}{{ index $usual $url.scheme }}{{ end -}}
{{- end -}}

{{/* Name of each process's ServiceAccount and Deployment, by its key in the values. */}}
{{- define "sre-agent.accounts" -}}
operator: sre-operator
agent: sre-agent
mcpRead: sre-mcp-read
mcpAct: sre-mcp-act
{{- end -}}
