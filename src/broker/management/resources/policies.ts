// Policies, operator policies, parameters and global parameters.

import { plainJson } from '../../definitions/exact-json.ts';
import type { Parameter } from '../../policy/parameters.ts';
import type { Policy, PolicyKind } from '../../policy/policy.ts';
import { listedVhosts } from '../authorization.ts';
import { notThere } from '../http-error.ts';
import { globalParameterJson, parameterJson, policyJson } from '../json/setting-json.ts';
import { list, selectColumns } from '../listing.ts';
import { vhostOf, vhostToChange } from '../lookup.ts';
import type { Management } from '../management.ts';
import { requireKeys } from '../request-body.ts';
import { type Answer, created, json, type ManagementRequest, noContent, type Reply, type Route } from '../route.ts';
import { escapeHtml, setting } from '../settings.ts';

export const POLICY_ROUTES: readonly Route[] = [
  { path: '/api/policies', audience: 'vhost', get: listPolicies('policy') },
  { path: '/api/policies/:vhost', audience: 'vhost', get: listPolicies('policy') },
  {
    path: '/api/policies/:vhost/:name',
    audience: 'policies',
    get: showPolicy('policy'),
    put: putPolicy('policy'),
    delete: deletePolicy('policy'),
  },
  { path: '/api/operator-policies', audience: 'vhost', get: listPolicies('operator-policy') },
  { path: '/api/operator-policies/:vhost', audience: 'vhost', get: listPolicies('operator-policy') },
  {
    path: '/api/operator-policies/:vhost/:name',
    audience: 'administrator',
    get: showPolicy('operator-policy'),
    put: putPolicy('operator-policy'),
    delete: deletePolicy('operator-policy'),
  },
  { path: '/api/parameters', audience: 'policies', get: listParameters },
  { path: '/api/parameters/:component', audience: 'policies', get: listParameters },
  { path: '/api/parameters/:component/:vhost', audience: 'policies', get: listParameters },
  {
    path: '/api/parameters/:component/:vhost/:name',
    audience: 'policies',
    get: showParameter,
    put: putParameter,
    delete: deleteParameter,
  },
  { path: '/api/global-parameters', audience: 'policymaker', get: listGlobals },
  {
    path: '/api/global-parameters/:name',
    audience: 'policymaker',
    get: showGlobal,
    put: putGlobal,
    delete: deleteGlobal,
  },
];

/** Those of the virtual host in the path, or of all that the user may list. */
function visible<Item extends { readonly vhost: string }>(
  management: Management,
  request: ManagementRequest,
  items: readonly Item[],
): Item[] {
  const names = listedVhosts(management.broker, request.who);
  const asked = 'vhost' in request.parameters ? [vhostOf(management, request).name] : names;
  return items.filter(({ vhost }) => asked.includes(vhost) && names.includes(vhost));
}

function listPolicies(kind: PolicyKind): Answer {
  return (management, request) => {
    const policies = visible(management, request, management.broker.policies.list(kind));
    return json(list(policies.map(policyJson), request.query, { order: ['priority'] }));
  };
}

/** Throws HttpError 404. */
function policyOf({ broker }: Management, kind: PolicyKind, request: ManagementRequest): Policy {
  const policy = broker.policies.get(kind, request.parameter('vhost'), request.parameter('name'));
  if (!policy) throw notThere();
  return policy;
}

function showPolicy(kind: PolicyKind): Answer {
  return (management, request) => json(selectColumns(policyJson(policyOf(management, kind, request)), request.query));
}

function putPolicy(kind: PolicyKind): Answer {
  return async (management, request) => {
    const { policies } = management.broker;
    const { name: vhost } = vhostToChange(management, request);
    const name = request.parameter('name');
    const existed = policies.get(kind, vhost, name) !== undefined;
    const body = await request.object();
    requireKeys(body, ['pattern', 'definition']);
    const { pattern, definition, priority, 'apply-to': applyTo } = body;
    const policy = {
      vhost,
      name,
      pattern,
      definition: plainJson(definition!),
      ...(priority !== undefined && { priority: plainJson(priority) }),
      ...(applyTo !== undefined && { applyTo }),
    };
    setting(() => policies.set(kind, policy), kind === 'policy' ? escapeHtml : undefined);
    return existed ? noContent() : created();
  };
}

function deletePolicy(kind: PolicyKind): Answer {
  return (management, request) => {
    const { vhost, name } = policyOf(management, kind, request);
    management.broker.policies.delete(kind, vhost, name);
    return noContent();
  };
}

function listParameters(management: Management, request: ManagementRequest): Reply {
  const { component } = request.parameters;
  const all = management.broker.parameters.list();
  const wanted = all.filter((parameter) => component === undefined || parameter.component === component);
  return json(list(visible(management, request, wanted).map(parameterJson), request.query));
}

/** Throws HttpError 404. */
function parameterOf({ broker }: Management, request: ManagementRequest): Parameter {
  const vhost = request.parameter('vhost');
  const component = request.parameter('component');
  const name = request.parameter('name');
  const value = broker.parameters.value(vhost, component, name);
  if (value === undefined) throw notThere();
  return { vhost, component, name, value };
}

function showParameter(management: Management, request: ManagementRequest): Reply {
  return json(selectColumns(parameterJson(parameterOf(management, request)), request.query));
}

async function putParameter(management: Management, request: ManagementRequest): Promise<Reply> {
  const { parameters } = management.broker;
  const { name: vhost } = vhostToChange(management, request);
  const component = request.parameter('component');
  const name = request.parameter('name');
  const existed = parameters.value(vhost, component, name) !== undefined;
  const body = await request.object();
  requireKeys(body, ['value']);
  setting(() => parameters.set({ vhost, component, name, value: plainJson(body['value']!) }), escapeHtml);
  return existed ? noContent() : created();
}

function deleteParameter(management: Management, request: ManagementRequest): Reply {
  const { vhost, component, name } = parameterOf(management, request);
  setting(() => management.broker.parameters.clear(vhost, component, name));
  return noContent();
}

function listGlobals({ broker }: Management, { query }: ManagementRequest): Reply {
  return json(list(broker.parameters.listGlobal().map(globalParameterJson), query));
}

function showGlobal({ broker }: Management, request: ManagementRequest): Reply {
  const name = request.parameter('name');
  const value = broker.parameters.globalValue(name);
  if (value === undefined) throw notThere();
  return json(selectColumns(globalParameterJson({ name, value }), request.query));
}

async function putGlobal({ broker }: Management, request: ManagementRequest): Promise<Reply> {
  const name = request.parameter('name');
  const existed = broker.parameters.globalValue(name) !== undefined;
  const body = await request.object();
  requireKeys(body, ['value']);
  broker.parameters.setGlobal({ name, value: plainJson(body['value']!) });
  return existed ? noContent() : created();
}

function deleteGlobal({ broker }: Management, request: ManagementRequest): Reply {
  if (!broker.parameters.clearGlobal(request.parameter('name'))) throw notThere();
  return noContent();
}
