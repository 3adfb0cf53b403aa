// What is asked of both brokers in turn, one request a line: method, path, body. `@user:password` logs in as somebody else.
// Counterpart: http-api.test.ts. The order matters: later requests see what earlier ones did.

export const REQUESTS = `
PUT /api/queues/%2F/q1 {"durable":true}
PUT /api/queues/%2F/q1 {"durable":true}
PUT /api/queues/%2F/q1 {"durable":false}
PUT /api/queues/%2F/q1 {"durable":"true","auto_delete":"false","arguments":{},"vhost":"/","name":"q1"}
PUT /api/queues/%2F/q2 {"durable":"maybe"}
PUT /api/queues/%2F/q2 {"arguments":{"x-max-length":-1}}
PUT /api/queues/%2F/q2 {"arguments":{"x-max-length":"a"}}
PUT /api/queues/%2F/q2 [1]
PUT /api/queues/%2F/q2 xx
PUT /api/queues/%2F/q2 "x"
PUT /api/queues/nov/q2 {}
PUT /api/queues/%2F/amq.foo {}
PUT /api/exchanges/%2F/x1 {"type":"direct"}
PUT /api/exchanges/%2F/x1 {"type":"direct","durable":true}
PUT /api/exchanges/%2F/x1 {"type":"nono"}
PUT /api/exchanges/%2F/x1 {"type":"fanout"}
PUT /api/exchanges/%2F/xx {}
PUT /api/exchanges/%2F/amq.foo {"type":"direct"}
PUT /api/exchanges/%2F/amq.default {"type":"direct"}
POST /api/bindings/%2F/e/x1/q/q1 {"routing_key":"k","arguments":{"a":1}}
POST /api/bindings/%2F/e/x1/q/q1 {"routing_key":"k/ü~ x"}
POST /api/bindings/%2F/e/x1/q/q1 
POST /api/bindings/%2F/e/x1/e/amq.fanout {}
POST /api/bindings/%2F/e/x1/q/nono {}
POST /api/bindings/%2F/e/nono/q/q1 {}
GET /api/bindings/%2F/e/x1/q/q1
GET /api/bindings/%2F/e/x1/q/q1/~
GET /api/bindings/%2F/e/x1/q/q1/nono
DELETE /api/bindings/%2F/e/x1/q/q1/~
DELETE /api/bindings/%2F/e/x1/q/q1/~
GET /api/bindings
GET /api/bindings/%2F
GET /api/exchanges
GET /api/exchanges/%2F
GET /api/exchanges/%2F/x1
GET /api/exchanges/%2F/amq.default
GET /api/exchanges/%2F/x1/bindings/source
GET /api/exchanges/%2F/x1/bindings/destination
GET /api/exchanges/%2F/amq.fanout/bindings/destination
GET /api/exchanges/%2F/nono/bindings/source
GET /api/queues/%2F/q1/bindings
POST /api/exchanges/%2F/x1/publish {"routing_key":"k","properties":{"delivery_mode":2,"headers":{"a":1,"b":"x","c":[1,true,null,1.5],"d":{"e":1}}},"payload":"hé","payload_encoding":"string"}
POST /api/exchanges/%2F/x1/publish {"routing_key":"k","properties":{"delivery_mode":2,"headers":{"a":1,"b":"x","c":[1,true,1.5,2.0],"d":{"e":1}}},"payload":"hé","payload_encoding":"string"}
POST /api/exchanges/%2F/amq.default/publish {"routing_key":"nowhere","properties":{},"payload":"a","payload_encoding":"string"}
POST /api/exchanges/%2F/amq.default/publish {"routing_key":"nowhere","properties":{},"payload":"a","payload_encoding":"stringx"}
POST /api/exchanges/%2F/amq.default/publish {"routing_key":"nowhere","properties":{},"payload":5,"payload_encoding":"string"}
POST /api/exchanges/%2F/amq.default/publish {"routing_key":"nowhere"}
POST /api/exchanges/%2F/amq.default/publish {"routing_key":"nowhere","properties":{"user_id":"joe"},"payload":"a","payload_encoding":"string"}
POST /api/exchanges/%2F/amq.default/publish {"routing_key":"nowhere","properties":{"foo":"joe"},"payload":"a","payload_encoding":"string"}
POST /api/exchanges/%2F/amq.default/publish {"routing_key":"nowhere","properties":{"type":5},"payload":"a","payload_encoding":"string"}
POST /api/exchanges/%2F/amq.default/publish {"routing_key":"nowhere","properties":{"expiration":"x"},"payload":"","payload_encoding":"base64"}
POST /api/exchanges/%2F/nono/publish {"routing_key":"nowhere","properties":{"expiration":"x"},"payload":"","payload_encoding":"base64"}
POST /api/queues/%2F/q1/get {"count":5,"ackmode":"ack_requeue_true","encoding":"auto"}
POST /api/queues/%2F/q1/get {"count":"1","ackmode":"ack_requeue_true","encoding":"base64","truncate":1}
POST /api/queues/%2F/q1/get {"count":1,"ackmode":"ack_requeue_true","encoding":"autos"}
POST /api/queues/%2F/q1/get {"count":1,"ackmode":"ack_requeue_true"}
POST /api/queues/%2F/q1/get {"count":"x","ackmode":"ack_requeue_true","encoding":"auto"}
POST /api/queues/%2F/q1/get {"count":-1,"ackmode":"reject_requeue_true","encoding":"auto"}
POST /api/queues/%2F/q1/get {"count":1,"ackmode":"ack_requeue_false","encoding":"auto"}
POST /api/queues/%2F/q1/get {"count":1,"ackmode":"reject_requeue_false","encoding":"auto"}
POST /api/queues/%2F/q1/get {"count":1,"ackmode":"reject_requeue_false","encoding":"auto"}
POST /api/queues/%2F/nono/get {"count":1,"ackmode":"reject_requeue_false","encoding":"auto"}
DELETE /api/queues/%2F/q1/contents
DELETE /api/queues/%2F/nono/contents
GET /api/queues/%2F/q1/contents
DELETE /api/exchanges/%2F/x1
DELETE /api/exchanges/%2F/x1
DELETE /api/exchanges/%2F/xx
DELETE /api/exchanges/%2F/amq.direct
DELETE /api/exchanges/%2F/amq.default
DELETE /api/queues/%2F/q1
DELETE /api/queues/%2F/q1
POST /api/queues
PATCH /api/queues
DELETE /api/overview
OPTIONS /api/bindings/%2F/e/x1/q/q1
PUT /api/vhosts/v1 {"description":"d","tags":"a,b"}
GET /api/vhosts/v1
PUT /api/vhosts/v1 {"description":"d2"}
GET /api/vhosts/v1
PUT /api/vhosts/v2 
PUT /api/users/u1 {"password":"p","tags":"management"}
PUT /api/users/u1 {"password":"p2","tags":"management"}
PUT /api/users/u2 {"password":"x","tags":"monitoring,foo"}
PUT /api/users/u3 {"password":"p"}
PUT /api/users/u3 {"password":"p","tags":["policymaker"]}
PUT /api/users/u4 {"password":"","tags":""}
PUT /api/users/u5 {"password_hash":"notbase64!","tags":""}
PUT /api/users/u5 {"password_hash":"","tags":""}
PUT /api/users/u6 {"password_hash":"yQ4fiJm8kf0BgHnm6O+qg8N+8FBCu/n8j+hX6XLIrOCGeCEn","hashing_algorithm":"rabbit_password_hashing_sha256","tags":"administrator"}
PUT /api/users/u7 {"password":"x","hashing_algorithm":"rabbit_password_hashing_nono","tags":"administrator"}
GET /api/users
GET /api/users/u2
GET /api/users/without-permissions
GET /api/users/nono
DELETE /api/users/nono
PUT /api/permissions/v1/u1 {"configure":".*","write":".*","read":".*"}
PUT /api/permissions/v1/u1 {"configure":".*","write":".*","read":"^x"}
PUT /api/permissions/v1/u1 {"configure":"[","write":".*","read":"^x"}
PUT /api/permissions/v1/u1 {"configure":"["}
PUT /api/permissions/nov/u1 {"configure":".*","write":".*","read":"^x"}
PUT /api/permissions/v1/nou {"configure":".*","write":".*","read":"^x"}
PUT /api/permissions/v1/u2 {"configure":"","write":"","read":""}
PUT /api/permissions/v1/u3 {"configure":"","write":"","read":""}
GET /api/permissions/v1/u2
GET /api/permissions/v2/u2
GET /api/permissions
GET /api/users/u1/permissions
GET /api/users/nono/permissions
GET /api/vhosts/v1/permissions
GET /api/vhosts/nov/permissions
DELETE /api/permissions/v2/u2
PUT /api/topic-permissions/v1/u1 {"exchange":"amq.topic","write":".*","read":"^x"}
PUT /api/topic-permissions/v1/u1 {"exchange":"amq.topic","write":"[","read":"^x"}
GET /api/topic-permissions/v1/u1
GET /api/topic-permissions
GET /api/users/u1/topic-permissions
GET /api/vhosts/v1/topic-permissions
DELETE /api/topic-permissions/v1/u1/amq.topic
DELETE /api/topic-permissions/v1/u1
PUT /api/policies/v1/p2 {"pattern":"a","definition":{"max-length":5},"apply-to":"foo"}
PUT /api/policies/v1/p2 {"pattern":"a"}
PUT /api/policies/nov/p2 {"pattern":"a","definition":{"max-length":5}}
GET /api/policies/v1/p1
GET /api/policies
GET /api/policies/nov
GET /api/operator-policies/v1
GET /api/parameters
PUT /api/queues/v1/aq {"durable":true}
DELETE /api/policies/v1/p1
DELETE /api/policies/v1/p1
PUT /api/vhost-limits/v1/max-connections {"value":5}
PUT /api/vhost-limits/v1/max-queues {"value":1}
PUT /api/queues/v1/bq {"durable":true}
PUT /api/vhost-limits/v1/nono {"value":3}
PUT /api/vhost-limits/v1/max-queues {"value":"a"}
PUT /api/vhost-limits/nov/max-queues {"value":3}
GET /api/vhost-limits
GET /api/vhost-limits/v1
GET /api/parameters
DELETE /api/vhost-limits/v1/max-queues
DELETE /api/vhost-limits/v1/max-queues
PUT /api/user-limits/u1/max-connections {"value":5}
PUT /api/user-limits/u1/nono {"value":5}
GET /api/user-limits
GET /api/user-limits/u1
DELETE /api/user-limits/u1/max-connections
PUT /api/parameters/federation/v1/f1 {"value":{}}
GET /api/parameters/federation/v1
GET /api/parameters/federation
PUT /api/global-parameters/gp {"value":{"a":1}}
GET /api/global-parameters/gp
DELETE /api/global-parameters/gp
DELETE /api/global-parameters/gp
PUT /api/cluster-name {"name":"foo"}
GET /api/cluster-name
PUT /api/cluster-name {}
GET /api/connections/nono
DELETE /api/connections/nono
GET /api/channels/nono
GET /api/queues?page=1&page_size=2&sort=name&sort_reverse=true&columns=name
GET /api/queues?page=9&page_size=2&columns=name
GET /api/queues?page=0&page_size=2&columns=name
GET /api/queues?page=1&page_size=1000&columns=name
GET /api/queues?page=x&columns=name
GET /api/queues?page=1&name=%5Ep.i&use_regex=true&columns=name,messages
GET /api/queues?disable_stats=true&columns=name,type,messages
GET /api/queues?sort=nono&columns=name
GET /api/exchanges?page=1&columns=name
GET /api/vhosts?page=1&columns=name
GET /api/connections?page=1&columns=user
GET /api/channels?page=1&columns=user
GET /api/users?page=1&columns=name
GET /api/consumers/nov
POST /api/rebalance/queues {}
POST /api/users/bulk-delete {"users":["u4","u5"]}
PUT /api/feature-flags/quorum_queue/enable {}
DELETE /api/vhosts/v2
DELETE /api/vhosts/v2
POST /api/definitions xx
POST /api/definitions []
POST /api/definitions/v1 {"queues":[{"name":"a","durable":true,"auto_delete":false,"arguments":{}}]}
GET /api/definitions/v1
POST /api/definitions/nov {}
GET /api/definitions/nov
PUT /api/queues/%2F/full {"arguments":{"x-max-length":0,"x-overflow":"reject-publish"}}
POST /api/exchanges/%2F/amq.default/publish {"routing_key":"full","properties":{},"payload":"a","payload_encoding":"string"}
POST /api/exchanges/%2F/amq.rabbitmq.trace/publish {"routing_key":"full","properties":{},"payload":"a","payload_encoding":"string"}
DELETE /api/queues/%2F/full
GET /api/auth
GET /api/whoami
GET /api/aliveness-test/%2F
GET /api/aliveness-test/nov
GET /api/health/checks/alarms
GET /api/health/checks/local-alarms
GET /api/health/checks/certificate-expiration/1/weeks
GET /api/health/checks/certificate-expiration/1/foo
GET /api/health/checks/certificate-expiration/x/days
GET /api/health/checks/port-listener/1
GET /api/health/checks/port-listener/x
GET /api/health/checks/protocol-listener/amqp091
GET /api/health/checks/protocol-listener/http
GET /api/health/checks/protocol-listener/mqtt
GET /api/health/checks/virtual-hosts
GET /api/health/checks/node-is-mirror-sync-critical
GET /api/health/checks/node-is-quorum-critical
GET /api/healthchecks/node
GET /api/nope
GET /api/queues/nope
GET /api/queues/%2F/nope
@u1:p2
GET /api/whoami
GET /api/users
GET /api/nodes
GET /api/vhosts?columns=name
GET /api/queues?columns=name
GET /api/queues/v1/a?columns=name
GET /api/parameters
GET /api/policies
GET /api/connections?columns=name
PUT /api/queues/v1/zz {}
PUT /api/policies/v1/pp {"pattern":"^a","definition":{"max-length":5}}
PUT /api/cluster-name {"name":"foo"}
POST /api/queues/v1/zz/get {"count":1,"ackmode":"ack_requeue_false","encoding":"auto"}
@u2:x
GET /api/whoami
GET /api/users
GET /api/vhosts?columns=name
GET /api/queues?columns=name
GET /api/connections?columns=user
PUT /api/queues/v1/z2 {}
@u3:p
GET /api/parameters
PUT /api/policies/v1/pp {"pattern":"^a","definition":{"max-length":5}}
PUT /api/policies/%2F/pp {"pattern":"^a","definition":{"max-length":5}}
GET /api/global-parameters
GET /api/vhost-limits/v1
@guest:wrong
GET /api/whoami
GET /api/nope
POST /api/queues
@guest:guest
DELETE /api/vhosts/v1
DELETE /api/users/u1
DELETE /api/users/u2
DELETE /api/users/u3
DELETE /api/users/u6
DELETE /api/users/u7
DELETE /api/queues/%2F/aliveness-test
`
  .split('\n')
  .filter((line) => line !== '');
