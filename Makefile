# The usual names; each calls npm, where the work is described (README.md, package.json).
.DEFAULT_GOAL := help
.PHONY: help install check format generate test test-cluster build bench demo image manifests helm-lint clean

IMAGE ?= localhost/sre-agent:0.1.0

help: ## Shows this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

install: ## Dependencies, exactly as in the lock file
	npm ci

check: ## Types, lint, unused code, generated files up to date
	npm run -s check

format: ## Formats and fixes what can be fixed
	npm run -s format

generate: ## CRDs, RBAC, admission policies, Deployments, chart, pages of docs/
	npm run -s generate

test: ## Hermetic tests
	npm test

test-cluster: ## Tests on the cluster of KUBECONFIG
	npm run test:cluster

build: ## dist/: the program and one bundle a role
	npm run -s build

bench: build ## Start-up, memory, tokens, parallel calls
	npm run -s bench

demo: ## An incident from trigger to outcome, in an embedded cluster
	npm run -s demo

image: ## The image of all four processes (IMAGE=NAME:TAG)
	docker build -f deploy/Dockerfile -t $(IMAGE) .

manifests: ## What an installation applies, as one stream
	@kubectl kustomize deploy

helm-lint: ## Lints the chart
	helm lint --strict deploy/chart

clean: ## Removes what was built
	rm -rf dist coverage
