// Protocol Buffers: by the schema that the user gave for the routing key, else by the wire format alone.
// Counterparts: protobuf-schemas.ts, protobuf-message.ts, protobuf-guess.ts.

import { type DecodeContext, DecodeError, defineDecoder } from '../decoder.ts';
import { isVague } from '../media-type.ts';
import { guessMessage, looksLikeMessage } from '../protobuf-guess.ts';
import { decodeMessage, type MessageType } from '../protobuf-message.ts';
import { ValueBudget } from '../value-budget.ts';

export const protobuf = defineDecoder({
  id: 'protobuf',
  title: 'Protocol Buffers',
  summary: 'Protocol Buffers, by name with `--proto` and `--proto-map`, else by field number with values guessed',
  sort: 'format',
  contentTypes: [
    'application/protobuf',
    'application/x-protobuf',
    'application/vnd.google.protobuf',
    'application/x-google-protobuf',
    '+protobuf',
  ],
  schemaApplies: (context) => typeOf(context) !== undefined,
  recognised: 'exactly one message with low field numbers and text in it, not text itself',
  recognise: (bytes, { contentType, truncated, maxValues }) =>
    !truncated && isVague(contentType) && looksLikeMessage(bytes, new ValueBudget(maxValues)),
  decode(bytes, context) {
    if (context.truncated) throw new DecodeError('only the beginning of the body is at hand');
    const budget = new ValueBudget(context.maxValues);
    const type = typeOf(context);
    if (type === undefined) return { kind: 'value', value: guessMessage(bytes, budget) };
    const { find } = context.schemas.protobuf!;
    return { kind: 'value', value: decodeMessage(type, bytes, find, budget), label: `protobuf ${type.name}` };
  },
});

function typeOf({ schemas, routingKey, properties }: DecodeContext): MessageType | undefined {
  return schemas.protobuf?.typeFor(routingKey, properties.type);
}
