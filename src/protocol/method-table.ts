// The spec table, indexed for the wire: (class id, method id) to method, and name to method.
// Counterpart of spec.ts, from which all of it is derived once at load time, types by inference.

import type { FieldTable } from './field-table.ts';
import { type ClassSpec, type Domain, type MethodSpec, SPEC } from './spec.ts';

type Spec = typeof SPEC;
export type ClassName = keyof Spec;
/** `'basic.publish'`, `'queue.declare-ok'`, … */
export type MethodName = { [C in ClassName]: `${C}.${keyof Spec[C]['methods'] & string}` }[ClassName];

/** The TypeScript type that holds a value of each wire type. 64-bit values are exact. */
export interface DomainValue {
  bit: boolean;
  octet: number;
  short: number;
  long: number;
  longlong: bigint;
  /** Seconds since the Unix epoch, as on the wire (AMQP 0-9-1 §4.2.5.4). */
  timestamp: bigint;
  /** UTF-8; bytes that are not UTF-8 are kept as lone surrogates, see text.ts. */
  shortstr: string;
  longstr: string;
  table: FieldTable;
}

type ValuesOf<A> = { [K in keyof A]: A[K] extends Domain ? DomainValue[A[K]] : never };
type MethodSpecOf<M extends MethodName> = M extends `${infer C}.${infer N}`
  ? C extends ClassName
    ? Spec[C]['methods'][N & keyof Spec[C]['methods']]
    : never
  : never;
/** Arguments of a method, reserved ones included, by their snake_case names. */
export type ArgumentsOf<M extends MethodName> = ValuesOf<MethodSpecOf<M> extends { arguments: infer A } ? A : never>;

/** Any method's arguments, for code that reads the table. */
export interface ArgumentValues {
  readonly [name: string]: DomainValue[Domain];
}

/** The content properties of class basic; each is present only if its flag is set. */
export type BasicProperties = Partial<ValuesOf<Spec['basic']['properties']>>;

export interface Field {
  readonly name: string;
  readonly domain: Domain;
  readonly reserved: boolean;
}

export interface Method {
  /** Dense number, 0 to METHODS.length - 1: an index for counters. */
  readonly index: number;
  readonly name: MethodName;
  readonly className: ClassName;
  readonly classId: number;
  readonly methodId: number;
  readonly spec: MethodSpec;
  readonly fields: readonly Field[];
}

function fieldsOf(spec: MethodSpec): Field[] {
  return Object.entries(spec.arguments).map(([name, domain]) => ({
    name,
    domain,
    reserved: spec.reserved?.includes(name) ?? false,
  }));
}

/** Every method, in the order of the table. */
export const METHODS: readonly Method[] = Object.entries(SPEC as { [name: string]: ClassSpec })
  .flatMap(([className, classSpec]) =>
    Object.entries(classSpec.methods).map(([methodName, spec]) => ({
      name: `${className}.${methodName}` as MethodName,
      className: className as ClassName,
      classId: classSpec.id,
      methodId: spec.id,
      spec,
      fields: fieldsOf(spec),
    })),
  )
  .map((method, index) => ({ index, ...method }));

/** Content properties of class basic in wire order; the first one's flag is bit 15. */
export const BASIC_PROPERTIES: readonly Field[] = Object.entries(SPEC.basic.properties).map(([name, domain]) => ({
  name,
  domain,
  reserved: false,
}));

/** Class and method ids below this fit the small key; all that the table holds do. */
const ID_LIMIT = 128;
/** Number of distinct method keys: sizes tables indexed by `methodKey`. */
export const METHOD_KEYS = ID_LIMIT * ID_LIMIT;

const byKey: (Method | undefined)[] = new Array(METHOD_KEYS).fill(undefined);
const byName = new Map<string, Method>();
for (const method of METHODS) {
  byKey[method.classId * ID_LIMIT + method.methodId] = method;
  byName.set(method.name, method);
}

/** The method of these ids, or undefined if neither AMQP 0-9-1 nor RabbitMQ knows it. */
export function methodById(classId: number, methodId: number): Method | undefined {
  if (classId >= ID_LIMIT || methodId >= ID_LIMIT) return undefined;
  return byKey[classId * ID_LIMIT + methodId];
}

/** The method of this key (class id × 128 + method id, both below 128). */
export function methodByKey(key: number): Method | undefined {
  return byKey[key];
}

/** Looks a method up by its name. */
export function methodByName<M extends MethodName>(name: M): Method;
export function methodByName(name: string): Method | undefined;
export function methodByName(name: string): Method | undefined {
  return byName.get(name);
}

const classNames = new Map<number, ClassName>(
  Object.entries(SPEC as { [name: string]: ClassSpec }).map(([name, spec]) => [spec.id, name as ClassName]),
);

/** The class of this id, or undefined. */
export function classNameById(classId: number): ClassName | undefined {
  return classNames.get(classId);
}
