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
{{- range $name, $value := (index $values .role).settings -}}
  {{- $_ := set $settings $name (toString $value) -}}
{{- end -}}
{{- if $settings }}{{ toYaml $settings }}{{ end -}}
{{- end -}}

{{/* Name of each process's ServiceAccount and Deployment, by its key in the values. */}}
{{- define "sre-agent.accounts" -}}
operator: sre-operator
agent: sre-agent
mcpRead: sre-mcp-read
mcpAct: sre-mcp-act
{{- end -}}
