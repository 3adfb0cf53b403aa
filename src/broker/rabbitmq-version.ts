// The version of RabbitMQ that the broker passes where clients and tools ask which RabbitMQ they talk to. Its own name and version
// stand beside it, as those of other products built on RabbitMQ do.

export const RABBITMQ_VERSION = '3.10.8';
